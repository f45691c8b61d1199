"""What changed lately, for the start page: results, answers, decisions, and work that has ended."""

from __future__ import annotations

from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from crm.models import ImportRun
from crm.models.imports import ImportState
from feedback.models import BadgeAward, Recovery
from feedback.models.survey_alerts import RecoveryOutcome
from lib.start_page import News
from quality.models import Dispute, Evaluation, ScorecardVersion
from quality.models.evaluations import Purpose
from training.models import Assignment as CourseAssignment
from training.models import Certificate, CoachingSession

MOST_OF_A_KIND = 5


def connect() -> None:
    """Called by config/wiring.py."""
    for source in (
        *(result_news, dispute_news, scorecard_news, certificate_news, course_news),
        *(coaching_news, badge_news, recovery_news, import_news),
    ):
        home.add_news(source)


def result_news(user: User, since: datetime) -> list[News]:
    """Released results about the person."""
    mine = Evaluation.objects.visible_to(user).filter(
        agent=user, purpose=Purpose.STANDARD, released_at__gte=since
    )
    return [
        News(
            one.released_at,
            _("Your result for {name} was released").format(name=one.version.scorecard.name),
            reverse("quality:evaluation_detail", args=[one.pk]),
            "target",
        )
        for one in mine.select_related("version__scorecard").order_by("-released_at")[
            :MOST_OF_A_KIND
        ]
        if one.released_at
    ]


def dispute_news(user: User, since: datetime) -> list[News]:
    """Decisions about disputes that the person filed."""
    decided = Dispute.objects.filter(filed_by=user, decided_at__gte=since)
    return [
        News(
            one.decided_at,
            _("Your dispute was decided"),
            reverse("quality:dispute_detail", args=[one.pk]),
            "scale",
        )
        for one in decided.order_by("-decided_at")[:MOST_OF_A_KIND]
        if one.decided_at
    ]


def scorecard_news(user: User, since: datetime) -> list[News]:
    """Versions that came into use, for those who score others or lead them."""
    if permissions.scope(user, "quality.view_evaluation") in (None, "own"):
        return []
    published = ScorecardVersion.objects.filter(published_at__gte=since)
    return [
        News(
            one.published_at,
            _("{name} version {number} is in use").format(
                name=one.scorecard.name, number=one.number
            ),
            reverse("quality:version_detail", args=[one.scorecard_id, one.number]),
            "list-checks",
        )
        for one in published.select_related("scorecard").order_by("-published_at")[:MOST_OF_A_KIND]
        if one.published_at
    ]


def certificate_news(user: User, since: datetime) -> list[News]:
    """Certificates that the person earned."""
    mine = Certificate.objects.filter(person=user, issued_on__gte=since, revoked_at=None)
    return [
        News(
            timezone.make_aware(datetime.combine(one.issued_on, time())),
            _("You earned a certificate: {title}").format(title=one.title),
            reverse("training:my_learning"),
            "award",
            has_time=False,
        )
        for one in mine.order_by("-issued_on")[:MOST_OF_A_KIND]
    ]


def course_news(user: User, since: datetime) -> list[News]:
    """Courses that were assigned to the person."""
    mine = CourseAssignment.objects.filter(
        person=user, assigned_on__gte=since, withdrawn_at=None
    ).select_related("course")
    return [
        News(
            timezone.make_aware(datetime.combine(one.assigned_on, time())),
            _("A course was assigned to you: {title}").format(title=one.course.title),
            reverse("training:my_learning"),
            "bookmark",
            has_time=False,
        )
        for one in mine.order_by("-assigned_on")[:MOST_OF_A_KIND]
    ]


def coaching_news(user: User, since: datetime) -> list[News]:
    """Sessions of this coach that the other person has answered."""
    answered = CoachingSession.objects.filter(
        coach=user, acknowledged_at__gte=since
    ).select_related("agent")
    return [
        News(
            one.acknowledged_at,
            _("{short_name} answered your coaching").format(short_name=one.agent.short_name),
            reverse("training:session_detail", args=[one.pk]),
            "messages-square",
        )
        for one in answered.order_by("-acknowledged_at")[:MOST_OF_A_KIND]
        if one.acknowledged_at
    ]


def badge_news(user: User, since: datetime) -> list[News]:
    """Badges that came into the person's hands and are still there."""
    mine = BadgeAward.objects.standing().filter(agent=user, awarded_at__gte=since)
    return [
        News(
            one.awarded_at,
            _("You earned a badge: {name}").format(name=one.badge.name),
            reverse("feedback:my_recognition"),
            "award",
        )
        for one in mine.select_related("badge").order_by("-awarded_at")[:MOST_OF_A_KIND]
    ]


def recovery_news(user: User, since: datetime) -> list[News]:
    """Unhappy customers who are content again, for those who work on alerts."""
    won = Recovery.objects.visible_to(user).filter(
        outcome=RecoveryOutcome.RECOVERED, invitation__response__submitted_at__gte=since
    )
    return [
        News(
            one.invitation.response.submitted_at,
            _("A customer was won back: {before_value} became {after_value}").format(
                before_value=one.before_value, after_value=one.after_value
            ),
            reverse("feedback:alert_detail", args=[one.alert_id]),
            "heart",
        )
        for one in won.select_related("invitation__response").order_by(
            "-invitation__response__submitted_at"
        )[:MOST_OF_A_KIND]
        if one.invitation and one.invitation.response.submitted_at
    ]


def import_news(user: User, since: datetime) -> list[News]:
    """Imports that the person ordered and that have ended."""
    ended = ImportRun.objects.filter(
        ordered_by=user, state=ImportState.FINISHED, finished_at__gte=since
    )
    return [
        News(
            one.finished_at,
            _("{file_name} was imported: {created:,} new, {failed:,} failed").format(
                file_name=one.file_name, created=one.created, failed=one.failed
            ),
            reverse("crm:import_detail", args=[one.pk]),
            "upload",
        )
        for one in ended.order_by("-finished_at")[:MOST_OF_A_KIND]
        if one.finished_at
    ]
