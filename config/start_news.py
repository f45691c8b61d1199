"""What changed lately, for the start page: results, answers, decisions, and work that has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet
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
from lib.start_page import Ask, News
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


def newest(rows: QuerySet[Any], column: str, tell: Callable[[Any], News]) -> list[News]:
    """What is told of the newest rows by the moment in `column`. One query."""
    return [tell(one) for one in rows.order_by(f"-{column}")[:MOST_OF_A_KIND]]


def ask(rows: QuerySet[Any], column: str, tell: Callable[[Any], News]) -> list[Ask[News]]:
    """The newest rows, which are read only if there are any."""
    return [Ask((rows,), lambda count: newest(rows, column, tell))]


def morning(on: date) -> datetime:
    """The first local moment of a day, where only the day is known."""
    return timezone.make_aware(datetime.combine(on, time()))


def result_news(user: User, since: datetime) -> list[Ask[News]]:
    """Released results about the person; what they see of them is asked where there are any."""
    mine = Evaluation.objects.filter(agent=user, purpose=Purpose.STANDARD, released_at__gte=since)

    def tell(one: Evaluation) -> News:
        assert one.released_at
        return News(
            one.released_at,
            _("Your result for {name} was released").format(name=one.version.scorecard.name),
            reverse("quality:evaluation_detail", args=[one.pk]),
            "target",
        )

    def read(_count: int) -> list[News]:
        seen = mine.visible_to(user).select_related("version__scorecard")
        return newest(seen, "released_at", tell)

    return [Ask((mine,), read)]


def dispute_news(user: User, since: datetime) -> list[Ask[News]]:
    """Decisions about disputes that the person filed."""

    def tell(one: Dispute) -> News:
        assert one.decided_at
        url = reverse("quality:dispute_detail", args=[one.pk])
        return News(one.decided_at, _("Your dispute was decided"), url, "scale")

    decided = Dispute.objects.filter(filed_by=user, decided_at__gte=since)
    return ask(decided, "decided_at", tell)


def scorecard_news(user: User, since: datetime) -> list[Ask[News]]:
    """Versions that came into use, for those who score others or lead them."""
    if permissions.scope(user, "quality.view_evaluation") in (None, "own"):
        return []

    def tell(one: ScorecardVersion) -> News:
        assert one.published_at
        return News(
            one.published_at,
            _("{name} version {number} is in use").format(
                name=one.scorecard.name, number=one.number
            ),
            reverse("quality:version_detail", args=[one.scorecard_id, one.number]),
            "list-checks",
        )

    published = ScorecardVersion.objects.filter(published_at__gte=since)
    return ask(published.select_related("scorecard"), "published_at", tell)


def certificate_news(user: User, since: datetime) -> list[Ask[News]]:
    """Certificates that the person earned."""

    def tell(one: Certificate) -> News:
        return News(
            morning(one.issued_on),
            _("You earned a certificate: {title}").format(title=one.title),
            reverse("training:my_learning"),
            "award",
            has_time=False,
        )

    mine = Certificate.objects.filter(person=user, issued_on__gte=since, revoked_at=None)
    return ask(mine, "issued_on", tell)


def course_news(user: User, since: datetime) -> list[Ask[News]]:
    """Courses that were assigned to the person."""

    def tell(one: CourseAssignment) -> News:
        return News(
            morning(one.assigned_on),
            _("A course was assigned to you: {title}").format(title=one.course.title),
            reverse("training:my_learning"),
            "bookmark",
            has_time=False,
        )

    mine = CourseAssignment.objects.filter(person=user, assigned_on__gte=since, withdrawn_at=None)
    return ask(mine.select_related("course"), "assigned_on", tell)


def coaching_news(user: User, since: datetime) -> list[Ask[News]]:
    """Sessions of this coach that the other person has answered."""

    def tell(one: CoachingSession) -> News:
        assert one.acknowledged_at
        return News(
            one.acknowledged_at,
            _("{short_name} answered your coaching").format(short_name=one.agent.short_name),
            reverse("training:session_detail", args=[one.pk]),
            "messages-square",
        )

    answered = CoachingSession.objects.filter(coach=user, acknowledged_at__gte=since)
    return ask(answered.select_related("agent"), "acknowledged_at", tell)


def badge_news(user: User, since: datetime) -> list[Ask[News]]:
    """Badges that came into the person's hands and are still there."""

    def tell(one: BadgeAward) -> News:
        return News(
            one.awarded_at,
            _("You earned a badge: {name}").format(name=one.badge.name),
            reverse("feedback:my_recognition"),
            "award",
        )

    mine = BadgeAward.objects.standing().filter(agent=user, awarded_at__gte=since)
    return ask(mine.select_related("badge"), "awarded_at", tell)


def recovery_news(user: User, since: datetime) -> list[Ask[News]]:
    """Unhappy customers who are content again, for those who work on alerts."""
    if not permissions.has(user, "feedback.work_alert"):
        return []
    moment = "invitation__response__submitted_at"

    def tell(one: Recovery) -> News:
        assert one.invitation and one.invitation.response.submitted_at
        return News(
            one.invitation.response.submitted_at,
            _("A customer was won back: {before_value} became {after_value}").format(
                before_value=one.before_value, after_value=one.after_value
            ),
            reverse("feedback:alert_detail", args=[one.alert_id]),
            "heart",
        )

    won = Recovery.objects.visible_to(user).filter(
        outcome=RecoveryOutcome.RECOVERED, **{f"{moment}__gte": since}
    )
    return ask(won.select_related("invitation__response"), moment, tell)


def import_news(user: User, since: datetime) -> list[Ask[News]]:
    """Imports that the person ordered and that have ended."""

    def tell(one: ImportRun) -> News:
        assert one.finished_at
        return News(
            one.finished_at,
            _("{file_name} was imported: {created:,} new, {failed:,} failed").format(
                file_name=one.file_name, created=one.created, failed=one.failed
            ),
            reverse("crm:import_detail", args=[one.pk]),
            "upload",
        )

    ended = ImportRun.objects.filter(
        ordered_by=user, state=ImportState.FINISHED, finished_at__gte=since
    )
    return ask(ended, "finished_at", tell)
