"""Verbs about schedules of reports, and the moments at which they are due."""

from __future__ import annotations

import calendar
import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from lib.refusals import Invalid, Refused
from lib.slots import wall_slot
from ops.models import ScheduleSlot
from reports import access
from reports.actions import runs
from reports.models import ReportSchedule
from reports.models.outputs import (
    MOST_RECIPIENTS,
    ReportKind,
    Rhythm,
    ScheduleDelivery,
    ScheduleState,
)

logger = logging.getLogger(__name__)
LATEST = timedelta(hours=24)


def save_schedule(
    *, schedule: ReportSchedule, recipients: list[User], by: User, at: datetime
) -> ReportSchedule:
    """Keep a new or changed schedule; raises Invalid for people who may not read reports.

    Also where a mail would hold what is about single people.
    """
    if len(recipients) > MOST_RECIPIENTS:
        raise Invalid("recipients", f"Choose at most {MOST_RECIPIENTS} people.")
    kind = ReportKind(schedule.kind)
    is_attached = schedule.delivery == ScheduleDelivery.ATTACHMENT
    if is_attached and not access.may_be_attached(kind, schedule.query):
        raise Invalid("delivery", "A document about people is never attached: send the link.")
    shut_out = [
        user.short_name
        for user in recipients
        if not access.may_be_told(user, kind, of=schedule.owner)
    ]
    if shut_out:
        raise Invalid("recipients", f"They may not read this report: {', '.join(shut_out)}.")
    with transaction.atomic():
        is_new = schedule._state.adding
        if not is_new:
            schedule.version += 1
        schedule.save()
        schedule.recipients.set(recipients)
        verb = "add_report_schedule" if is_new else "change_report_schedule"
        audit.record(verb=verb, record=schedule, by=by, at=at, after={"name": schedule.name})
    return schedule


def pause_schedule(*, schedule: ReportSchedule, by: User, at: datetime) -> ReportSchedule:
    return _switch(schedule, ScheduleState.PAUSED, by=by, at=at)


def resume_schedule(*, schedule: ReportSchedule, by: User, at: datetime) -> ReportSchedule:
    return _switch(schedule, ScheduleState.ACTIVE, by=by, at=at)


def _switch(
    schedule: ReportSchedule, state: ScheduleState, *, by: User, at: datetime
) -> ReportSchedule:
    with transaction.atomic():
        schedule = ReportSchedule.objects.select_for_update().get(pk=schedule.pk)
        before, schedule.state = schedule.state, state
        schedule.version += 1
        schedule.save(update_fields=["state", "version", "updated_at"])
        audit.record(
            verb="switch_report_schedule",
            record=schedule,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state.value},
        )
    return schedule


def run_due(*, at: datetime) -> int:
    """Order the report of every schedule whose moment came; one bad schedule stops no other."""
    ordered = 0
    for schedule in ReportSchedule.objects.filter(state=ScheduleState.ACTIVE):
        slot = latest_slot(schedule, at)
        if slot is None or slot < schedule.created_at:
            continue
        try:
            with transaction.atomic():
                ordered += _fire(schedule, slot, at)
        except Refused as refusal:
            logger.warning("report_schedule_refused", extra={"schedule": schedule.pk})
            _note_refusal(schedule, slot, refusal)
    return ordered


def _fire(schedule: ReportSchedule, slot: datetime, at: datetime) -> int:
    _known, is_new = ScheduleSlot.objects.get_or_create(
        schedule=f"report:{schedule.pk}", slot_at=slot
    )
    if not is_new:
        return 0
    runs.order_report(
        kind=schedule.kind, query=schedule.query, by=schedule.owner, at=at, schedule=schedule
    )
    return 1


def _note_refusal(schedule: ReportSchedule, slot: datetime, refusal: Refused) -> None:
    """A refused slot is over, so that it is not tried again every five minutes."""
    ScheduleSlot.objects.get_or_create(schedule=f"report:{schedule.pk}", slot_at=slot)


def latest_slot(schedule: ReportSchedule, at: datetime) -> datetime | None:
    """The last moment of the schedule in the 24 hours up to `at`."""
    today = timezone.localdate(at, timezone.get_default_timezone())
    for on in (today, today - timedelta(days=1)):
        slot = slot_on(schedule, on)
        if slot is not None and at - LATEST < slot <= at:
            return slot
    return None


def next_slots(schedule: ReportSchedule, at: datetime, count: int = 3) -> list[datetime]:
    """The moments to come, for the form."""
    on = timezone.localdate(at, timezone.get_default_timezone())
    found: list[datetime] = []
    for back in range(62 * count):
        slot = slot_on(schedule, on + timedelta(days=back))
        if slot is not None and slot > at:
            found.append(slot)
        if len(found) == count:
            break
    return found


def slot_on(schedule: ReportSchedule, on: date) -> datetime | None:
    """The moment on that day, by the site's clock; None if the schedule rests on it."""
    last = calendar.monthrange(on.year, on.month)[1]
    is_due = {
        Rhythm.DAILY: True,
        Rhythm.WEEKLY: on.weekday() == schedule.weekday,
        Rhythm.MONTHLY: on.day == min(schedule.month_day, last),
    }[Rhythm(schedule.rhythm)]
    return wall_slot(on, schedule.at, settings.TIME_ZONE) if is_due else None
