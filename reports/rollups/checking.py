"""Whether facts are what raw rows say: summed again in one snapshot and compared row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from reports.models import FactDay
from reports.rollups.families import FAMILIES, Span, Table
from reports.rollups.marking import mark


@dataclass(frozen=True)
class Finding:
    """How many rows of a family and day differ."""

    family: str
    on_date: str
    mismatches: int


@dataclass(frozen=True)
class Report:
    """Days checked by family, and what was found."""

    checked: dict[str, int]
    skipped: int
    findings: list[Finding]

    def as_dict(self) -> list[dict[str, Any]]:
        return [
            {
                "family": family,
                "buckets": count,
                "mismatches": sum(one.mismatches for one in self.findings if one.family == family),
                "days": [asdict(one) for one in self.findings if one.family == family],
            }
            for family, count in self.checked.items()
        ]


def check_days(
    days: Collection[date], *, families: Collection[str] = tuple(FAMILIES), at: datetime
) -> Report:
    """Compare the built days among these; stale ones are left out, different ones are marked."""
    checked, skipped, findings = Counter(dict.fromkeys(families, 0)), 0, []
    rows = FactDay.objects.filter(on_date__in=set(days), family__in=families)
    for day in rows.order_by("family", "on_date"):
        differing = differences(day.family, day.on_date)
        if differing is None:
            skipped += 1
            continue
        checked[day.family] += 1
        if differing:
            findings.append(Finding(day.family, day.on_date.isoformat(), differing))
            mark([day.on_date], at=at, families=[day.family])
    return Report(dict(checked), skipped, findings)


def differences(family: str, on: date) -> int | None:
    """How many rows differ; None if the day is stale."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        day = FactDay.objects.clean().filter(family=family, on_date=on).first()
        if day is None:
            return None
        span = Span.of(on, day.built_at)
        return sum(_differing(table, span) for table in FAMILIES[family])


def _differing(table: Table, span: Span) -> int:
    stored = Counter(map(tuple, table.stored(span.on_date)))
    right = Counter(map(tuple, table.rows(span)))
    return (stored - right).total() + (right - stored).total()
