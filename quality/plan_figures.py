"""What the pages of plans and draws show in figures: progress, previews, swaps, comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import User
from crm.models.interactions import Channel
from lib import charts
from lib.charts import Chart
from lib.templatetags.look import duration
from quality.filters import in_words
from quality.frames import (
    LiveCount,
    Part,
    Window,
    free_legs,
    hour_names,
    legs_in,
    live_count,
    matching,
    parts,
    weekday_names,
)
from quality.models import Assignment, Draw, SamplingPlan, Scorecard
from quality.models.plans import WAITING_STATES, AssignmentState, QuotaKind, SwapReason
from quality.sampling import percent_quota
from routing.models import Queue

MOST_AGENTS = 200
CHART_WIDTH = 420.0  # Two or three stand side by side.
POOL = "The pool"
ASPECTS = {
    "channel": "Channel",
    "queue": "Queue",
    "weekday": "Weekday",
    "hour": "Time of day",
    "length": "Length",
}


# --- The frame as it is now ----------------------------------------------------------------------


@dataclass(frozen=True)
class FilterLine:
    title: str
    asks: str
    alone: int
    last: int


@dataclass(frozen=True)
class Preview:
    """The last full week or month seen through the filters."""

    count: LiveCount
    lines: list[FilterLine]
    days: int


def recent_window(period: str, at: datetime) -> Window:
    return Window(at - timedelta(days=30 if period == "month" else 7), at)


def preview_of(
    scorecard: Scorecard, filters: Mapping[str, Any], period: str, at: datetime
) -> Preview:
    """What the filters would let through of the work that ended lately."""
    window = recent_window(period, at)
    count = live_count(scorecard, filters, window)
    words = in_words(filters)
    lines = [
        FilterLine(*words.get(one.name, (one.name, "")), alone=one.alone, last=one.last)
        for one in count.removed
    ]
    return Preview(count, lines, (window.end - window.start).days)


@dataclass(frozen=True)
class AgentLine:
    """What a period would draw of one agent; `per_slice` is told as a range."""

    agent: User
    frame_n: int
    quota: int
    per_slice: str
    note: str = ""

    @property
    def is_short(self) -> bool:
        return self.frame_n < self.quota


def agent_lines(plan: SamplingPlan, filters: Mapping[str, Any], at: datetime) -> list[AgentLine]:
    """Agents of the last full period with the number that is due of each; three queries."""
    if not plan.quota_kind.startswith("per_agent"):
        return []
    rows = matching(legs_in(plan.scorecard, recent_window(plan.period, at)), filters)
    free = free_legs(rows, plan.scorecard).order_by().values("agent")
    counts = dict(free.annotate(count=Count("pk")).values_list("agent", "count"))
    today = timezone.localdate(at)
    overrides = {
        one.agent_id: one
        for one in plan.overrides.filter(from_on__lte=today, until_on__gte=today).order_by("pk")
    }
    people = User.objects.filter(pk__in=[*counts, *overrides]).order_by("full_name")[:MOST_AGENTS]
    lines = []
    for agent in people:
        override, size = overrides.get(agent.pk), counts.get(agent.pk, 0)
        quota = override.quota_n if override else _quota(plan, size)
        note = f"until {override.until_on:%-d %b}: {override.reason}" if override else ""
        lines.append(AgentLine(agent, size, quota, per_slice(quota, plan.slices), note))
    return lines


def _quota(plan: SamplingPlan, size: int) -> int:
    if plan.quota_kind == QuotaKind.PER_AGENT:
        return plan.quota_n or 0
    return percent_quota(size, Fraction(plan.quota_percent or 0), plan.quota_min or 0)


def per_slice(quota: int, slices: int) -> str:
    """How many a draw takes; chance decides between the two."""
    low, high = floor(Fraction(quota, slices)), ceil(Fraction(quota, slices))
    return str(low) if low == high else f"{low} or {high}"


def quota_in_words(plan: SamplingPlan) -> str:
    every = {"week": "a week", "month": "a month"}[plan.period]
    if plan.quota_kind == QuotaKind.PER_AGENT:
        return f"{plan.quota_n} per agent {every}"
    if plan.quota_kind == QuotaKind.PER_AGENT_PERCENT:
        return f"{plan.quota_percent:g} % per agent {every}, at least {plan.quota_min}"
    if plan.quota_kind == QuotaKind.PER_EVALUATOR:
        return f"{plan.quota_n} per evaluator {every}"
    return f"Everything that matches, {every}"


# --- Progress ------------------------------------------------------------------------------------


@dataclass
class Progress:
    """Of one evaluator, or of the pool: what was given and what became of it."""

    name: str
    given: int = 0
    done: int = 0
    overdue: int = 0
    swapped: int = 0
    _due_by_now: float = field(default=0.0, repr=False)

    @property
    def expected(self) -> int:
        """What would be done by now if everybody worked evenly until the due date."""
        return round(self._due_by_now)

    @property
    def waiting(self) -> int:
        return self.given - self.done

    @property
    def is_behind(self) -> bool:
        return self.done < self.expected

    def add(self, state: str, created_at: datetime, due_at: datetime | None, now: datetime) -> None:
        if state == AssignmentState.SWAPPED:
            self.swapped += 1
            return
        self.given += 1
        self.done += state == AssignmentState.DONE
        if due_at:
            self.overdue += state in WAITING_STATES and due_at < now
            time = (due_at - created_at).total_seconds()
            used = (now - created_at).total_seconds()
            self._due_by_now += min(max(used / time, 0), 1) if time > 0 else 1


def progress_of(rows: QuerySet[Assignment], at: datetime) -> list[Progress]:
    """One line for each evaluator and one for the pool, then the whole; one query."""
    lines: dict[int | None, Progress] = {}
    whole = Progress("All")
    found = rows.exclude(state=AssignmentState.CANCELED).select_related("evaluator")
    for row in found.order_by("evaluator__full_name", "pk"):
        line = lines.setdefault(row.evaluator_id, Progress(name_of(row)))
        for one in (line, whole):
            one.add(row.state, row.created_at, row.due_at, at)
    return [*sorted(lines.values(), key=lambda one: one.name == POOL), whole]


def name_of(assignment: Assignment) -> str:
    return assignment.evaluator.short_name if assignment.evaluator else POOL


def progress_chart(lines: Iterable[Progress]) -> Chart:
    shown = list(lines)
    return charts.bars(
        [line.name for line in shown],
        [line.done for line in shown],
        title="Done, against what is expected by now",
        value_header="Done",
        label_header="Evaluator",
        reference=[line.expected for line in shown],
        reference_name="Expected by now",
        lying=True,
    )


def swap_chart(plan: SamplingPlan) -> Chart | None:
    """Swaps of the plan by evaluator and reason; None without any."""
    rows = plan_assignments(plan).filter(state=AssignmentState.SWAPPED).select_related("evaluator")
    counted = Counter((name_of(row), row.swap_kind) for row in rows)
    if not counted:
        return None
    people = sorted({name for name, _kind in counted})
    kinds = [kind for kind in SwapReason.values if any(key[1] == kind for key in counted)]
    return charts.stacked_bars(
        people,
        [
            (str(SwapReason(kind).label), [counted[(name, kind)] for name in people])
            for kind in kinds
        ],
        title="Swaps by reason",
        label_header="Evaluator",
    )


def plan_assignments(plan: SamplingPlan) -> QuerySet[Assignment]:
    return Assignment.objects.filter(draw__plan=plan)


# --- Sample against frame ------------------------------------------------------------------------


@dataclass(frozen=True)
class Aspect:
    """One way to tell the parts of a frame apart, with the parts that are off."""

    title: str
    chart: Chart
    parts: list[Part]
    off: list[str]


def aspects_of(draw: Draw) -> list[Aspect]:
    """Frame and sample side by side; one query for the names of queues."""
    if not draw.frame_n:
        return []
    found = []
    for key, title in ASPECTS.items():
        shown = parts(draw.comparison, key, _names(draw, key))
        off = [part.name for part in shown if part.is_off]
        found.append(Aspect(title, _comparison_chart(title, shown), shown, off))
    return found


def _comparison_chart(title: str, shown: list[Part]) -> Chart:
    return charts.bars(
        [part.name for part in shown],
        [part.sample_percent for part in shown],
        title=title,
        value_header="Sample",
        label_header=title,
        reference=[part.frame_percent for part in shown],
        reference_name="Frame",
        show=charts.percent,
        lying=True,
        width=CHART_WIDTH,
    )


def _names(draw: Draw, aspect: str) -> dict[Any, str]:
    if aspect == "channel":
        return {str(value): str(label) for value, label in Channel.choices}
    if aspect == "queue":
        ids = [row[0] for row in draw.comparison.get("queue", []) if row[0]]
        return {None: "No queue", **{q.pk: q.name for q in Queue.objects.filter(pk__in=ids)}}
    if aspect == "weekday":
        return weekday_names()
    if aspect == "hour":
        return hour_names()
    cuts = (draw.comparison.get("cuts") or [[]])[0]
    return _length_names(cuts)


def _length_names(cuts: list[int]) -> dict[Any, str]:
    if len(cuts) != 3:
        return {}
    first, middle, last = (duration(cut) for cut in cuts)
    return {
        0: f"under {first}",
        1: f"{first} to {middle}",
        2: f"{middle} to {last}",
        3: f"{last} and longer",
    }
