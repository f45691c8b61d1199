"""What the fair-play scan finds in 90 days of thanks, as plain data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback import fairness

LAST_HOURS = timedelta(hours=48)


@dataclass(frozen=True)
class Given:
    """One thank-you with points, by one person."""

    pk: int
    giver: int
    recipients: tuple[int, ...]
    points: int
    message: str
    at: datetime


@dataclass(frozen=True)
class Finding:
    """A hint: its kind, the people, a sentence with the figures, and the kudos behind it."""

    kind: str
    subjects: tuple[int, ...]
    sentence: str
    kudos: tuple[int, ...]


def findings(rows: Sequence[Given], month: tuple[datetime, datetime]) -> list[Finding]:
    """All hints about thanks of 90 days; `month` is the span of the site's month that just is."""
    edges = Counter((row.giver, one) for row in rows for one in row.recipients)
    found = [
        *_pairs(rows, edges),
        *_concentrations(rows, edges),
        *_rings(rows, edges),
        *_of_givers(rows, month),
    ]
    return sorted(found, key=lambda one: (one.kind, one.subjects))


def _pairs(rows: Sequence[Given], edges: Counter[tuple[int, int]]) -> Iterator[Finding]:
    for (giver, receiver), there in sorted(edges.items()):
        back = edges.get((receiver, giver), 0)
        if giver > receiver or not back or there + back < fairness.LEAST_KUDOS:
            continue
        index = fairness.reciprocity(there, back)
        if index >= fairness.RECIPROCITY:
            yield Finding(
                "reciprocity",
                (giver, receiver),
                f"Within 90 days these two thanked each other {there} and {back} times with "
                f"points; reciprocity {index:.2f}.",
                _between(rows, {giver, receiver}),
            )


def _concentrations(rows: Sequence[Given], edges: Counter[tuple[int, int]]) -> Iterator[Finding]:
    given: dict[int, Counter[int]] = defaultdict(Counter)
    for (giver, receiver), count in edges.items():
        given[giver][receiver] += count
    for giver, counts in sorted(given.items()):
        total = sum(counts.values())
        index = fairness.concentration(counts.values())
        if total < fairness.LEAST_KUDOS or index < fairness.CONCENTRATION:
            continue
        receiver, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
        yield Finding(
            "concentration",
            (giver, receiver),
            f"{most} of {total} thanks with points within 90 days went to one person; "
            f"concentration {index:.2f}.",
            tuple(row.pk for row in rows if row.giver == giver and receiver in row.recipients),
        )


def _rings(rows: Sequence[Given], edges: Counter[tuple[int, int]]) -> Iterator[Finding]:
    for ring in fairness.cycles(edges, fairness.LEAST_IN_CYCLE, fairness.LONGEST_CYCLE):
        steps = list(zip(ring, (*ring[1:], ring[0]), strict=True))
        counts = ", ".join(str(edges[step]) for step in steps)
        yield Finding(
            "cycle",
            ring,
            f"Thanks with points go round among {len(ring)} people: {counts} times per step.",
            tuple(
                row.pk
                for row in rows
                if any(row.giver == a and b in row.recipients for a, b in steps)
            ),
        )


def _of_givers(rows: Sequence[Given], month: tuple[datetime, datetime]) -> Iterator[Finding]:
    """What shows in the thanks of one giver alone."""
    own: dict[int, list[Given]] = defaultdict(list)
    for row in rows:
        own[row.giver].append(row)
    for giver, given in sorted(own.items()):
        yield from _repeated(giver, given)
        if fairness.has_burst(row.at for row in given):
            yield Finding(
                "burst",
                (giver,),
                f"At least {fairness.BURST_SIZE} thanks with points within ten minutes.",
                tuple(row.pk for row in given),
            )
        yield from _dump(giver, given, month)


def _repeated(giver: int, given: Iterable[Given]) -> Iterator[Finding]:
    rows = [row for row in given if row.message]  # Erased words resemble nothing.
    for place, row in enumerate(rows):
        same = [
            other
            for other in rows[:place]
            if fairness.similarity(row.message, other.message) >= fairness.SAME_TEXT
        ]
        if same:
            yield Finding(
                "duplicate",
                (giver,),
                f"“{row.message[:80]}” says almost the same as {len(same)} earlier thanks.",
                (row.pk, *(one.pk for one in same)),
            )
            return


def _dump(
    giver: int, given: Iterable[Given], month: tuple[datetime, datetime]
) -> Iterator[Finding]:
    start, end = month
    rows = [row for row in given if start <= row.at < end]
    late = [row for row in rows if row.at >= end - LAST_HOURS]
    total, last = (sum(row.points * len(row.recipients) for row in part) for part in (rows, late))
    if fairness.is_month_end_dump(total, last):
        yield Finding(
            "month_end",
            (giver,),
            f"{last} of the {total} points of the month were given in its last 48 hours.",
            tuple(row.pk for row in late),
        )


def _between(rows: Sequence[Given], pair: set[int]) -> tuple[int, ...]:
    return tuple(
        row.pk for row in rows if row.giver in pair and (pair - {row.giver}) & set(row.recipients)
    )
