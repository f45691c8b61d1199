"""What quality puts on the start page: work to score, disputes to decide, results to read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from config.start_sources import task
from lib.start_page import Task
from quality.models import Assignment, Dispute, Evaluation, Seat
from quality.models.calibration import CalibrationState
from quality.models.evaluations import EvaluationState, Purpose


def connect() -> None:
    """Called by config/wiring.py."""
    for source in (
        *(assigned_tasks, scoring_tasks, calibration_tasks, dispute_tasks),
        *(result_tasks, release_tasks, overdue_tasks),
    ):
        home.add_tasks(source)


def due_task(
    title: str, url_name: str, icon: str, rows: QuerySet, due: str, at: datetime
) -> list[Task]:
    """One task with the first moment at which one of its rows is late, or none. One query."""
    found = rows.aggregate(count=Count("pk"), first=Min(due))
    if not found["count"]:
        return []
    first = found["first"]
    tone = "bad" if first and first < at else ""
    return [Task(title, reverse(url_name), icon, found["count"], due_at=first, tone=tone)]


def assigned_tasks(user: User, at: datetime) -> list[Task]:
    """What sampling plans dealt to the person."""
    mine = Assignment.objects.filter(evaluator=user).waiting()
    return due_task(
        _("Interactions to evaluate"), "quality:work_list", "list-checks", mine, "due_at", at
    )


def calibration_tasks(user: User, at: datetime) -> list[Task]:
    """Seats in open calibrations where the person has not submitted."""
    seats = Seat.objects.filter(rater=user, submitted_at=None, session__state=CalibrationState.OPEN)
    return due_task(
        _("Calibrations to score"),
        "quality:calibration_list",
        "scale",
        seats,
        "session__deadline_at",
        at,
    )


def dispute_tasks(user: User, at: datetime) -> list[Task]:
    """Disputes that name the person as decider, and the pool's for who decides them."""
    mine = Q(decider=user)
    if permissions.has(user, "quality.decide_disputes"):
        mine |= Q(decider=None, decided_by_pool=True)
    waiting = Dispute.objects.undecided().filter(mine).exclude(evaluation__agent=user)
    return due_task(_("Disputes to decide"), "quality:dispute_list", "scale", waiting, "due_at", at)


def scoring_tasks(user: User, at: datetime) -> list[Task]:
    """Drafts begun by hand; those of the work list and of calibrations have their own lines."""
    drafts = Evaluation.objects.drafts_of(user).filter(assignment=None, seat=None)
    open_count = drafts.count()
    return task(_("Evaluations to finish"), "quality:work_list", "list-checks", open_count)


def result_tasks(user: User, at: datetime) -> list[Task]:
    """Released results about the person that they have not acknowledged, if that is theirs."""
    if not permissions.has(user, "quality.acknowledge_evaluation"):
        return []
    mine = Evaluation.objects.filter(agent=user, purpose=Purpose.STANDARD).released()
    count = mine.filter(acknowledged_at__isnull=True).count()
    return task(_("Results to read and acknowledge"), "quality:my_results", "target", count)


def release_tasks(user: User, at: datetime) -> list[Task]:
    if permissions.scope(user, "quality.release_evaluation") in (None, "own"):
        return []
    scored = Evaluation.objects.visible_to(user).filter(state=EvaluationState.SUBMITTED)
    return task(
        _("Results to release"),
        "quality:evaluation_list",
        "send",
        scored.filter(release_at=None).count(),
    )


def overdue_tasks(user: User, at: datetime) -> list[Task]:
    """Results that agents did not acknowledge in the time of their version."""
    if permissions.scope(user, "quality.release_evaluation") in (None, "own"):
        return []
    late = Evaluation.objects.visible_to(user).overdue_to_acknowledge(at).count()
    url = f"{reverse('quality:evaluation_list')}?acknowledged=overdue"
    return [Task(_("Results not acknowledged in time"), url, "history", late)] if late else []
