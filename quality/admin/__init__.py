"""The supervisors' work place for scorecards and evaluations."""

from quality.admin import evaluations, imports, plans, references, rounds, rules, scorecards

__all__ = ["evaluations", "imports", "plans", "references", "rounds", "rules", "scorecards"]
