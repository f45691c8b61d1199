"""The day as it runs: who waits, how it went so far, and how days like this went by this time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Aggregate, CharField, Count, Max, Min, QuerySet, Sum, Value

from accounts.models import TeamMembership
from crm.models import AgentStateSpan, QueueVisit
from crm.models.states import AgentState
from lib import charts
from reports import kpis
from reports.kpis import Measured
from reports.models import FactDay, IntervalQueueFact, QueueThreshold
from reports.models.facts import QUARTER_SECONDS
from reports.operations import UNKNOWN, waiting_visits
from reports.rollups.agent_time import spans_touching
from reports.rollups.marking import site_day
from reports.slices import Slice

WEEKS = 4
MEASURES = (
    *("answered", "abandoned", "flowed_out", "answered_timed", "abandoned_timed"),
    *("answered_within", "wait_answered", "max_wait"),
)


@dataclass(frozen=True)
class QueueToday:
    """One queue: who waits in it now, and its day so far."""

    queue: int
    name: str
    waiting: int
    late: int
    longest_seconds: int
    offered: int
    service_level: float | None
    abandoned: float | None

    @property
    def shown(self) -> tuple[str, str]:
        return kpis.show(self.service_level, "percent"), kpis.show(self.abandoned, "percent")


@dataclass(frozen=True)
class Today:
    on: date
    waiting: int
    late: int
    longest_seconds: int
    offered: int
    answered: int
    service_level: Measured
    abandonment: Measured
    usual_offered: float | None
    usual_level: float | None
    queues: list[QueueToday]
    agents: list[tuple[str, int]]
    chart: charts.Chart | None

    @property
    def digest(self) -> str:
        """Changes when anything that is shown changes."""
        told = [asdict(queue) for queue in self.queues]
        text = json.dumps([told, self.agents, self.offered, self.answered, str(self.service_level)])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def is_empty(self) -> bool:
        return not self.queues and not self.agents


def today_of(piece: Slice, names: Mapping[int, str], at: datetime) -> Today:
    """`piece` says which queues, and of which teams' agents; `names` are theirs. Three queries."""
    on = site_day(at)
    waiting = waiting_now(piece, on, at)
    days = [on - timedelta(weeks=back) for back in range(WEEKS + 1)]
    cells = quarters(piece, days, at)
    sums = sums_by(cells, on)
    queues = queue_rows(waiting, cells, names, on, at)
    total = sums.get("total", {})
    usual = [sums_by(cells, day)["total"] for day in days[1:] if (day in {key[0] for key in cells})]
    return Today(
        on=on,
        waiting=sum(queue.waiting for queue in queues),
        late=sum(queue.late for queue in queues),
        longest_seconds=max((queue.longest_seconds for queue in queues), default=0),
        offered=offered(total),
        answered=total.get("answered", 0),
        service_level=level(total),
        abandonment=kpis.share_of(total.get("abandoned", 0), offered(total)),
        usual_offered=median(offered(day) for day in usual) if usual else None,
        usual_level=middle(level(day).value for day in usual),
        queues=queues,
        agents=agents_now(piece, at),
        chart=quarter_chart(cells, days),
    )


@dataclass(frozen=True)
class Watch:
    """Whether a day may have changed since it was looked at, and up to when its facts are made.

    `state` changes with every change of rows or facts that are shown; it is empty while anybody
    waits, for then the clock changes what is shown.
    """

    state: str
    cutoff: datetime

    @classmethod
    def at(cls, at: datetime) -> Watch:
        """One query."""
        on, local = site_day(at), at.astimezone(ZoneInfo(settings.TIME_ZONE))
        days = [on - timedelta(weeks=back) for back in range(WEEKS + 1)]
        built = FactDay.objects.filter(family="queues", on_date__in=days)
        waiting = QueueVisit.objects.filter(left_at__isnull=True)
        found = {
            kind: (n, moment)
            for kind, n, moment in _counted("stale", FactDay.objects.dirty(), Min("marked_at"))
            .union(
                _counted("built", built, Max("built_at")),
                _counted("waiting", waiting, Max("entered_at")),
                _counted("agents", open_spans(at), Max("updated_at")),
                all=True,
            )
            .order_by("kind")
            if n
        }
        cutoff = found["stale"][1] if "stale" in found else at
        if "waiting" in found:
            return cls("", cutoff)
        told = json.dumps([on, minute_of(local) // 15, found], default=str)
        return cls(hashlib.sha256(told.encode()).hexdigest()[:12], cutoff)


def _counted(kind: str, rows: QuerySet[Any], moment: Aggregate) -> QuerySet[Any, Any]:
    """(kind, how many, a moment), in one row."""
    named = rows.order_by().annotate(kind=Value(kind, output_field=CharField())).values("kind")
    return named.annotate(n=Count("pk"), moment=moment).values_list("kind", "n", "moment")


def waiting_now(piece: Slice, on: date, at: datetime) -> dict[int, dict[str, Any]]:
    """By queue: how many wait, how many beyond the queue's own threshold, since when; one query."""
    rows = waiting_visits(piece).annotate(threshold=QueueThreshold.objects.of_queue("queue", on))
    waiting: dict[int, dict[str, Any]] = {}
    for queue, entered_at, threshold in rows.values_list("queue_id", "entered_at", "threshold"):
        found = waiting.setdefault(queue or 0, {"n": 0, "late": 0, "since": entered_at})
        found["n"] += 1
        found["late"] += (at - entered_at).total_seconds() > threshold
        found["since"] = min(found["since"], entered_at)
    return waiting


def agents_now(piece: Slice, at: datetime) -> list[tuple[str, int]]:
    """How many agents are in each state, by the stretch that began last; one query."""
    spans = open_spans(at)
    if piece.teams is not None:
        held = TeamMembership.objects.in_force(at).agents().filter(team__in=piece.teams)
        spans = spans.filter(agent__in=held.values("user"))
    latest = dict(spans.order_by("started_at", "pk").values_list("agent_id", "state"))
    counts = Counter(latest.values())
    return [(str(label), counts[state]) for state, label in AgentState.choices if counts[state]]


def open_spans(at: datetime) -> QuerySet[AgentStateSpan]:
    return spans_touching(at, at + timedelta(seconds=1)).filter(ended_at__isnull=True)


def quarters(
    piece: Slice, days: list[date], at: datetime
) -> dict[tuple[date, int, int], dict[str, int]]:
    """By day, local minute of the day and queue, up to this time of the day; one query."""
    conditions = piece.of_queues() or {}
    rows = IntervalQueueFact.objects.filter(on_date__in=days)
    for name in ("queue_key__in", "channel", "segment_key"):
        if name in conditions:
            rows = rows.filter(**{name: conditions[name]})
    sums = {f"of_{name}": Sum(name) for name in MEASURES}
    found = rows.order_by().values_list("on_date", "quarter", "queue_key").annotate(**sums)
    zone = ZoneInfo(settings.TIME_ZONE)
    now = minute_of(at.astimezone(zone))
    cells = {}
    for on, quarter, queue, *values in found:
        minute = minute_of(datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC).astimezone(zone))
        if minute <= now:
            cells[on, minute, queue] = dict(zip(MEASURES, values, strict=True))
    return cells


def minute_of(local: datetime) -> int:
    return 60 * local.hour + local.minute


def sums_by(cells: dict[Any, dict[str, int]], on: date) -> dict[Any, dict[str, int]]:
    """The sums of one day by queue, and of all queues as "total"."""
    found: dict[Any, dict[str, int]] = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for (day, _minute, queue), values in cells.items():
        if day == on:
            for name, value in values.items():
                found[queue][name] += value
                found["total"][name] += value
    return found


def queue_rows(
    waiting: dict[int, dict[str, Any]],
    cells: dict[Any, Any],
    names: Mapping[int, str],
    on: date,
    at: datetime,
) -> list[QueueToday]:
    """Queues with somebody waiting or with visits today; the late backlog first."""
    sums = sums_by(cells, on)
    keys = sorted({key for key in sums if key != "total"} | set(waiting))
    found = []
    for key in keys:
        now, day = waiting.get(key), sums.get(key, {})
        longest = int((at - now["since"]).total_seconds()) if now else 0
        found.append(
            QueueToday(
                queue=key,
                name=names.get(key) or UNKNOWN["queue"],
                waiting=now["n"] if now else 0,
                late=now["late"] if now else 0,
                longest_seconds=max(0, longest),
                offered=offered(day),
                service_level=level(day).value,
                abandoned=kpis.share_of(day.get("abandoned", 0), offered(day)).value,
            )
        )
    return sorted(found, key=lambda queue: (-queue.late, -queue.waiting, queue.name))


def offered(sums: dict[str, int]) -> int:
    return sum(sums.get(name, 0) for name in ("answered", "abandoned", "flowed_out"))


def level(sums: dict[str, int]) -> Measured:
    """Answered within each queue's own threshold, of answered and abandoned."""
    return kpis.share_of(
        sums.get("answered_within", 0),
        sums.get("answered_timed", 0) + sums.get("abandoned_timed", 0),
    )


def middle(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def quarter_chart(cells: dict[Any, dict[str, int]], days: list[date]) -> charts.Chart | None:
    """Visits of each quarter hour so far, against the median of the same weekdays before."""
    counts: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (on, minute, _queue), values in cells.items():
        counts[on][minute] += offered(values)
    known = {minute for day in counts.values() for minute in day}
    if not known:
        return None
    minutes = range(min(known), max(known) + 1, 15)
    earlier = [day for day in days[1:] if day in counts]
    usual = [
        median([counts[day][minute] for day in earlier]) if earlier else None for minute in minutes
    ]
    return charts.bars(
        [f"{minute // 60}:{minute % 60:02}" for minute in minutes],
        [counts[days[0]][minute] for minute in minutes],
        title="Visits by quarter hour",
        label_header="From",
        value_header="Visits",
        reference=usual if earlier else (),
        reference_name=f"Median of {len(earlier)} weeks",
        note="The short line is the median of the same weekdays before." if earlier else "",
    )
