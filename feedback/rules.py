"""When badges are earned: counts and streaks over facts, anniversaries, and the quality gate.

Told in prose in docs/algorithms/recognition.md.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

from lib.statistics import binomial_tail

Time = TypeVar("Time", int, datetime)
Repeat = Literal["once", "every_time", "once_per_month"]
SUSPECT_LEAST, SUSPECT_PERCENT = 3, 20


def month_of(time: object) -> Hashable:
    """Year and month of a moment in its own zone."""
    assert isinstance(time, datetime)
    return time.year, time.month


def count_places(
    times: Sequence[Time],
    k: int,
    window: int | timedelta | None,
    repeat: Repeat,
    month: Callable[[object], Hashable] = month_of,
) -> list[int]:
    """The places in `times`, which are in order, at which the k-th fact of a window stands.

    A fact is used once. `window` None counts within the calendar month.
    """
    kept: list[Time] = []
    found: list[int] = []
    for place, time in enumerate(times):
        kept = [one for one in kept if _holds(one, time, window, month)] + [time]
        if len(kept) < k:
            continue
        kept = []
        if repeat == "once_per_month" and any(month(times[at]) == month(time) for at in found):
            continue
        found.append(place)
        if repeat == "once":
            break
    return found


def count_awards(
    times: Sequence[Time], k: int, window: int | timedelta | None, repeat: Repeat
) -> list[Time]:
    """The moments at which a count rule awards; see `count_places`."""
    return [times[place] for place in count_places(times, k, window, repeat)]


def streak_awards(verdicts: Iterable[bool | None], k: int) -> list[int]:
    """The places, from 0, at which a streak of k passes is full; None changes nothing."""
    found, run = [], 0
    for place, verdict in enumerate(verdicts):
        if verdict is None:
            continue
        run = run + 1 if verdict else 0
        if run == k:
            found.append(place)
            run = 0
    return found


def anniversary(hired_on: date, year: int) -> date:
    """The day of hire in another year; 29 February becomes the 28th in common years."""
    if (hired_on.month, hired_on.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return hired_on.replace(year=year)


def chance(n: int, k: int, p: float) -> float:
    """How often at least k of n facts satisfy a condition that each satisfies with share p."""
    return binomial_tail(k, n, p)


@dataclass(frozen=True)
class MonthFacts:
    """What one agent's month says about the quality behind its volume."""

    critical_failures: int = 0
    responses: int = 0
    suspect: int = 0
    by_staff: int = 0


def gate_reason(month_facts: MonthFacts) -> str:
    """Why points for volume are withheld, as a sentence for the agent; empty if they are not."""
    if month_facts.critical_failures:
        return "A critical criterion failed in this month."
    if month_facts.by_staff:
        return "A survey of this month was answered from inside the company."
    many = month_facts.suspect >= SUSPECT_LEAST
    if many and 100 * month_facts.suspect >= SUSPECT_PERCENT * month_facts.responses:
        return "Too many survey answers of this month look as if nobody had given them."
    return ""


def passes_gate(month_facts: MonthFacts) -> bool:
    return not gate_reason(month_facts)


def _holds(
    earlier: Time,
    time: Time,
    window: int | timedelta | None,
    month: Callable[[object], Hashable],
) -> bool:
    if window is None:
        return month(earlier) == month(time)
    return time - earlier < window  # type: ignore[operator]
