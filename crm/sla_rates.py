"""How many targets were met: stopped clocks with a target, excused misses told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import pgettext

from accounts.models import User
from crm.models import SlaClock
from crm.models.sla import ClockState, Metric


@dataclass(frozen=True)
class Rate:
    """`excused` misses are in neither of the other two."""

    label: str
    met: int
    missed: int
    excused: int

    @property
    def n(self) -> int:
        return self.met + self.missed

    @property
    def percent(self) -> Decimal | None:
        """Met of met and missed, half up to two decimals; None without a clock."""
        if not self.n:
            return None
        exact = Decimal(self.met * 100) / self.n
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def by_metric(user: User, start: datetime, end: datetime) -> list[Rate]:
    """One rate for each metric with clocks that stopped in [start, end); one query."""
    counted = _counts(user, start, end, "metric")
    return [rate for metric in Metric for rate in _rates(counted, metric.value, str(metric.label))]


def by_team(user: User, start: datetime, end: datetime) -> list[tuple[str, list[Rate | None]]]:
    """Each team with its rates in the order of the metrics; one query."""
    counted = list(_counts(user, start, end, "metric", "case__team__name"))
    for row in counted:
        row["team"] = row["case__team__name"] or pgettext("cases", "No team")
    teams = sorted({row["team"] for row in counted})
    return [(team, [_one(counted, team, metric) for metric in Metric]) for team in teams]


def _counts(user: User, start: datetime, end: datetime, *columns: str) -> Iterable[dict[str, Any]]:
    stopped = SlaClock.objects.visible_to(user).filter(
        state=ClockState.FULFILLED,
        target_seconds__isnull=False,
        stopped_at__gte=start,
        stopped_at__lt=end,
    )
    missed = Q(breached_at__isnull=False, excused_at__isnull=True)
    return (
        stopped.order_by()
        .values(*columns)
        .annotate(
            met=Count("pk", filter=Q(breached_at__isnull=True)),
            missed=Count("pk", filter=missed),
            excused=Count("pk", filter=Q(excused_at__isnull=False)),
        )
    )


def _rates(counted: Iterable[dict[str, Any]], metric: str, label: str) -> Iterator[Rate]:
    for row in counted:
        if row["metric"] == metric:
            yield Rate(label, row["met"], row["missed"], row["excused"])


def _one(counted: Iterable[dict[str, Any]], team: str, metric: Metric) -> Rate | None:
    rows = [row for row in counted if row["team"] == team]
    return next(_rates(rows, metric.value, str(metric.label)), None)
