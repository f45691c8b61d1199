"""Figures by day and queue, their facts, a dashboard and its document, at many interactions.

    python -m bench.dashboards [--rows N] [--days N]

Runs on the PostgreSQL of DATABASE_URL, in a database of its own that is made and dropped again, and
says so where there is none. A year of interactions is made in the database; facts are made of the
first days of one month and read whole. Prints one JSON object; exit 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import QuerySet  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User, role_group  # noqa: E402
from bench.sheet import bare  # noqa: E402
from lib import pdf  # noqa: E402
from reports import printing, rollups  # noqa: E402
from reports.management.commands.bench_reports import (  # noqa: E402
    BARE,
    MONTH,
    NAIVE,
    ROUNDS,
    fetch,
    fill,
    seconds,
)
from reports.models import DayGapCount, DayQueueFact  # noqa: E402
from reports.rollups import repeats  # noqa: E402
from reports.rollups.families import FAMILIES, Span  # noqa: E402
from reports.slices import Slice  # noqa: E402
from reports.sums import Reader  # noqa: E402

AT_MOST = {"of_bare_sql": 5, "of_bare_scan": 3, "queries": 20, "of_bare_render": 1.3}
AT_LEAST = {"times_faster_than_raw": 50}
FRESH = [MONTH.end + timedelta(days=number) for number in range(1, ROUNDS + 1)]
QUERY = f"period=days&begin={MONTH.start}&end={MONTH.end}"


def reading() -> dict[str, float]:
    """A month by queue and day: as pages read it, as bare SQL over facts, from raw rows."""
    moments = [Span.of(MONTH.start).start, Span.of(MONTH.end).end]
    ours = seconds(lambda: Reader(Slice(MONTH)).visits(("day", "queue")))
    facts = seconds(lambda: fetch(BARE, [MONTH.start, MONTH.end]))
    raw = seconds(lambda: fetch(NAIVE, moments), rounds=3)
    return {
        "seconds": ours,
        "of_bare_sql": round(ours / facts, 2),
        "times_faster_than_raw": round(raw / ours, 1),
    }


def scanned(family: str, span: Span) -> None:
    """The groupings of a family over raw rows, every column made, counted and not stored."""
    for table in FAMILIES[family]:
        if table.model is DayQueueFact:
            continue  # From the intervals, not from raw rows.
        rows = table.rows(span)
        if not isinstance(rows, QuerySet):
            keys = [repeats.ANY] if table.model is DayGapCount else list(repeats.KEYS)
            rows = repeats.contacts(span.start, span.end, keys)
        statement, parameters = rows.query.sql_with_params()
        fetch(f"SELECT count(grouped) FROM ({statement}) AS grouped", list(parameters))


def building(family: str) -> dict[str, float]:
    """Days of a family made for the first time, against bare scans of their raw rows."""
    builds, scans = [], []
    for day in FRESH:
        scans.append(seconds(partial(scanned, family, Span.of(day)), rounds=1))
        build = partial(rollups.rebuild, [day], families=[family], at=timezone.now())
        builds.append(seconds(build, rounds=1))
    build, scan = median(builds), median(scans)
    return {"seconds": build, "of_bare_scan": round(build / scan, 2)}


def reader() -> User:
    person = User.objects.create_user(email="admin@bench.example", full_name="Admin")
    person.groups.add(role_group("admin"))
    return person


def page(person: User) -> dict[str, float]:
    """The operations dashboard of the month, sign-in and session among its queries."""
    client = Client()
    client.force_login(person)

    def opened() -> None:
        assert client.get(f"/reports/operations/?{QUERY}").status_code == 200

    opened()
    with CaptureQueriesContext(connection) as found:
        opened()
    return {"queries": len(found), "seconds": seconds(opened)}


def document(person: User) -> dict[str, float]:
    """The operations report of the month, against a bare render of the same HTML."""
    order = printing.Order(QueryDict(QUERY), person, timezone.now())
    (made,) = printing.gather("operations", order)
    ours, plain = warm(lambda: pdf.render(made.html)), warm(lambda: bare(made.html))
    return {"seconds": ours, "of_bare_render": round(ours / plain, 2)}


def warm(work: Callable[[], object]) -> float:
    work()
    return seconds(work)


def is_good(found: object) -> bool:
    """Whether every ratio in what was found keeps its goal."""
    if not isinstance(found, dict):
        return True
    kept = all(found[name] <= most for name, most in AT_MOST.items() if name in found)
    kept &= all(found[name] >= least for name, least in AT_LEAST.items() if name in found)
    return kept and all(is_good(part) for part in found.values())


def measured(rows: int, days: int) -> dict[str, object]:
    fill(rows)
    rollups.rebuild(list(MONTH)[:days], at=timezone.now())
    person = reader()
    return {
        "interactions": rows,
        "month_by_queue_and_day": reading(),
        "facts_of_a_day": {family: building(family) for family in FAMILIES if family != "time"},
        "dashboard": page(person),
        "document": document(person),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=30, help="how many days to make facts of")
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.stdout.write(json.dumps({"bench": "dashboards", "skipped": "needs PostgreSQL"}) + "\n")
        return 0
    for name in ("weasyprint", "weasyprint.progress"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connection.settings_dict["TEST"]["NAME"] = "attune_dashboards_bench"
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        found = measured(options.rows, options.days)
    finally:
        runner.teardown_databases(old)
    found["passed"] = is_good(found)
    sys.stdout.write(json.dumps({"bench": "dashboards", **found}, indent=1) + "\n")
    return int(not found["passed"])


if __name__ == "__main__":
    sys.exit(main())
