"""Who is calling: up to five customers with this number, found by index alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Value, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from crm.contact_points import Unreadable, normalize_phone
from crm.models import Case, ContactPoint, Customer, Interaction, Promise
from crm.models.customers import ContactKind

LIMIT, LATEST, OPEN = 5, 3, 20
LONGEST = 80


@dataclass
class Caller:
    """A customer with what is open and what happened last."""

    customer: Customer
    interactions: list[Interaction] = field(default_factory=list)
    cases: list[tuple[int, str, Any]] = field(default_factory=list)
    promises: list[tuple[int, str, Any]] = field(default_factory=list)


def number_of(raw: str, region: str) -> str:
    """The number in E.164, "" for what cannot be read as one."""
    try:
        return normalize_phone(raw[:LONGEST], region).value
    except Unreadable:
        return ""


def callers(user: User, value: str) -> list[Caller]:
    """VIPs first, then by the latest interaction; three queries whatever the history."""
    if not value:
        return []
    points = ContactPoint.objects.filter(kind=ContactKind.PHONE, value=value)
    rows = Customer.objects.visible_to(user).active().filter(pk__in=points.values("customer_id"))
    latest = F("last_interaction_at").desc(nulls_last=True)
    found = {row.pk: Caller(row) for row in rows.order_by("-is_vip", latest, "pk")[:LIMIT]}
    if found:
        _add_interactions(user, found)
        _add_open(user, found)
    return list(found.values())


def _add_interactions(user: User, found: dict[int, Caller]) -> None:
    place = Window(
        RowNumber(), partition_by=F("customer"), order_by=[F("started_at").desc(), F("pk").desc()]
    )
    rows = Interaction.objects.visible_to(user).filter(customer__in=found).select_related("queue")
    for row in rows.annotate(place=place).filter(place__lte=LATEST).order_by("customer", "place"):
        assert row.customer_id is not None
        found[row.customer_id].interactions.append(row)


def _add_open(user: User, found: dict[int, Caller]) -> None:
    """Open cases and promises in one query."""
    columns = ("customer_id", "kind_of", "pk", "words", "due")
    cases = Case.objects.visible_to(user).unfinished().filter(customer__in=found).order_by()
    promises = Promise.objects.visible_to(user).open().filter(customer__in=found).order_by()
    both = _named(cases, "cases", "subject", "next_due_at").values_list(*columns)
    both = both.union(
        _named(promises, "promises", "text", "due_at").values_list(*columns), all=True
    )
    by_customer: dict[int, list[tuple[str, int, str, Any]]] = defaultdict(list)
    for customer_id, kind, pk, words, due in both:
        by_customer[customer_id].append((kind, pk, words, due))
    for pk, items in by_customer.items():
        for kind, row, words, due in items[:OPEN]:
            getattr(found[pk], kind).append((row, words, due))


def _named(rows: Any, kind: str, words: str, due: str) -> Any:
    return rows.annotate(kind_of=Value(kind, output_field=CharField()), words=F(words), due=F(due))
