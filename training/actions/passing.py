"""What comes with time alone is told once: certificates end, courses are late, actions close."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts import audit
from accounts.models import User
from lib import events
from training.actions.assigning import local_today
from training.events import ActionItemClosed, AssignmentOverdue, CertificateExpired
from training.measuring import standing_on
from training.models import ActionItem, Assignment, Certificate
from training.models.coaching import Metric

TOLD_WITHIN = timedelta(days=7)  # So that the first run does not tell of years gone by.


def tell_expired_certificates(*, at: datetime) -> int:
    """What ended with yesterday, or at most a week ago. Returns how many are told now."""
    today = local_today(at)
    rows = Certificate.objects.filter(
        valid_until_on__lt=today, valid_until_on__gte=today - TOLD_WITHIN
    ).filter(expiry_told_at__isnull=True, revoked_at__isnull=True)
    return sum(_tell_expired(one, at) for one in rows.select_related("enrollment").order_by("pk"))


def _tell_expired(certificate: Certificate, at: datetime) -> bool:
    with transaction.atomic():
        untold = Certificate.objects.filter(pk=certificate.pk, expiry_told_at__isnull=True)
        is_first = bool(untold.update(expiry_told_at=at))
        if is_first:
            events.publish(
                CertificateExpired(
                    at=at,
                    by_id=None,
                    certificate_id=certificate.pk,
                    person_id=certificate.person_id,
                    course_id=certificate.enrollment.course_id if certificate.enrollment else None,
                    valid_until_on=str(certificate.valid_until_on),
                )
            )
    return is_first


def tell_overdue_assignments(*, at: datetime) -> int:
    """Courses that were due within the last week; with another due date they can be late again."""
    told = Q(overdue_told_on__isnull=False, overdue_told_on=F("due_on"))
    today = local_today(at)
    late = Assignment.objects.overdue(today).filter(person__is_active=True)
    late = late.filter(
        Q(due_on__gte=today - TOLD_WITHIN) | Q(waived_until_on__gte=today - TOLD_WITHIN)
    )
    return sum(_tell_overdue(one, at) for one in late.exclude(told).order_by("pk"))


def _tell_overdue(assignment: Assignment, at: datetime) -> bool:
    due_on = assignment.due_on
    with transaction.atomic():
        untold = Assignment.objects.unfinished().filter(
            Q(overdue_told_on__isnull=True) | ~Q(overdue_told_on=due_on),
            pk=assignment.pk,
            due_on=due_on,
        )
        is_first = bool(untold.update(overdue_told_on=due_on))
        if is_first:
            events.publish(
                AssignmentOverdue(
                    at=at,
                    by_id=None,
                    assignment_id=assignment.pk,
                    person_id=assignment.person_id,
                    course_id=assignment.course_id,
                    due_on=str(due_on),
                )
            )
    return is_first


def close_action_items(*, at: datetime) -> int:
    """Actions whose result stands: their last day is over, for a week, or their course is done."""
    today = local_today(at)
    rows = ActionItem.objects.running().filter(
        Q(due_on__lt=today) | Q(metric=Metric.COURSE),
        due_on__gte=today - TOLD_WITHIN,
        closed_at__isnull=True,
    )
    closed = 0
    for item in rows.select_related("agent").order_by("pk"):
        status = standing_on(item, today).status
        if item.due_on < today or status == "met":
            closed += close_action_item(item=item, status=status, by=None, at=at)
    return closed


def close_action_item(*, item: ActionItem, status: str, by: User | None, at: datetime) -> bool:
    """Tell once how an action ended; `status` is computed, and False says it was told before."""
    with transaction.atomic():
        is_first = bool(
            ActionItem.objects.filter(pk=item.pk, closed_at__isnull=True).update(closed_at=at)
        )
        if not is_first:
            return False
        if by is None:
            after = {"status": status}
            audit.record(verb="close_action_item", record=item, by=None, at=at, after=after)
        events.publish(
            ActionItemClosed(
                at=at,
                by_id=by.pk if by else None,
                action_item_id=item.pk,
                person_id=item.agent_id,
                session_id=item.session_id,
                status=status,
            )
        )
    return True
