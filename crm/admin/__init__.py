"""The supervisors' work place for customers, interactions, cases, work and imports."""

from crm.admin import (
    cases,
    customers,
    house,
    imports,
    interactions,
    merges,
    outcomes,
    people,
    privacy,
    timeline,
    work,
)

__all__ = [
    "cases",
    "customers",
    "house",
    "imports",
    "interactions",
    "merges",
    "outcomes",
    "people",
    "privacy",
    "timeline",
    "work",
]
