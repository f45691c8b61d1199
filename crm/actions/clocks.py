"""What is done to clocks by people and by time: excuse, note breaches, warn, count anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import TeamMembership, User
from accounts.models.teams import MembershipKind
from crm import clocks
from crm.actions import cases
from crm.events import ClockWarned
from crm.models import Case, SlaClock
from crm.models.sla import ClockState
from lib import events
from lib.refusals import Forbidden, Refused, need_reason
from ops import mail

LEAST_REASON = 10
AT_ONCE = 200


class NothingToExcuse(Refused):
    def __init__(self) -> None:
        super().__init__(_("Only a target that was missed can be excused."))


class OwnCase(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Nobody excuses a case that they work on themselves."))


def excuse_breach(*, clock: SlaClock, reason: str, by: User, at: datetime) -> SlaClock:
    """Say that a missed target does not count; it stays on the record.

    Raises NothingToExcuse, OwnCase, ReasonTooShort.
    """
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        case = _locked_for_time(clock.case_id)
        if case.assignee_id == by.pk:
            raise OwnCase
        locked = case.clocks.get(pk=clock.pk)
        if locked.breached_at is None:
            raise NothingToExcuse
        locked.excused_by, locked.excused_at = by, at
        locked.excuse_reason = reason[:500]
        locked.save(update_fields=["excused_by", "excused_at", "excuse_reason", "updated_at"])
        clocks.sum_up(case)
        cases.save(case)
        after = {"clock_id": locked.pk}
        audit.record(verb="excuse_breach", record=case, by=by, at=at, after=after, reason=reason)
    return locked


def refold_clock(*, clock: SlaClock, by: User | None, at: datetime) -> SlaClock:
    """Bring a clock to what its events say, where something outside of Attune changed it."""
    with transaction.atomic():
        case = _locked_for_time(clock.case_id)
        locked = case.clocks.get(pk=clock.pk)
        before = {name: _plain(getattr(locked, name)) for name in clocks.FOLDED}
        clocks.refold(locked, now=at)
        after = {name: _plain(getattr(locked, name)) for name in clocks.FOLDED}
        _sum_up(case)
        audit.record(verb="refold_clock", record=case, by=by, at=at, before=before, after=after)
    return locked


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def note_breaches(*, at: datetime) -> int:
    """Write down the breaches whose moment has passed; returns how many. Safe to run twice."""
    ids = list(SlaClock.objects.past_due(at).order_by("due_at").values_list("pk", "case_id"))
    noted = 0
    for clock_id, case_id in ids:
        with transaction.atomic():
            case = _locked_for_time(case_id)
            clock = case.clocks.get(pk=clock_id)
            if clock.breached_at is None and clocks.refold(clock, now=at).breached_at:
                noted += 1
                _sum_up(case)
    return noted


def warn(*, at: datetime) -> int:
    """Warn about clocks that have used up a percentage of their target; returns how many.

    The assignee is told, at 100 % also the supervisors of the case's team. Where several
    percentages passed since the last look, the highest one is told.
    """
    ids = list(SlaClock.objects.to_warn(at).order_by("warn_at").values_list("pk", "case_id"))
    warned = 0
    for clock_id, case_id in ids:
        with transaction.atomic():
            case = _locked_for_time(case_id)
            warned += _warn(case, case.clocks.get(pk=clock_id), at)
    return warned


def count_anew(*, case: Case, changed_at: datetime, at: datetime, cause: str) -> bool:
    """Give a case's unfinished clocks the policy and hours of now; whether any changed."""
    with transaction.atomic():
        locked = _locked_for_time(case.pk)
        if locked.merged_into_id or locked.is_finished:
            return False
        old_policy = locked.policy_version_id
        changed = cases.follow_policy(locked, at=changed_at, now=at, cause=cause)
        if not changed and locked.policy_version_id == old_policy:
            return False
        cases.save(locked)
        after: dict[str, Any] = {"policy_version_id": locked.policy_version_id}
        audit.record(verb="count_anew", record=locked, by=None, at=at, after=after, reason=cause)
    return True


def _locked_for_time(case_id: int) -> Case:
    """A case, locked, also one that was merged: time goes on for its clocks' record."""
    rows = Case.objects.select_related("status", "customer", "policy_version", "queue", "assignee")
    return rows.select_for_update(of=("self",)).get(pk=case_id)


def _sum_up(case: Case) -> None:
    """Without a new version: nobody's edit is in the way of the clock."""
    clocks.sum_up(case)
    case.save(update_fields=["next_due_at", "next_due_metric", "is_breached", "updated_at"])


def _warn(case: Case, clock: SlaClock, at: datetime) -> int:
    state = clocks.refold(clock, now=at)
    _sum_up(case)
    if clock.warn_at is None or clock.warn_at > at or clock.state != ClockState.ACTIVE:
        return 0
    passed = [
        percent
        for percent in clock.warn_percents
        if percent > clock.warned_percent and (moment := state.warn_at(percent)) and moment <= at
    ]
    clock.warned_percent = max(passed)
    clock.warn_at = clocks.next_warning(clock, state)
    clock.save(update_fields=["warned_percent", "warn_at", "updated_at"])
    assert clock.due_at is not None
    events.publish(
        ClockWarned(
            at=at,
            by_id=None,
            clock_id=clock.pk,
            case_id=case.pk,
            metric=clock.metric,
            due_at=clock.due_at,
            percent=clock.warned_percent,
        )
    )
    for user_id in _to_tell(case, clock.warned_percent, at):
        mail.send(
            "crm.clock_warning",
            key=f"{clock.pk}-{clock.target_seconds}-{clock.warned_percent}-{user_id}",
            clock_id=clock.pk,
            percent=clock.warned_percent,
            user_id=user_id,
        )
    return 1


def _to_tell(case: Case, percent: int, at: datetime) -> list[int]:
    people = {case.assignee_id} if case.assignee_id else set()
    if percent >= 100 or not people:
        leading = TeamMembership.objects.in_force(at).filter(
            team=case.team_id, kind=MembershipKind.SUPERVISOR, user__is_active=True
        )
        people |= set(leading.values_list("user_id", flat=True))
    return sorted(people)
