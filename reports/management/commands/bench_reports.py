"""Fill a scratch database with made-up traffic and print how facts compare with raw rows."""

from __future__ import annotations

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import JSONField, Model, QuerySet
from django.utils import timezone

from crm.models import Customer, Interaction, Leg, QueueVisit
from reports import figures, rollups
from reports.definitions import parse
from reports.models import DayQueueFact
from reports.periods import Period
from reports.rollups.families import FAMILIES, MEASURES, Span
from reports.slices import Slice
from reports.sums import Reader
from routing.models import Queue

WRONG_USE = 2
QUEUES, CUSTOMERS, DAYS, ROUNDS = 50, 20_000, 365, 5
FIRST = date(2025, 1, 1)
MONTH = Period(date(2025, 6, 1), date(2025, 6, 30))
START = (
    f"TIMESTAMPTZ '{FIRST} 00:00:00+00' "
    f"+ floor(n::float8 / {{rows}} * {DAYS} * 86400) * interval '1 second'"
)
WAIT = "(n * 7919 % 613)"
NAIVE = """
SELECT v.queue_id, (v.entered_at AT TIME ZONE 'UTC')::date,
       count(*) FILTER (WHERE v.outcome = 'answered'),
       count(*) FILTER (WHERE v.outcome = 'answered' AND v.wait_seconds <= 20)
FROM crm_queuevisit v JOIN crm_interaction i ON i.id = v.interaction_id
WHERE v.entered_at >= %s AND v.entered_at < %s AND i.direction = 'inbound'
  AND v.left_at IS NOT NULL
GROUP BY 1, 2
"""
BARE = f"""
SELECT on_date, queue_key, {", ".join(f"sum({name})" for name in MEASURES)}
FROM reports_dayqueuefact WHERE on_date >= %s AND on_date <= %s GROUP BY 1, 2
"""  # noqa: S608 - Names come from the module of facts.

RULES = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype::text
FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
"""


class Command(BaseCommand):
    help = "Measure facts against raw rows in an empty PostgreSQL database named …bench."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=200_000)
        parser.add_argument("--days", type=int, default=30, help="how many days to make facts of")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_other_databases()
        rows = options["rows"]
        if not Interaction.objects.exists():
            fill(rows)
        days = list(MONTH)[: options["days"]]
        build = seconds(lambda: rollups.rebuild(days, at=timezone.now()), rounds=1)
        self.stdout.write(json.dumps(self.measured(rows, build), indent=1))

    def refuse_other_databases(self) -> None:
        name = str(connection.settings_dict["NAME"])
        if connection.vendor != "postgresql" or not name.endswith("bench"):
            raise CommandError(
                "This fills the database with made-up rows: name a PostgreSQL database that ends "
                "with bench in DATABASE_URL.",
                returncode=WRONG_USE,
            )

    def measured(self, rows: int, build: float) -> dict[str, Any]:
        span = Span.of(MONTH.start)
        moments = [span.start, Span.of(MONTH.end).end]
        days = [MONTH.start, MONTH.end]
        naive = seconds(lambda: fetch(NAIVE, moments))
        bare = seconds(lambda: fetch(BARE, days))
        page = seconds(lambda: Reader(Slice(MONTH)).visits(("day", "queue")))
        level = parse("sl3-t45-lte")
        threshold = seconds(lambda: figures.value(level, Reader(Slice(MONTH))))
        return {
            "interactions": rows,
            "facts_of_days": DayQueueFact.objects.count(),
            "month_by_queue_and_day": {
                "seconds": page,
                "of_bare_sql": round(page / bare, 2),
                "times_faster_than_raw": round(naive / page, 1),
            },
            "any_threshold_of_naive_scan": round(threshold / naive, 3),
            "rebuild_of_a_day_seconds": {
                family: seconds(
                    lambda name=family: rollups.rebuild(  # type: ignore[misc]
                        [MONTH.start], families=[name], at=timezone.now()
                    )
                )
                for family in FAMILIES
            },
            "rebuild_of_a_day_of_bare_scan": {
                family: of_bare_scan(family, span) for family in ("queues", "people")
            },
            "build_seconds": round(build, 2),
        }


def of_bare_scan(family: str, span: Span) -> float:
    """Seconds to make a family's facts of a day, for each second of counting the same groups."""
    scans = [
        table.rows(span)
        for table in FAMILIES[family]
        if table.model is not DayQueueFact  # Summed from intervals, not from raw rows.
    ]

    def scan() -> None:
        for rows in scans:
            assert isinstance(rows, QuerySet)
            words, parameters = rows.query.sql_with_params()
            fetch(f"SELECT count(counted) FROM ({words}) AS counted", list(parameters))  # noqa: S608

    build = seconds(lambda: rollups.rebuild([span.on_date], families=[family], at=timezone.now()))
    return round(build / seconds(scan), 2)


def seconds(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of some rounds."""
    taken = []
    for _round in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return round(statistics.median(taken), 5)


def fetch(statement: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def fill(rows: int) -> None:
    """A year of traffic, spread evenly; everything is derived from the row's number."""
    with without_indexes(Interaction, QueueVisit, Leg):
        insert_all(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def insert_all(rows: int) -> None:
    started = START.format(rows=rows)
    queue = f"(n % {QUEUES}) + 1"
    outcome = "CASE WHEN n % 8 = 0 THEN 'abandoned' ELSE 'answered' END"
    insert(Queue, QUEUES, {"id": "n", "name": "'Queue ' || n"})
    insert(Customer, CUSTOMERS, {"id": "n", "display_name": "'Customer ' || n"})
    insert(
        Interaction,
        rows,
        {
            "id": "n",
            "source": "'bench'",
            "external_id": "n::text",
            "channel": "'voice'",
            "started_at": started,
            "queue_id": queue,
            "customer_id": f"(n * 31 % {CUSTOMERS}) + 1",
            "outcome": "CASE WHEN n % 8 = 0 THEN 'abandoned_in_queue' ELSE 'handled' END",
            "handle_seconds": "CASE WHEN n % 8 = 0 THEN NULL ELSE n % 600 END",
        },
    )
    insert(
        QueueVisit,
        rows,
        {
            "interaction_id": "n",
            "position": "1",
            "queue_id": queue,
            "entered_at": started,
            "left_at": f"{started} + {WAIT} * interval '1 second'",
            "outcome": outcome,
            "wait_seconds": WAIT,
        },
    )
    insert(
        Leg,
        rows,
        {
            "interaction_id": "n",
            "position": "1",
            "queue_id": queue,
            "answered_at": started,
            "talk_seconds": "n % 600",
            "end": "CASE WHEN n % 8 = 0 THEN 'not_answered' ELSE 'customer' END",
        },
    )


@contextmanager
def without_indexes(*models: type[Model]) -> Iterator[None]:
    """Take indexes and rules between tables away while rows are inserted; many times as fast."""
    tables = [model._meta.db_table for model in models]
    rules = fetch(RULES, [tables])
    with connection.cursor() as cursor:
        for table, name, _words, _kind in rules:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        indexes = fetch(INDEXES, [tables])
        for name, _words in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name, words in indexes:
            cursor.execute(words)
        for table, name, words, kind in rules:
            unchecked = "NOT VALID" if kind == "f" else ""
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {words} {unchecked}")


def insert(model: type[Model], rows: int, given: dict[str, str]) -> None:
    """Rows numbered n = 1…rows; a column that is not given has the model's default."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        column = str(field.column)
        value = given.get(column) or default_of(field)
        if value is not None:
            columns.append(connection.ops.quote_name(column))
            values.append(value)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        # Names come from models, expressions from this module alone.
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM generate_series(1::bigint, {int(rows)}) AS n"
        )


def default_of(field: Any) -> str | None:
    """The default as SQL; None where the database or NULL does."""
    if field.primary_key or field.null:
        return None
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "now()"
    if isinstance(field, JSONField):
        return f"'{json.dumps(field.get_default())}'"
    value = field.get_default()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f"'{value or ''}'"
