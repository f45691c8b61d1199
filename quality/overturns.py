"""How often disputed answers are changed, by criterion and by evaluator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import User
from quality import averages
from quality.averages import Rate
from quality.models import Criterion, Dispute, DisputeItem

OVERTURNED = ~Q(outcome="kept")


@dataclass(frozen=True)
class Overturned:
    """`rate` is the share of decided items whose answer was changed."""

    name: str
    rate: Rate


@dataclass(frozen=True)
class Overturns:
    all: Rate
    criteria: list[Overturned]
    evaluators: list[Overturned]


def overturns_of(disputes: QuerySet[Dispute]) -> Overturns:
    """Of the decided items of these disputes, the most disputed first; five queries."""
    items = DisputeItem.objects.filter(dispute__in=disputes.values("pk")).exclude(outcome="")
    total = items.aggregate(k=Count("pk", filter=OVERTURNED), n=Count("pk"))
    return Overturns(
        averages.rate(total["k"], total["n"]), _by_criterion(items), _by_evaluator(items)
    )


def _by_criterion(items: QuerySet[DisputeItem]) -> list[Overturned]:
    groups = ("dispute__evaluation__scorecard", "criterion__key")
    rows = _counted(items, *groups).annotate(newest=Max("criterion"))
    found = list(rows.values_list("newest", "k", "n"))
    texts = Criterion.objects.in_bulk([newest for newest, _k, _n in found])
    return [Overturned(texts[newest].text, averages.rate(k, n)) for newest, k, n in found]


def _by_evaluator(items: QuerySet[DisputeItem]) -> list[Overturned]:
    rows = _counted(items, "dispute__evaluation__evaluator")
    found = list(rows.values_list("dispute__evaluation__evaluator", "k", "n"))
    people = User.objects.in_bulk([person for person, _k, _n in found])
    return [Overturned(people[person].short_name, averages.rate(k, n)) for person, k, n in found]


def _counted(items: QuerySet[DisputeItem], *groups: str) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = items.values(*groups).annotate(
        k=Count("pk", filter=OVERTURNED), n=Count("pk")
    )
    return rows.order_by("-n", *groups)
