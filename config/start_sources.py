"""What the areas put on the start page: tasks that wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from crm.models import ImportRun
from crm.models.imports import ImportState
from feedback.models import (
    Alert,
    Kudos,
    NoticePreference,
    PraiseDraft,
    Redemption,
    Response,
)
from lib.start_page import Ask, Task
from ops.models import Delivery, DeliveryState, JobRun, JobState
from reports import access as report_access
from reports.models import AnomalyFlag
from reports.models.outputs import FlagState
from training.models import Assignment as CourseAssignment
from training.models import Attempt, CoachingSession, Proposal, Submission

WEEK = timedelta(days=7)
WAITING_IMPORTS = (
    ImportState.UPLOADED,
    ImportState.MAPPED,
    ImportState.CHECKED,
    ImportState.PAUSED,
)


def connect() -> None:
    """Called by config/wiring.py."""
    for source in (
        *(learning_tasks, coaching_tasks, marking_tasks, import_tasks),
        *(recognition_tasks, survey_tasks, operator_tasks, flag_tasks),
    ):
        home.add_tasks(source)


def task(
    title: str, url_name: str, icon: str, count: int, *, note: str = "", tone: str = ""
) -> list[Task]:
    """One task in a list, or none where nothing waits."""
    return [Task(title, reverse(url_name), icon, count, note=note, tone=tone)] if count else []


def waiting(
    title: str, url_name: str, icon: str, rows: QuerySet[Any], *, tone: str = ""
) -> Ask[Task]:
    """One task for as many rows as there are."""
    return Ask((rows,), partial(task, title, url_name, icon, tone=tone))


def learning_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Courses that are late, and those that are due within a week."""
    today = timezone.localtime(at).date()
    mine = CourseAssignment.objects.filter(person=user)
    late = mine.overdue(today)
    soon = mine.unfinished().filter(due_on__gte=today, due_on__lte=today + WEEK)
    return [
        waiting(_("Courses that are late"), "training:my_learning", "bookmark", late, tone="bad"),
        waiting(_("Courses due this week"), "training:my_learning", "bookmark", soon),
    ]


def coaching_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Sessions to answer, sessions to share, proposals to decide."""
    shared = CoachingSession.objects.waiting_for(user)
    held = CoachingSession.objects.filter(coach=user, state="held")
    asks = [
        Ask((shared,), lambda count: sessions_to_answer(shared)),
        waiting(_("Coaching to share"), "training:coaching_board", "messages-square", held),
    ]
    if permissions.has(user, "training.confirm_proposal"):
        proposed = Proposal.objects.visible_to(user).undecided().exclude(agent=user)
        name = "training:proposal_list"
        asks.append(waiting(_("Proposals to decide"), name, "target", proposed))
    return asks


def sessions_to_answer(shared: QuerySet[CoachingSession]) -> list[Task]:
    """The three that wait longest, by the coach's name."""
    return [
        Task(
            _("Coaching with {name} to answer").format(name=one.coach.short_name),
            reverse("training:session_detail", args=[one.pk]),
            "messages-square",
            due_at=one.acknowledgement_due_at,
        )
        for one in shared.order_by("shared_at").select_related("coach")[:3]
    ]


def marking_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Exercises and essays that wait for a grader."""
    if not permissions.has(user, "training.grade_attempt"):
        return []
    works = Submission.objects.filter(graded_at__isnull=True).exclude(enrollment__person=user)
    written = Attempt.objects.filter(state="awaiting_grading").exclude(enrollment__person=user)

    def tell(*found: int) -> list[Task]:
        return task(_("Work to mark"), "training:grading_list", "pencil", sum(found))

    return [Ask((works, written), tell)]


def import_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    own = ImportRun.objects.filter(ordered_by=user)
    failed = own.filter(state=ImportState.FAILED)
    begun = own.filter(state__in=WAITING_IMPORTS)
    return [
        waiting(_("Imports that failed"), "crm:import_list", "triangle-alert", failed, tone="bad"),
        waiting(_("Imports to go on with"), "crm:import_list", "upload", begun),
    ]


def recognition_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Thanks since one looked last, and what waits for a supervisor's decision."""
    looked = NoticePreference.objects.filter(user=user, seen_at__gte=OuterRef("posted_at"))
    thanks = Kudos.objects.posted().filter(~Exists(looked), recipients__agent=user)
    asks = [waiting(_("Thanks for you"), "feedback:my_recognition", "hand-heart", thanks)]
    if permissions.has(user, "feedback.approve_redemption"):
        orders = Redemption.objects.visible_to(user).holding().exclude(user=user)
        asks.append(waiting(_("Orders to decide"), "feedback:redemption_list", "gift", orders))
    if permissions.has(user, "feedback.release_praise"):
        praise = PraiseDraft.objects.visible_to(user).waiting()
        asks.append(waiting(_("Praise to release"), "feedback:praise_list", "heart", praise))
    return asks


def flag_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Unusual days of one's queues that nobody has looked at; which queues, only if there are."""
    if not permissions.has(user, "reports.handle_anomaly"):
        return []
    unseen = AnomalyFlag.objects.filter(state=FlagState.OPEN)

    def tell(_count: int) -> list[Task]:
        count = unseen.of_queues(report_access.queues_of(user)).count()
        return task(_("Unusual days to look at"), "reports:anomaly_list", "triangle-alert", count)

    return [Ask((unseen,), tell)]


def survey_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Unhappy customers to call, and answers that a machine may have sent."""
    asks = []
    if permissions.has(user, "feedback.work_alert"):
        alerts = Alert.objects.visible_to(user).waiting()
        late = alerts.filter(recovery__contacted_at=None, recovery__due_at__lt=at)
        asks.append(Ask((alerts, late), unhappy_customers))
    if permissions.has(user, "feedback.release_response"):
        suspect = Response.objects.visible_to(user).quarantined()
        name = "feedback:quarantine_list"
        asks.append(waiting(_("Answers in quarantine"), name, "shield", suspect))
    return asks


def unhappy_customers(count: int, late: int) -> list[Task]:
    tone = "bad" if late else ""
    return task(_("Unhappy customers"), "feedback:alert_list", "flag", count, tone=tone)


def operator_tasks(user: User, at: datetime) -> list[Ask[Task]]:
    """Jobs that gave up and deliveries nobody knows the end of, for those who may settle them."""
    asks = []
    if permissions.has(user, "ops.retry_job"):
        dead = JobRun.objects.filter(state=JobState.DEAD)
        name = "admin:ops_jobrun_changelist"
        asks.append(waiting(_("Jobs that gave up"), name, "activity", dead, tone="bad"))
    if permissions.has(user, "ops.settle_delivery"):
        unclear = Delivery.objects.filter(state=DeliveryState.UNCLEAR)
        name = "admin:ops_delivery_changelist"
        asks.append(waiting(_("Deliveries to settle"), name, "mail", unclear, tone="warn"))
    return asks
