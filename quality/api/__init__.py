"""Scorecards, evaluations and what hangs on them, for programs."""
