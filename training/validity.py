"""Days of learning: months, expiry, states of the compliance matrix, shifted due dates.

Told in docs/algorithms/validity.md.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
Span = tuple[date, date]  # Both days included.
MET_STATES = ("compliant", "due_soon", "in_grace", "waived")


def add_months(day: date, m: int, anchor_day: int | None = None) -> date:
    """`m` months later; the day is the anchor's, or the month's last if that is earlier."""
    month = day.year * 12 + day.month - 1 + m
    year, index = divmod(month, 12)
    last = calendar.monthrange(year, index + 1)[1]
    return date(year, index + 1, min(anchor_day or day.day, last))


@dataclass(frozen=True)
class Anchor:
    """How the next expiry is found: `kind` is completion, previous_expiry or calendar."""

    kind: str = "completion"
    validity_months: int = 12
    month: int | None = None
    day: int | None = None
    minimum_validity_months: int = 0
    window_days: int = 60
    grace_days: int = 0


def next_expiry(
    anchor: Anchor,
    passed_on: date,
    previous_expiry: date | None = None,
    anchor_day: int | None = None,
) -> date:
    """The last day on which what was passed on `passed_on` is valid."""
    m = anchor.validity_months
    if anchor.kind == "calendar":
        return _next_calendar_day(anchor, passed_on)
    if anchor.kind == "previous_expiry" and previous_expiry is not None:
        opens = previous_expiry - DAY * anchor.window_days
        closes = previous_expiry + DAY * anchor.grace_days
        if opens <= passed_on <= closes:
            return add_months(previous_expiry, m, anchor_day or previous_expiry.day)
    return add_months(passed_on, m)


def _next_calendar_day(anchor: Anchor, passed_on: date) -> date:
    """The first given month and day after passing that leaves the minimum validity."""
    if anchor.month is None or anchor.day is None:
        raise ValueError("A calendar anchor has a month and a day.")
    least = add_months(passed_on, anchor.minimum_validity_months)
    year = passed_on.year
    while True:
        last = calendar.monthrange(year, anchor.month)[1]
        found = date(year, anchor.month, min(anchor.day, last))
        if found > passed_on and found >= least:
            return found
        year += 1


@dataclass(frozen=True)
class Facts:
    """What is known about one person and one requirement at a day."""

    is_applicable: bool = True
    waived_until: date | None = None
    expiry: date | None = None
    is_met: bool = False
    due_on: date | None = None
    due_soon_days: int = 30
    grace_days: int = 0


def state_on(t: date, facts: Facts) -> str:
    """One of the eight states, the first that fits; evidence without an expiry stays valid."""
    if not facts.is_applicable:
        return "not_applicable"
    if facts.waived_until is not None and t <= facts.waived_until:
        return "waived"
    if facts.is_met:
        if facts.expiry is None:
            return "compliant"
        if t <= facts.expiry:
            soon = (facts.expiry - t).days <= facts.due_soon_days
            return "due_soon" if soon else "compliant"
        in_grace = t <= facts.expiry + DAY * facts.grace_days
        return "in_grace" if in_grace else "expired"
    return "overdue" if facts.due_on is not None and t > facts.due_on else "pending"


def proven_on(alternatives: Iterable[Iterable[date | None]]) -> date | None:
    """The newest day on which one alternative was whole; None in it stands for what is missing."""
    days = []
    for alternative in alternatives:
        wanted = list(alternative)
        found = [day for day in wanted if day is not None]
        if found and len(found) == len(wanted):
            days.append(max(found))
    return max(days, default=None)


def compliance_percent(states: Iterable[str]) -> float | None:
    """The met part of those that count, one decimal; None if none counts."""
    return percent_of_counts(Counter(states))


def percent_of_counts(counts: Mapping[str, int]) -> float | None:
    """The same of how many are in each state."""
    counted = sum(counts.values()) - counts.get("not_applicable", 0) - counts.get("pending", 0)
    if not counted:
        return None
    met = sum(counts.get(state, 0) for state in MET_STATES)
    return (2000 * met + counted) // (2 * counted) / 10


def shifted_due_on(start: date, due_on: date, pauses: Iterable[Span]) -> date:
    """The due date when days inside pauses do not count; both days of a pause belong to it.

    Every day after `start` outside the pauses uses up one of the days that were given.
    """
    left, day = (due_on - start).days, start
    away = sorted(span for span in pauses if span[1] > start)
    if any(ends_on < starts_on for starts_on, ends_on in away):
        raise ValueError("A pause ends on or after its first day.")
    while left > 0:
        day += DAY
        inside = [ends_on for starts_on, ends_on in away if starts_on <= day <= ends_on]
        if inside:
            day = max(inside)
        else:
            left -= 1
    return max(day, due_on)
