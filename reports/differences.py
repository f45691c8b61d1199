"""How two definitions of a service level count the same visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lib.sentences import said
from reports.definitions import Definition
from reports.evidence import of_visits
from reports.slices import Slice

WORDS = {
    "success_both": said("Both in the numerator"),
    "success_a": said("Only A in the numerator"),
    "success_b": said("Only B in the numerator"),
    "counted_both": said("Both in the denominator"),
    "counted_a": said("Only A in the denominator"),
    "counted_b": said("Only B in the denominator"),
}


@dataclass(frozen=True)
class Group:
    """Visits that two definitions of a service level count alike or differently."""

    name: str
    words: str
    rows: QuerySet[Any]
    count: int
    differs: bool


def groups(a: Definition, b: Definition, piece: Slice) -> list[Group]:
    """How each visit counts under both: as a success, as another one, or not at all."""
    rows = of_visits(a, piece).rows
    other = of_visits(b, piece).rows
    successes = {"a": rows.filter(reason="", hit=True), "b": other.filter(reason="", hit=True)}
    counted = {"a": rows.filter(reason=""), "b": other.filter(reason="")}
    made = []
    for name, pair in (("success", successes), ("counted", counted)):
        in_a, in_b = pair["a"], pair["b"]
        both = in_a.filter(pk__in=in_b.order_by().values("pk"))
        only_a = in_a.exclude(pk__in=in_b.order_by().values("pk"))
        only_b = in_b.exclude(pk__in=in_a.order_by().values("pk"))
        made += [
            Group(f"{name}_both", WORDS[f"{name}_both"], both, both.count(), False),
            Group(f"{name}_a", WORDS[f"{name}_a"], only_a, only_a.count(), True),
            Group(f"{name}_b", WORDS[f"{name}_b"], only_b, only_b.count(), True),
        ]
    return made
