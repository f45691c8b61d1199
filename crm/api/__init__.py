"""Customers, interactions and what hangs on them, for programs."""
