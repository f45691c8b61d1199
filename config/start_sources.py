"""What the areas put on the start page: tasks that wait for a person, and figures."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from crm.models import ImportRun, Interaction
from crm.models.imports import ImportState
from feedback.models import (
    Alert,
    Kudos,
    NoticePreference,
    PraiseDraft,
    Redemption,
    Response,
)
from lib import charts
from lib.start_page import Card, Task
from ops.models import Delivery, DeliveryState, JobRun, JobState
from quality.averages import average, average_of
from quality.models import Evaluation
from quality.models.evaluations import Purpose
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
    """Called by config/wiring.py; the order of the cards is the order here."""
    for source in (
        *(learning_tasks, coaching_tasks, marking_tasks, import_tasks),
        *(recognition_tasks, survey_tasks, operator_tasks),
    ):
        home.add_tasks(source)
    home.add_tasks(flag_tasks)
    home.add_card(own_week)
    home.add_card(team_week)


def task(
    title: str, url_name: str, icon: str, count: int, *, note: str = "", tone: str = ""
) -> list[Task]:
    """One task in a list, or none where nothing waits."""
    return [Task(title, reverse(url_name), icon, count, note=note, tone=tone)] if count else []


def learning_tasks(user: User, at: datetime) -> list[Task]:
    """Courses that are late, and those that are due within a week."""
    today = timezone.localtime(at).date()
    mine = CourseAssignment.objects.filter(person=user)
    late = mine.overdue(today).count()
    soon = mine.unfinished().filter(due_on__gte=today, due_on__lte=today + WEEK).count()
    return [
        *task(_("Courses that are late"), "training:my_learning", "bookmark", late, tone="bad"),
        *task(_("Courses due this week"), "training:my_learning", "bookmark", soon),
    ]


def coaching_tasks(user: User, at: datetime) -> list[Task]:
    """Sessions to answer, sessions to share, proposals to decide."""
    sessions = CoachingSession.objects
    waiting = sessions.waiting_for(user).order_by("shared_at")
    tasks = [
        Task(
            _("Coaching with {name} to answer").format(name=one.coach.short_name),
            reverse("training:session_detail", args=[one.pk]),
            "messages-square",
            due_at=one.acknowledgement_due_at,
        )
        for one in waiting.select_related("coach")[:3]
    ]
    held = sessions.filter(coach=user, state="held").count()
    tasks += task(_("Coaching to share"), "training:coaching_board", "messages-square", held)
    proposed = Proposal.objects.visible_to(user).undecided().exclude(agent=user).count()
    return tasks + task(_("Proposals to decide"), "training:proposal_list", "target", proposed)


def marking_tasks(user: User, at: datetime) -> list[Task]:
    """Exercises and essays that wait for a grader."""
    if not permissions.has(user, "training.grade_attempt"):
        return []
    works = Submission.objects.filter(graded_at__isnull=True).exclude(enrollment__person=user)
    waiting = Attempt.objects.filter(state="awaiting_grading").exclude(enrollment__person=user)
    count = works.count() + waiting.count()
    return task(_("Work to mark"), "training:grading_list", "pencil", count)


def import_tasks(user: User, at: datetime) -> list[Task]:
    own = ImportRun.objects.filter(ordered_by=user)
    waiting = own.filter(state__in=WAITING_IMPORTS).count()
    failed = own.filter(state=ImportState.FAILED).count()
    return [
        *task(_("Imports that failed"), "crm:import_list", "triangle-alert", failed, tone="bad"),
        *task(_("Imports to go on with"), "crm:import_list", "upload", waiting),
    ]


def recognition_tasks(user: User, at: datetime) -> list[Task]:
    """Thanks since one looked last, and what waits for a supervisor's decision."""
    notices = NoticePreference.objects.filter(user=user).first()
    thanks = Kudos.objects.posted().filter(recipients__agent=user)
    if notices and notices.seen_at:
        thanks = thanks.filter(posted_at__gt=notices.seen_at)
    tasks = task(_("Thanks for you"), "feedback:my_recognition", "hand-heart", thanks.count())
    if permissions.has(user, "feedback.approve_redemption"):
        orders = Redemption.objects.visible_to(user).holding().exclude(user=user)
        tasks += task(_("Orders to decide"), "feedback:redemption_list", "gift", orders.count())
    if permissions.has(user, "feedback.release_praise"):
        praise = PraiseDraft.objects.visible_to(user).waiting()
        tasks += task(_("Praise to release"), "feedback:praise_list", "heart", praise.count())
    return tasks


def flag_tasks(user: User, at: datetime) -> list[Task]:
    """Unusual days of one's queues that nobody has looked at."""
    if not permissions.has(user, "reports.handle_anomaly"):
        return []
    rows = AnomalyFlag.objects.of_queues(report_access.queues_of(user))
    count = rows.filter(state=FlagState.OPEN).count()
    return task(_("Unusual days to look at"), "reports:anomaly_list", "triangle-alert", count)


def survey_tasks(user: User, at: datetime) -> list[Task]:
    """Unhappy customers to call, and answers that a machine may have sent."""
    tasks = []
    if permissions.has(user, "feedback.work_alert"):
        waiting = Alert.objects.visible_to(user).waiting()
        late = waiting.filter(recovery__contacted_at=None, recovery__due_at__lt=at).exists()
        tone = "bad" if late else ""
        count = waiting.count()
        tasks += task(_("Unhappy customers"), "feedback:alert_list", "flag", count, tone=tone)
    if permissions.has(user, "feedback.release_response"):
        suspect = Response.objects.visible_to(user).quarantined().count()
        tasks += task(_("Answers in quarantine"), "feedback:quarantine_list", "shield", suspect)
    return tasks


def operator_tasks(user: User, at: datetime) -> list[Task]:
    """Jobs that gave up and deliveries nobody knows the end of, for those who may settle them."""
    tasks = []
    if permissions.has(user, "ops.retry_job"):
        dead = JobRun.objects.filter(state=JobState.DEAD).count()
        tasks += task(
            _("Jobs that gave up"), "admin:ops_jobrun_changelist", "activity", dead, tone="bad"
        )
    if permissions.has(user, "ops.settle_delivery"):
        unclear = Delivery.objects.filter(state=DeliveryState.UNCLEAR).count()
        tasks += task(
            _("Deliveries to settle"), "admin:ops_delivery_changelist", "mail", unclear, tone="warn"
        )
    return tasks


def own_week(user: User, at: datetime) -> Card | None:
    """An agent's own released results, with the evidence that they are."""
    if "agent" not in user.roles:
        return None
    mine = Evaluation.objects.filter(agent=user, purpose=Purpose.STANDARD).released()
    data = {
        "average": average_of(mine.counting()),
        "period": _("all released results"),
        "chart": over_time(mine.counting(), at, weeks=4, points=6),
    }
    return Card(_("My quality"), "home/quality.html", data, reverse("quality:my_results"))


def team_week(user: User, at: datetime) -> Card | None:
    """What happened in the last seven days in the teams that the person sees."""
    if permissions.scope(user, "quality.view_evaluation") in (None, "own"):
        return None
    handled = Evaluation.objects.visible_to(user).filter(
        handled_at__gt=at - WEEK, handled_at__lte=at
    )
    recorded = Interaction.objects.visible_to(user).filter(
        started_at__gt=at - WEEK, started_at__lte=at
    )
    data = {
        "interactions": recorded.count(),
        "evaluated": handled.scored().count(),
        "average": average_of(handled.counting()),
        "period": _("last seven days"),
        "chart": over_time(Evaluation.objects.visible_to(user).counting(), at),
    }
    return Card(_("Last seven days"), "home/quality.html", data, reverse("quality:evaluation_list"))


def over_time(
    rows: QuerySet[Evaluation], at: datetime, *, weeks: int = 1, points: int = 12
) -> charts.Chart | None:
    """The mean score of each span of local weeks up to now, None if no span has enough evidence.

    One query.
    """
    span = WEEK * weeks
    starts = [monday(at) - WEEK * (weeks - 1) - span * back for back in reversed(range(points))]
    scores: dict[date, list[float]] = defaultdict(list)
    recent = rows.filter(handled_at__gt=at - span * (points + 1), handled_at__lte=at)
    for handled_at, score in recent.values_list("handled_at", "current_revision__score_percent"):
        on = timezone.localtime(handled_at).date()
        scores[max((start for start in starts if start <= on), default=date.min)].append(score)
    means = [average([float(score) for score in scores[start]]) for start in starts]
    if not any(mean.is_shown for mean in means):
        return None
    series = charts.Series(
        _("Mean score"),
        [None if mean.mean is None else float(mean.mean) for mean in means],
        low=[mean.low for mean in means],
        high=[mean.high for mean in means],
        counts=[mean.n for mean in means],
    )
    return charts.line(
        [formats.date_format(start, "d M") for start in starts],
        [series],
        title=_("Mean score by week")
        if weeks == 1
        else _("Mean score every {weeks} weeks").format(weeks=weeks),
        label_header=_("From"),
        # xgettext:no-python-format
        note=_(
            "Points with fewer than five evaluations are left out; the band is the 95 % interval."
        ),
        show=charts.percent,
        height=200,
    )


def monday(at: datetime) -> date:
    """The first day of the local week of a moment."""
    on = timezone.localtime(at).date()
    return on - timedelta(days=on.weekday())
