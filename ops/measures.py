"""What processes count of requests and jobs, added up in the database for /metrics.

A process that serves has its counts in memory and adds them to the stored ones at most every ten
seconds, after an answer was sent, in one statement: no request waits for it, every process tells
the same, and a restart loses nothing. One that is killed takes its last ten seconds along.
"""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import Iterator
from typing import Any

from django.core.signals import request_finished
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from lib import counters
from ops.models import Measure

logger = logging.getLogger(__name__)
KEEP_EVERY_SECONDS = 10.0
ROWS_AT_ONCE = 600
FAMILIES = {
    "attune_job_attempt_seconds": ("summary", "Attempts of jobs by how they ended."),
    "attune_masked_cards_total": ("counter", "Card numbers taken out of texts."),
    "attune_request_queries_total": ("counter", "Statements asked while requests were answered."),
    "attune_request_seconds": ("histogram", "Requests by route and status."),
    "attune_sign_in_failures_total": ("counter", "Tries to sign in that failed."),
}
_next_at: list[float] = []  # Empty in a process that serves nobody, such as a command.


def begin() -> None:
    """Let this process keep what it counts; called where web and workers start."""
    _next_at[:] = [time.monotonic()]
    request_finished.connect(keep_when_due)
    atexit.register(keep)


def keep_when_due(**kwargs: Any) -> None:
    """Called after each request and each job."""
    if _next_at and time.monotonic() >= _next_at[0]:
        _next_at[0] = time.monotonic() + KEEP_EVERY_SECONDS
        keep()
        close_old_connections()


def keep() -> None:
    """Add the counts of this process to the stored ones; those that cannot be stay for later."""
    taken = counters.take()
    try:
        store(taken)
    except (DatabaseError, InterfaceError) as error:
        counters.put_back(taken)
        logger.warning("measures_not_kept %s", error)


def store(sums: counters.Sums) -> None:
    """Add to the totals, in a fixed order so that writers never deadlock."""
    rows = [(name, labels, amount) for (name, labels), amount in sorted(sums.items())]
    table = Measure._meta.db_table
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            places = ", ".join(["(%s, %s, %s)"] * len(part))
            cursor.execute(
                f"INSERT INTO {table} (name, labels, total) VALUES {places} "  # noqa: S608
                f"ON CONFLICT (name, labels) DO UPDATE SET total = {table}.total + excluded.total",
                [value for row in part for value in row],
            )


def lines() -> Iterator[str]:
    """Every family with its kept totals, in the text form of Prometheus. One query."""
    kept: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for name, labels, total in Measure.objects.values_list("name", "labels", "total"):
        if (family := family_of(name)) in kept:
            kept[family].append(f"{name}{labels} {total:.15g}")
    for family, (kind, text) in FAMILIES.items():
        yield f"# HELP {family} {text}"
        yield f"# TYPE {family} {kind}"
        yield from kept[family] or ([f"{family} 0"] if kind == "counter" else [])


def family_of(name: str) -> str:
    """A histogram and a summary have several names."""
    for ending in ("_bucket", "_count", "_sum"):
        name = name.removesuffix(ending)
    return name
