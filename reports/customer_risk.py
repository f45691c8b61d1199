"""What speaks for a dissatisfied customer, read for many customers at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from crm.models import Case, ConsentEvent, Interaction, QueueVisit, SlaClock
from crm.models.cases import UNFINISHED, CaseKind
from crm.models.consents import Decision
from crm.references import reference
from quality.models import Answer
from reports.models.definitions import DEFAULT_SHORT
from reports.risk import MEMORY_DAYS, RECENT_DAYS, Fact
from reports.rollups import repeats
from reports.rollups.marking import site_day

REPEAT_WINDOW = timedelta(days=7)
PROFILING = "profiling"


def facts_of(customers: Collection[int], at: datetime) -> dict[int, list[Fact]]:
    """Facts by customer; six queries for any number of customers."""
    found: dict[int, list[Fact]] = defaultdict(list)
    recent = {"started_at__gte": at - timedelta(days=RECENT_DAYS + 1), "started_at__lte": at}
    for customer, fact in (
        *_repeats(customers, recent),
        *_abandons(customers, at),
        *_breaches(customers),
        *_complaints(customers, at),
        *_failed_checks(customers, at),
        *_transfers(customers, recent),
    ):
        found[customer].append(fact)
    return found


def objectors(customers: Collection[int]) -> set[int]:
    """Customers who last said that they object to profiling; one query."""
    latest: dict[int, str] = {}
    rows = ConsentEvent.objects.filter(customer__in=customers, purpose__code=PROFILING)
    for customer, decision in rows.order_by("at", "pk").values_list("customer_id", "decision"):
        latest[customer] = decision
    return {customer for customer, decision in latest.items() if decision == Decision.OBJECTED}


def _repeats(customers: Collection[int], recent: dict[str, datetime]) -> list[tuple[int, Fact]]:
    rows = repeats.with_neighbors(repeats.counting().filter(customer__in=customers, **recent), "")
    found = rows.values_list("customer_id", "pk", "started_at", "previous_at")
    return [
        (customer, _about("R2", started_at, "I", pk))
        for customer, pk, started_at, previous_at in found
        if previous_at is not None and started_at - previous_at < REPEAT_WINDOW
    ]


def _abandons(customers: Collection[int], at: datetime) -> list[tuple[int, Fact]]:
    visits = QueueVisit.objects.filter(
        interaction__customer__in=customers,
        outcome="abandoned",
        wait_seconds__gt=DEFAULT_SHORT,
        entered_at__gte=at - timedelta(days=RECENT_DAYS + 1),
        entered_at__lte=at,
    )
    rows = visits.values_list("interaction__customer", "interaction", "entered_at")
    return [(customer, _about("R3", moment, "I", pk)) for customer, pk, moment in rows]


def _breaches(customers: Collection[int]) -> list[tuple[int, Fact]]:
    """Each unfinished case with a breached clock, once."""
    clocks = SlaClock.objects.filter(
        case__customer__in=customers,
        case__status__category__in=UNFINISHED,
        breached_at__isnull=False,
    )
    rows = clocks.order_by("breached_at").values_list("case__customer", "case", "breached_at")
    first: dict[int, tuple[int, Fact]] = {}
    for customer, case, moment in rows:
        assert moment is not None
        first.setdefault(case, (customer, _about("R4", moment, "K", case)))
    return list(first.values())


def _complaints(customers: Collection[int], at: datetime) -> list[tuple[int, Fact]]:
    since = at - timedelta(days=MEMORY_DAYS + 1)
    cases = Case.objects.filter(
        customer__in=customers, kind=CaseKind.COMPLAINT, opened_at__gte=since
    )
    rows = cases.values_list("customer_id", "pk", "opened_at")
    return [(customer, _about("R5", moment, "K", pk)) for customer, pk, moment in rows]


def _failed_checks(customers: Collection[int], at: datetime) -> list[tuple[int, Fact]]:
    answers = Answer.objects.filter(
        is_failed=True,
        criterion__critical_family="customer",
        revision__evaluation__current_revision=F("revision"),
        revision__evaluation__handled_at__gte=at - timedelta(days=MEMORY_DAYS + 1),
        revision__evaluation__leg__interaction__customer__in=customers,
    )
    rows = answers.values_list(
        "revision__evaluation__leg__interaction__customer",
        "revision__evaluation__leg__interaction",
        "revision__evaluation__handled_at",
    )
    return [(customer, _about("R6", moment, "I", pk)) for customer, pk, moment in rows]


def _transfers(customers: Collection[int], recent: dict[str, datetime]) -> list[tuple[int, Fact]]:
    rows = Interaction.objects.filter(customer__in=customers, transfer_count__gte=2, **recent)
    found = rows.values_list("customer_id", "pk", "started_at")
    return [(customer, _about("R7", moment, "I", pk)) for customer, pk, moment in found]


def _about(rule: str, moment: datetime, kind: str, pk: int) -> Fact:
    return Fact(rule, site_day(moment), reference(kind, pk))


def as_rows(contributions: Any, as_of: date) -> list[dict[str, Any]]:
    """Contributions as they are stored: rule, points, and each fact with its day and age."""
    return [
        {
            "rule": one.rule,
            "words": one.words,
            "points": round(float(one.points), 2),
            "facts": [
                {"on": fact.on.isoformat(), "age": (as_of - fact.on).days, "about": fact.about}
                for fact in one.facts[:10]
            ],
        }
        for one in contributions
    ]
