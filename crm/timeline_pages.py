"""One page of a customer's timeline: interactions and all other entries in one order.

Both come from their own tables, each by its index, and are merged here; a page takes three queries
whatever the history. The place in the order is (moment, table, id), so that rows that stay are
seen exactly once while others come in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from crm import timeline
from crm.models import Customer, Interaction, Leg, TimelineEntry
from crm.rows import OUTCOME_TONES, channel_icon, channel_words
from lib.speaking import said_again
from lib.templatetags.look import duration

LIMIT = 30
SALT = "crm.timeline"
INTERACTIONS = "interaction"
OLDER, NEWER = "older", "newer"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the order; `table` is 1 for interactions and 0 for other entries."""

    at: datetime
    table: int
    pk: int

    def sealed(self, direction: str, customer_id: int) -> str:
        parts = [direction, self.at.isoformat(), self.table, self.pk]
        return signing.dumps(parts, salt=f"{SALT}.{customer_id}")


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the page shows it."""

    at: datetime
    icon: str
    tone: str
    title: str
    url: str
    text: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class TimelinePage:
    entries: list[Shown]
    newer_cursor: str
    older_cursor: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the reader filters by: a kind of entry or `interaction`, and a channel."""

    kind: str = ""
    channel: str = ""

    def query(self, **changed: str) -> str:
        found = {"kind": self.kind, "channel": self.channel} | changed
        return "?" + urlencode({name: value for name, value in found.items() if value})


def page_of(customer: Customer, user: User, narrowed: Narrowed, cursor: str) -> TimelinePage:
    """The page at the cursor, the newest one for a cursor that is not of this timeline."""
    direction, place = _read(cursor, customer.pk)
    rows = _rows(customer, user, narrowed, direction, place)
    found = list(islice(rows, LIMIT + 1))
    if direction == NEWER and len(found) <= LIMIT:
        direction, place = OLDER, None
        found = list(islice(_rows(customer, user, narrowed, direction, place), LIMIT + 1))
    has_more, found = len(found) > LIMIT, found[:LIMIT]
    if direction == NEWER:
        found.reverse()
    has_older = has_more or direction == NEWER
    has_newer = place is not None if direction == OLDER else has_more
    return TimelinePage(
        entries=_shown([row for _, row in found]),
        newer_cursor=found[0][0].sealed(NEWER, customer.pk) if found and has_newer else "",
        older_cursor=found[-1][0].sealed(OLDER, customer.pk) if found and has_older else "",
    )


def _read(cursor: str, customer_id: int) -> tuple[str, Place | None]:
    if not cursor:
        return OLDER, None
    try:
        direction, at, table, pk = signing.loads(cursor, salt=f"{SALT}.{customer_id}")
    except (signing.BadSignature, ValueError):
        return OLDER, None
    return direction, Place(datetime.fromisoformat(at), table, pk)


def _rows(
    customer: Customer, user: User, narrowed: Narrowed, direction: str, place: Place | None
) -> Iterator[tuple[Place, Any]]:
    """Both tables in one order, away from `place`, each read no further than a page."""
    streams = []
    for table, column, rows in _tables(customer, user, narrowed):
        sign = "-" if direction == OLDER else ""
        if place is not None:
            rows = rows.filter(_beyond(place, table, column, direction))
        found = rows.order_by(f"{sign}{column}", f"{sign}pk")[: LIMIT + 1]
        streams.append([(Place(getattr(row, column), table, row.pk), row) for row in found])
    return merge(*streams, key=_in_order, reverse=direction == OLDER)


def _in_order(found: tuple[Place, Any]) -> tuple[datetime, int, int]:
    place = found[0]
    return place.at, place.table, place.pk


def _tables(
    customer: Customer, user: User, narrowed: Narrowed
) -> Iterator[tuple[int, str, QuerySet[Any]]]:
    by_channel = {"channel": narrowed.channel} if narrowed.channel else {}
    if narrowed.kind in ("", INTERACTIONS):
        visible = Interaction.objects.visible_to(user).filter(customer=customer, **by_channel)
        yield 1, "started_at", visible.for_list()
    if narrowed.kind != INTERACTIONS:
        by_kind = {"kind": narrowed.kind} if narrowed.kind else {}
        entries = TimelineEntry.objects.visible_to(user).filter(customer=customer)
        yield 0, "at", entries.filter(**by_channel, **by_kind).select_related("actor")


def _beyond(place: Place, table: int, column: str, direction: str) -> Q:
    """Rows of one table that stand behind a place in the common order."""
    beyond = "lt" if direction == OLDER else "gt"
    further = Q(**{f"{column}__{beyond}": place.at})
    is_behind = table < place.table if direction == OLDER else table > place.table
    if table == place.table:
        same = Q(**{column: place.at, f"pk__{beyond}": place.pk})
    else:
        same = Q(**{column: place.at}) if is_behind else Q(pk__in=[])
    return Q(**{f"{column}__{beyond}e": place.at}) & (further | same)


def _shown(rows: Sequence[Any]) -> list[Shown]:
    people = Leg.objects.people_of([row for row in rows if isinstance(row, Interaction)])
    return [
        _interaction(row, people.get(row.pk, ("", ""))[0])
        if isinstance(row, Interaction)
        else _entry(row)
        for row in rows
    ]


def _interaction(row: Interaction, agents: str) -> Shown:
    told = [_outcome(row, agents)]
    told += [row.queue.name] if row.queue else []
    told += [duration(row.handle_seconds)] if row.handle_seconds is not None else []
    return Shown(
        at=row.started_at,
        icon=channel_icon(row.channel, row.direction),
        tone=OUTCOME_TONES.get(row.outcome, ""),
        title=channel_words(row.channel, row.direction),
        url=row.get_absolute_url(),
        text=", ".join(told),
    )


def _outcome(row: Interaction, agents: str) -> str:
    outcome = row.get_outcome_display()
    if not agents:
        return outcome
    return _("%(outcome)s by %(agents)s") % {"outcome": outcome, "agents": agents}


def _entry(row: TimelineEntry) -> Shown:
    kind = timeline.kind_named(row.kind)
    return Shown(
        at=row.at,
        icon=kind.icon,
        tone=kind.tone,
        title=said_again(row.title, kind.says),
        url=kind.url_of(row.target_id),
        text=kind.retold(row.summary),
        actor=row.actor.short_name if row.actor else "",
    )
