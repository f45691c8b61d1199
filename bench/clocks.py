"""Speed of SLA arithmetic: due moments against zone conversions, and the fold of long clocks.

    python -m bench.clocks [--calls N] [--events N] [--rounds N]

Needs no database. Prints one JSON object. "conversion" is one datetime.astimezone into the
calendar's zone, the smallest step of any calendar arithmetic.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from crm import sla
from lib.intervals import Calendar, due_at

ZONE = ZoneInfo("Europe/Berlin")
DAY = [("09:00", "12:00"), ("13:00", "17:00")]
BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
EIGHT_HOURS = 8 * 3600
TARGET = 40 * 3600
CALENDAR = Calendar(
    "Europe/Berlin",
    dict.fromkeys(range(5), DAY),
    {date(2026, 4, 3): [], date(2026, 4, 6): [], date(2026, 12, 24): [("09:00", "12:00")]},
)


def seconds_of(work: Callable[[], object]) -> float:
    """Processor seconds, which a busy machine does not stretch."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def moments(count: int) -> list[datetime]:
    """Moments all over a year, in no order."""
    return [BEGIN + timedelta(minutes=(step * 7919) % 525_600) for step in range(count)]


def events(count: int) -> list[sla.Event]:
    """A clock that is paused and goes on all the year round."""
    step = timedelta(days=366) / count
    kinds = ("activate", "pause")
    return [sla.Event(BEGIN + step * place, kinds[place % 2]) for place in range(count)]


def measure(calls: int, length: int, rounds: int) -> dict[str, object]:
    at, told = moments(calls), events(length)
    end = BEGIN + timedelta(days=400)
    due = median(
        seconds_of(lambda: [due_at(CALENDAR, moment, EIGHT_HOURS) for moment in at])
        for _ in range(rounds)
    )
    conversions = median(
        seconds_of(lambda: [moment.astimezone(ZONE) for moment in at]) for _ in range(rounds)
    )
    fold = median(seconds_of(lambda: sla.fold(told, CALENDAR, TARGET, end)) for _ in range(rounds))
    half = median(
        seconds_of(lambda: sla.fold(told[: length // 2], CALENDAR, TARGET, end))
        for _ in range(rounds)
    )
    return {
        "due_at_calls": calls,
        "conversions_per_due_at": round(due / conversions, 1),
        "conversions_wanted_at_most": 200,
        "fold_events": length,
        "fold_milliseconds": round(fold * 1000, 1),
        "fold_against_half_as_many_events": round(fold / half, 2),
        "growth_wanted_at_most": 3.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.calls, chosen.events, chosen.rounds), indent=1))


if __name__ == "__main__":
    main()
