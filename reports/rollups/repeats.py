"""Repeat contacts of a day: each contact with its neighbors in the chain of its customer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from crm.models import Interaction, InteractionDisposition, Leg
from lib.slots import local_day
from reports.definitions import REPEAT_WINDOWS

FACT_COLUMNS = (
    *("on_date", "rule", "queue_key", "channel", "agent_key", "team_key"),
    *("contacts", "eligible", "repeated", "net_eligible", "net_repeated", "repeats"),
)
GAPS = (
    ("10m", "up to 10 minutes", timedelta(minutes=10)),
    ("1h", "up to 1 hour", timedelta(hours=1)),
    ("1d", "up to 1 day", timedelta(days=1)),
    ("3d", "up to 3 days", timedelta(days=3)),
    ("7d", "up to 7 days", timedelta(days=7)),
    ("30d", "up to 30 days", timedelta(days=30)),
    ("more", "longer", timedelta.max),
)
# Rule name: what else beside the customer must be the same.
ANY, BY_DISPOSITION = "customer-any", "disposition-any"
DISPOSITION = "disposition"
KEYS = {
    ANY: "",
    "customer-same": "channel",
    "queue-any": "queue_id",
    BY_DISPOSITION: DISPOSITION,
}


@dataclass(frozen=True)
class Horizon:
    """Moments between which contacts are known; windows are judged by whole site days."""

    data_from: datetime
    data_until: datetime


def horizon(now: datetime | None = None) -> Horizon | None:
    """From the first site day with an interaction to the last one that is over; one query."""
    ends = Interaction.objects.aggregate(first=Min("started_at"), last=Max("started_at"))
    if ends["first"] is None:
        return None
    zone = settings.TIME_ZONE
    today = timezone.localdate(now or timezone.now(), timezone.get_default_timezone())
    first = timezone.localdate(ends["first"], timezone.get_default_timezone())
    last = timezone.localdate(ends["last"], timezone.get_default_timezone())
    until = local_day(min(last + timedelta(days=1), today), zone)[0]
    return Horizon(local_day(first, zone)[0], until)


def counting() -> QuerySet[Interaction]:
    """Contacts of chains: handled, inbound, of a known customer, and not said to be no repeat."""
    return Interaction.objects.filter(
        ~Exists(in_force().filter(disposition__is_no_repeat=True)),
        direction="inbound",
        outcome="handled",
        customer__isnull=False,
    )


def in_force() -> QuerySet[InteractionDisposition]:
    """The dispositions of the outer row that were not taken back."""
    return InteractionDisposition.objects.filter(
        interaction=OuterRef("pk"), superseded_at__isnull=True
    )


def later(rows: QuerySet[Interaction], same: str) -> QuerySet[Interaction]:
    """Those of the outer row's chain that follow it."""
    follows = Q(started_at__gt=OuterRef("started_at")) | Q(
        started_at=OuterRef("started_at"), pk__gt=OuterRef("pk")
    )
    chain = rows.filter(_chain(same), follows, started_at__gte=OuterRef("started_at"))
    return chain.order_by("started_at", "pk")


def earlier(rows: QuerySet[Interaction], same: str) -> QuerySet[Interaction]:
    precedes = Q(started_at__lt=OuterRef("started_at")) | Q(
        started_at=OuterRef("started_at"), pk__lt=OuterRef("pk")
    )
    chain = rows.filter(_chain(same), precedes, started_at__lte=OuterRef("started_at"))
    return chain.order_by("-started_at", "-pk")


def _chain(same: str) -> Q:
    rule = Q(customer=OuterRef("customer"))
    if same == DISPOSITION:
        shared = in_force().filter(
            disposition__uses__interaction=OuterRef(OuterRef("pk")),
            disposition__uses__superseded_at__isnull=True,
        )
        return rule & Q(Exists(shared))
    return rule & Q(**{same: OuterRef(same)}) if same else rule


def with_neighbors(
    rows: QuerySet[Interaction],
    same: str,
    suffix: str = "",
    among: QuerySet[Interaction] | None = None,
) -> Any:
    """Each contact with the start of the one after it and of the one before it in its chain."""
    others = counting() if among is None else among
    return rows.annotate(
        **{
            f"next_at{suffix}": Subquery(later(others, same).values("started_at")[:1]),
            f"previous_at{suffix}": Subquery(earlier(others, same).values("started_at")[:1]),
        }
    )


def contacts(
    start: datetime,
    end: datetime,
    keys: Collection[str] = tuple(KEYS),
    reach: timedelta | None = None,
) -> QuerySet[Interaction, dict[str, Any]]:
    """The contacts that started in [start, end) with their neighbors by these keys.

    A neighbor further than `reach` away may be missing, which spares most of a chain.
    """
    among = counting()
    if reach is not None:
        among = among.filter(started_at__gt=start - reach, started_at__lt=end + reach)
    legs = Leg.objects.filter(interaction=OuterRef("pk")).exclude(end="not_answered")
    last = legs.order_by("-position")
    rows = counting().filter(started_at__gte=start, started_at__lt=end).order_by()
    columns = ["started_at", "queue_id", "channel", "agent", "team", "is_disposed"]
    for index, same in enumerate(KEYS[key] for key in keys):
        rows = with_neighbors(rows, same, f"_{index}", among)
        columns += [f"next_at_{index}", f"previous_at_{index}"]
    rows = rows.annotate(
        agent=Subquery(last.values("agent_id")[:1]),
        team=Subquery(last.values("team_id")[:1]),
        is_disposed=Exists(in_force()),
    )
    return rows.values(*columns)


@dataclass
class Tally:
    """What a rule counts of contacts."""

    contacts: int = 0
    eligible: int = 0
    repeated: int = 0
    net_eligible: int = 0
    net_repeated: int = 0
    repeats: int = 0

    def add(
        self,
        at: datetime,
        before: datetime | None,
        after: datetime | None,
        window: timedelta,
        known: Horizon,
    ) -> None:
        is_repeated = after is not None and after - at < window
        is_repeat = before is not None and at - before < window
        self.contacts += 1
        self.repeats += is_repeat
        if at + window <= known.data_until:
            self.eligible += 1
            self.repeated += is_repeated
            if not is_repeat and at - window >= known.data_from:
                self.net_eligible += 1
                self.net_repeated += is_repeated


def fact_rows(contacts: Iterable[dict[str, Any]], on: date) -> Iterator[tuple[Any, ...]]:
    known = horizon()
    if known is None:
        return
    tallies: dict[tuple[Any, ...], Tally] = defaultdict(Tally)
    for contact in contacts:
        place = (
            contact["queue_id"] or 0,
            contact["channel"],
            contact["agent"] or 0,
            contact["team"] or 0,
        )
        for index, name in enumerate(KEYS):
            if name == BY_DISPOSITION and not contact["is_disposed"]:
                continue  # Without one it has no such key.
            before, after = contact[f"previous_at_{index}"], contact[f"next_at_{index}"]
            for days in REPEAT_WINDOWS:
                tallies[f"w{days}-{name}", *place].add(
                    contact["started_at"], before, after, timedelta(days=days), known
                )
    for key, tally in tallies.items():
        counts = tally.contacts, tally.eligible, tally.repeated
        yield on, *key, *counts, tally.net_eligible, tally.net_repeated, tally.repeats


def gap_rows(contacts: Iterable[dict[str, Any]], on: date) -> Iterator[tuple[Any, ...]]:
    counts: Counter[tuple[int, str, str]] = Counter()
    for contact in contacts:
        before = contact["previous_at_0"]
        if before is not None:
            gap = contact["started_at"] - before
            name = next(name for name, _words, most in GAPS if gap <= most)
            counts[contact["queue_id"] or 0, contact["channel"], name] += 1
    for (queue, channel, name), count in counts.items():
        yield on, queue, channel, name, count
