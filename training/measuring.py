"""Figures behind action items and coaching: an agent's released evaluations in a span of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from lib.statistics import wilson
from quality.averages import average, rate
from quality.models import Evaluation
from quality.models.evaluations import Purpose
from training import customer_answers, effect
from training.action_status import Goal, event_status_on, status_on
from training.judgements import criterion_texts, judged_answers
from training.models import ActionItem, Enrollment
from training.models.coaching import Metric

BASELINE_DAYS = 90
HUNDREDTHS = Decimal("0.01")


@dataclass(frozen=True)
class Measured:
    """A percent over n evaluations; None without any."""

    value: Decimal | None
    n: int


@dataclass(frozen=True)
class What:
    """What is measured: a metric with its scorecard, criterion or course."""

    metric: str
    scorecard_id: int | None = None
    criterion_key: str = ""
    course_id: int | None = None


def what_of(item: ActionItem) -> What:
    return What(item.metric, item.scorecard_id, item.criterion_key, item.course_id)


def measure(agent: User, what: What, from_on: date, to_on: date) -> Measured:
    """Both days included, by the moment of release. One query."""
    start, end = _moment(from_on), _moment(to_on + timedelta(days=1))
    if what.metric == Metric.SCORE:
        scores = _scores(agent, start, end).filter(scorecard=what.scorecard_id)
        values = list(scores.values_list("current_revision__score_percent", flat=True))
        return Measured(_mean(values), len(values))
    if what.metric == Metric.CRITERION:
        rows = judged_answers().filter(
            revision__evaluation__agent=agent,
            revision__evaluation__released_at__gte=start,
            revision__evaluation__released_at__lt=end,
            criterion__key=what.criterion_key,
        )
        counts = rows.aggregate(n=Count("pk"), failed=Count("pk", filter=Q(is_failed=True)))
        n, failed = counts["n"], counts["failed"]
        share = Decimal(100 * failed) / n if n else None
        return Measured(None if share is None else share.quantize(HUNDREDTHS, ROUND_HALF_UP), n)
    done = Enrollment.objects.filter(
        person=agent, course=what.course_id, state="completed", completed_at__lt=end
    )
    return Measured(Decimal(100 if done.exists() else 0), 1)


def _scores(agent: User, start: datetime, end: datetime) -> Any:
    return Evaluation.objects.released().filter(
        agent=agent,
        purpose=Purpose.STANDARD,
        released_at__gte=start,
        released_at__lt=end,
        current_revision__score_percent__isnull=False,
    )


def _mean(values: list[Decimal]) -> Decimal | None:
    if not values:
        return None
    return (sum(values, Decimal(0)) / len(values)).quantize(HUNDREDTHS, ROUND_HALF_UP)


def _moment(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


# --- Status --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """An action item today: where it is between baseline and target, and its computed status."""

    item: ActionItem
    now: Measured
    status: str

    @property
    def share_percent(self) -> float:
        """How much of the way is done, 0 to 100."""
        way = self.item.target - self.item.baseline
        if self.now.value is None or not way:
            return 0.0
        share = float((self.now.value - self.item.baseline) / way * 100)
        return min(max(share, 0.0), 100.0)


def standing_on(item: ActionItem, today: date) -> Standing:
    """The status is computed here and nowhere stored. One query."""
    until = min(today, item.due_on)
    if item.metric == Metric.COURSE:
        now = measure(item.agent, what_of(item), item.agreed_on, until)
        done = now.value == 100
        status = event_status_on(today, item.due_on, is_done=done)
    else:
        now = measure(item.agent, what_of(item), item.agreed_on + timedelta(days=1), until)
        goal = Goal(item.direction, item.baseline, item.target, item.minimum_n, item.due_on)
        status = status_on(today, goal, now.value, now.n)
    return Standing(item, now, "canceled" if item.canceled_at else status)


def luck_line(agent: User, what: What, baseline: Measured, today: date) -> Decimal | None:
    """Where luck alone would bring the next mean; for scores with enough evidence. One query."""
    if what.metric != Metric.SCORE or baseline.value is None:
        return None
    start = _moment(today - timedelta(days=BASELINE_DAYS))
    rows = Evaluation.objects.released().filter(
        scorecard=what.scorecard_id,
        purpose=Purpose.STANDARD,
        released_at__gte=start,
        current_revision__score_percent__isnull=False,
    )
    by_agent: dict[int, list[float]] = {}
    for pk, score in rows.values_list("agent_id", "current_revision__score_percent"):
        by_agent.setdefault(pk, []).append(float(score))
    found = effect.reliability(list(by_agent.values()))
    if found is None:
        return None
    mean = fmean([score for scores in by_agent.values() for score in scores])
    gain = effect.luck_gain(mean, float(baseline.value), found.r, baseline.n)
    return (baseline.value + Decimal(gain)).quantize(HUNDREDTHS, ROUND_HALF_UP)


# --- What a session shows ------------------------------------------------------------------------


def failed_criteria(agent: User, today: date) -> list[tuple[str, str, int, int, list[int]]]:
    """(key, text, failures, judged, evaluation ids) of the last 90 days, most failures first."""
    start = _moment(today - timedelta(days=BASELINE_DAYS))
    rows = judged_answers().filter(
        revision__evaluation__agent=agent, revision__evaluation__released_at__gte=start
    )
    judged: dict[str, int] = {}
    failed: dict[str, list[int]] = {}
    lines = rows.order_by("-revision__evaluation__released_at").values_list(
        "criterion__key", "is_failed", "revision__evaluation_id"
    )
    for key, is_failed, evaluation_id in lines:
        judged[key] = judged.get(key, 0) + 1
        if is_failed:
            failed.setdefault(key, []).append(evaluation_id)
    texts = criterion_texts(failed)
    found = [(key, texts[key], len(ids), judged[key], ids) for key, ids in failed.items()]
    return sorted(found, key=lambda one: (-one[2], one[1]))


def snapshot_of(agent: User, keys: list[str], today: date) -> dict[str, Any]:
    """Quality, customers and the named criteria with n and interval.

    Plain data that never moves later.
    """
    first = today - timedelta(days=BASELINE_DAYS)
    start, end = _moment(first), _moment(today + timedelta(days=1))
    rows = _scores(agent, start, end).values_list("current_revision__score_percent", flat=True)
    scores = [float(score) for score in rows]
    texts = criterion_texts(keys)
    return {
        "from_on": first.isoformat(),
        "to_on": today.isoformat(),
        "quality": _told_mean(scores),
        "customers": _told_rate(*customer_answers.satisfied_of(agent.pk, start, end)),
        "criteria": [
            {"text": texts[key], **_told_share(agent, key, first, today)}
            for key in keys
            if key in texts
        ],
    }


def _told_mean(scores: list[float]) -> dict[str, Any]:
    """As the team's quality page tells it: by quality's rule."""
    found = average(scores)
    if found.mean is None:
        return {"n": found.n, "mean": None}
    return {"n": found.n, "mean": float(found.mean), "low": found.low, "high": found.high}


def _told_rate(satisfied: int, n: int) -> dict[str, Any]:
    found = rate(satisfied, n)
    return {"n": n, "percent": found.percent, "low": found.low, "high": found.high}


def _told_share(agent: User, key: str, first: date, last: date) -> dict[str, Any]:
    found = measure(agent, What(Metric.CRITERION, criterion_key=key), first, last)
    if found.value is None:
        return {"n": 0, "failed_percent": None}
    failures = round(float(found.value) * found.n / 100)
    interval = wilson(failures, found.n) or (0.0, 1.0)
    return {
        "n": found.n,
        "failed_percent": float(found.value),
        "low": _two(100 * interval[0]),
        "high": _two(100 * interval[1]),
    }


def _two(value: float) -> float:
    return round(value, 2)
