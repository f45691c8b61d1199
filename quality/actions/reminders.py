"""The verbs that remind people of what is due soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ops import mail
from quality.models import Assignment, Seat
from quality.models.calibration import CalibrationState

REMIND_AFTER = 0.8
# How long before the deadline a missing rater is reminded, and where that is noted.
CALIBRATION_NOTICES = ((4, "reminded_4h_at"), (48, "reminded_48h_at"))


def remind_evaluators(*, at: datetime) -> int:
    """Mail everybody with an assignment that has used up 80 % of its time; once a person and day.

    Returns how many people have one.
    """
    rows = Assignment.objects.waiting().filter(
        evaluator__is_active=True, due_at__isnull=False, due_at__lte=at + timedelta(days=90)
    )
    people = {
        evaluator
        for evaluator, created_at, due_at in rows.values_list("evaluator", "created_at", "due_at")
        if due_at and at >= created_at + REMIND_AFTER * (due_at - created_at)
    }
    day = timezone.localtime(at).date()
    with transaction.atomic():
        for evaluator in sorted(people):
            mail.send("quality.assignments_due", key=f"{evaluator}-{day}", evaluator_id=evaluator)
    return len(people)


def remind_raters(*, at: datetime) -> int:
    """Mail who is missing in an open calibration, 48 and 4 hours before it closes; once each.

    A session that is planned later than 48 hours before its deadline skips that notice where the
    later one is due at the same time. Returns how many mails were ordered.
    """
    open_seats = Seat.objects.filter(
        session__state=CalibrationState.OPEN, submitted_at__isnull=True, rater__is_active=True
    )
    sent = 0
    for hours, noted in CALIBRATION_NOTICES:
        due = open_seats.filter(
            session__deadline_at__gt=at,
            session__deadline_at__lte=at + timedelta(hours=hours),
            **{f"{noted}__isnull": True},
        )
        for seat_id in list(due.values_list("pk", flat=True)):
            sent += _remind_seat(seat_id, hours, noted, at)
    return sent


def _remind_seat(seat_id: int, hours: int, noted: str, at: datetime) -> int:
    """Claim the notice by a conditional update, so that two jobs send one mail."""
    marks = {name: at for least, name in CALIBRATION_NOTICES if least >= hours}
    with transaction.atomic():
        row = Seat.objects.filter(pk=seat_id, **{f"{noted}__isnull": True})
        if not row.update(**marks):
            return 0
        mail.send("quality.calibration_due", key=f"{seat_id}-{hours}", seat_id=seat_id)
    return 1
