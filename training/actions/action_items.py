"""Verbs of action items: agree on one, cancel it. Nobody sets a status; it is computed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from lib.sentences import said
from quality.models import Scorecard
from quality.refusals import Forbidden, Invalid, need_reason
from training.actions.assigning import local_today
from training.actions.coaching import Closed
from training.actions.passing import close_action_item
from training.measuring import BASELINE_DAYS, Measured, What, luck_line, measure
from training.models import ActionItem, AgendaItem, Course
from training.models.coaching import Direction, Metric

MOST_OPEN = 5


class NotTheCoach(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("Only who leads this session agrees on actions."))


class NoBaseline(Invalid):
    def __init__(self, found: int, needed: int) -> None:
        super().__init__(
            "metric",
            said(
                "There are {found} evaluations to start from and {needed} are needed. "
                "Tick “start from zero” or measure something else.",
                found=found,
                needed=needed,
            ),
        )


class NotBetter(Invalid):
    def __init__(self, baseline: Decimal) -> None:
        super().__init__(
            "target",
            said("The target is not better than the baseline of {baseline}.", baseline=baseline),
        )


class DueTooSoon(Invalid):
    def __init__(self) -> None:
        super().__init__("due_on", said("Choose a day after today."))


class InsideLuck(Invalid):
    def __init__(self, line: Decimal) -> None:
        super().__init__(
            "target",
            said(
                "Luck alone would bring about {line} next time. Aim higher, or tick that you know.",
                line=line,
            ),
        )


class TooMany(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "text",
            said(
                "There are {count} open actions already. Tick that one more is right.",
                count=MOST_OPEN,
            ),
        )


class NothingMeasured(Invalid):
    def __init__(self) -> None:
        super().__init__("metric", said("Say which scorecard, criterion or course it is about."))


def add_action_item(
    *,
    agenda_item: AgendaItem,
    text: str,
    metric: str,
    target: Decimal,
    due_on: date,
    owner: User,
    by: User,
    at: datetime,
    scorecard: Scorecard | None = None,
    criterion_key: str = "",
    course: Course | None = None,
    minimum_n: int = 5,
    starts_from_zero: bool = False,
    is_sure: bool = False,
) -> ActionItem:
    """Agree on something measurable; its baseline is computed here and never typed.

    Raises NothingMeasured, NoBaseline, NotBetter, DueTooSoon, InsideLuck, TooMany, Closed.
    """
    session, today = agenda_item.session, local_today(at)
    what = _what(metric, scorecard, criterion_key, course)
    if due_on <= today:
        raise DueTooSoon
    direction = Direction.DOWN if metric == Metric.CRITERION else Direction.UP
    first = today - timedelta(days=BASELINE_DAYS)
    baseline = _baseline(session.agent, what, first, today, minimum_n, starts_from_zero)
    assert baseline.value is not None
    if not _is_better(target, baseline.value, direction):
        raise NotBetter(baseline.value)
    if not is_sure:
        _ask_back(session.agent, what, baseline, target, today)
    with transaction.atomic():
        if not session.is_open_to_write:
            raise Closed
        if by.pk != session.coach_id and not session.co_coaches.filter(pk=by.pk).exists():
            raise NotTheCoach
        row = ActionItem.objects.create(
            session=session,
            agenda_item=agenda_item,
            agent=session.agent,
            owner=owner,
            text=text.strip(),
            metric=metric,
            scorecard=scorecard if metric == Metric.SCORE else None,
            criterion_key=what.criterion_key,
            course=course if metric == Metric.COURSE else None,
            direction=direction,
            baseline=baseline.value,
            baseline_n=baseline.n,
            baseline_from_on=first,
            baseline_to_on=today,
            target=target,
            minimum_n=minimum_n,
            agreed_on=today,
            due_on=due_on,
        )
        after = {"baseline": str(baseline.value), "target": str(target), "metric": metric}
        audit.record(verb="add_action_item", record=row, by=by, at=at, after=after)
    return row


def _what(
    metric: str, scorecard: Scorecard | None, criterion_key: str, course: Course | None
) -> What:
    names = {
        Metric.SCORE: scorecard is not None,
        Metric.CRITERION: bool(criterion_key),
        Metric.COURSE: course is not None,
    }
    if not names.get(Metric(metric)):
        raise NothingMeasured
    return What(
        metric,
        scorecard_id=scorecard.pk if scorecard and metric == Metric.SCORE else None,
        criterion_key=criterion_key if metric == Metric.CRITERION else "",
        course_id=course.pk if course and metric == Metric.COURSE else None,
    )


def _baseline(
    agent: User, what: What, first: date, today: date, minimum_n: int, starts_from_zero: bool
) -> Measured:
    """What was measured in the 90 days before; zero only where that is asked for."""
    if what.metric == Metric.COURSE:
        return Measured(Decimal(0), 0)
    found = measure(agent, what, first, today)
    if found.value is not None and found.n >= minimum_n:
        return found
    if not starts_from_zero:
        raise NoBaseline(found.n, minimum_n)
    worst = Decimal(100) if what.metric == Metric.CRITERION else Decimal(0)
    return Measured(worst if found.value is None else found.value, found.n)


def _is_better(target: Decimal, baseline: Decimal, direction: str) -> bool:
    return target > baseline if direction == Direction.UP else target < baseline


def _ask_back(agent: User, what: What, baseline: Measured, target: Decimal, today: date) -> None:
    line = luck_line(agent, what, baseline, today)
    if line is not None and target <= line:
        raise InsideLuck(line)
    open_ones = ActionItem.objects.running().filter(agent=agent, due_on__gte=today)
    if open_ones.count() >= MOST_OPEN:
        raise TooMany


def cancel_action_item(*, item: ActionItem, reason: str, by: User, at: datetime) -> ActionItem:
    """No longer agreed, with the reason."""
    reason = need_reason(reason, 5)
    with transaction.atomic():
        locked = ActionItem.objects.select_for_update().get(pk=item.pk)
        if by.pk != locked.session.coach_id:
            raise NotTheCoach
        locked.canceled_at = locked.canceled_at or at
        locked.cancel_reason = locked.cancel_reason or reason[:500]
        locked.save(update_fields=["canceled_at", "cancel_reason", "updated_at"])
        audit.record(verb="cancel_action_item", record=locked, by=by, at=at, reason=reason)
        close_action_item(item=locked, status="canceled", by=by, at=at)
    return locked
