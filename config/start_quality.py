"""What quality puts on the start page: work to score, disputes to decide, results to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from config.start_sources import task, waiting
from lib.start_page import Ask, Task
from quality.models import Assignment, Dispute, Evaluation, Seat
from quality.models.calibration import CalibrationState
from quality.models.evaluations import EvaluationState, overdue_to_acknowledge


def connect() -> None:
    """Called by config/wiring.py."""
    for source in (
        *(assigned_tasks, scoring_tasks, calibration_tasks, dispute_tasks),
        *(result_tasks, team_result_tasks),
    ):
        home.add_tasks(source)


def due_task(
    title: str, url_name: str, icon: str, rows: QuerySet[Any], due: str, at: datetime
) -> Ask[Task]:
    """One task with the first moment at which one of its rows is late; a query where it waits."""

    def tell(count: int) -> list[Task]:
        first = rows.aggregate(first=Min(due))["first"]
        tone = "bad" if first and first < at else ""
        return [Task(title, reverse(url_name), icon, count, due_at=first, tone=tone)]

    return Ask((rows,), tell)


def assigned_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """What sampling plans dealt to the person."""
    mine = Assignment.objects.filter(evaluator=user).waiting()
    name = "quality:work_list"
    return [due_task(_("Interactions to evaluate"), name, "list-checks", mine, "due_at", at)]


def calibration_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Seats in open calibrations where the person has not submitted."""
    seats = Seat.objects.filter(rater=user, submitted_at=None, session__state=CalibrationState.OPEN)
    name, due = "quality:calibration_list", "session__deadline_at"
    return [due_task(_("Calibrations to score"), name, "scale", seats, due, at)]


def dispute_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Disputes that name the person as decider, and the pool's for who decides them."""
    mine = Q(decider=user)
    if permissions.has(user, "quality.decide_disputes"):
        mine |= Q(decider=None, decided_by_pool=True)
    open_ones = Dispute.objects.undecided().filter(mine).exclude(evaluation__agent=user)
    name = "quality:dispute_list"
    return [due_task(_("Disputes to decide"), name, "scale", open_ones, "due_at", at)]


def scoring_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Drafts begun by hand; those of the work list and of calibrations have their own lines."""
    drafts = Evaluation.objects.drafts_of(user).filter(assignment=None, seat=None)
    return [waiting(_("Evaluations to finish"), "quality:work_list", "list-checks", drafts)]


def result_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Released results about the person that they have not acknowledged, if that is theirs."""
    if not permissions.has(user, "quality.acknowledge_evaluation"):
        return []
    mine = Evaluation.objects.filter(agent=user).to_acknowledge()
    return [waiting(_("Results to read and acknowledge"), "quality:my_results", "target", mine)]


def team_result_tasks(user: User, at: datetime) -> list[Task]:
    """Results to release, and those that agents did not acknowledge in the time of their version.

    Both are counted in one query beside that for the times, since who sees them is the dear part.
    """
    if permissions.scope(user, "quality.release_evaluation") in (None, "own"):
        return []
    to_release = Q(state=EvaluationState.SUBMITTED, release_at=None)
    overdue = overdue_to_acknowledge(at)
    found = Evaluation.objects.visible_to(user).filter(to_release | overdue).order_by()
    counts = found.aggregate(
        to_release=Count("pk", filter=to_release), overdue=Count("pk", filter=overdue)
    )
    name = "quality:evaluation_list"
    tasks = task(_("Results to release"), name, "send", counts["to_release"])
    if counts["overdue"]:
        url = f"{reverse(name)}?acknowledged=overdue"
        title = _("Results not acknowledged in time")
        tasks.append(Task(title, url, "history", counts["overdue"]))
    return tasks
