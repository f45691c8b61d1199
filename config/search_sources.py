"""What the palette finds beside the customer record: pages, people, work, and what is taught."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from accounts.permissions import has, policy, scope
from config.context import RAIL, USER_LINKS, Entry, address, is_shown
from crm import search as crm_search
from feedback.models import Survey
from lib import search
from lib.search import LIMIT, Group, Hit
from lib.speaking import spoken
from quality.models import Evaluation, Scorecard
from training.models import Course

FURTHER: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Quality": (
        (_("Calibration reliability"), "gauge", "quality:reliability"),
        (_("Reference interactions"), "target", "quality:reference_list"),
        (_("Scorecard imports"), "upload", "quality:import_list"),
        (_("Answer sets"), "list-checks", "quality:answer_set_list"),
        (_("Assist rules"), "list-checks", "quality:assist_list"),
    ),
    "Reports": (
        (_("Report schedules"), "calendar", "reports:schedule_list"),
        (_("Data quality"), "shield-check", "reports:data_quality"),
    ),
    "Learning": (
        (_("Browse courses"), "bookmark", "training:catalog"),
        (_("Certificates"), "award", "training:certificate_list"),
        (_("Roles and careers"), "trending-up", "training:role_list"),
        (_("Paths"), "layout-list", "training:path_list"),
        (_("Questions"), "list-checks", "training:question_list"),
        (_("Quizzes"), "list-checks", "training:quiz_list"),
        (_("SCORM packages"), "upload", "training:scorm_list"),
        (_("Assignment rules"), "list-checks", "training:rule_list"),
        (_("Work to mark"), "pencil", "training:grading_list"),
        (_("Assign a course"), "bookmark", "training:assign"),
        (_("Requirements"), "shield-check", "training:requirement_list"),
        (_("Remediation rules"), "target", "training:remediation_list"),
        (_("Plan coaching"), "messages-square", "training:session_plan"),
        (_("Coaching programs"), "messages-square", "training:program_list"),
        (_("Agendas of talks"), "list-checks", "training:agenda_list"),
    ),
    "Customers": (
        (_("New case"), "ticket", "crm:case_new"),
        (_("New customer"), "user-round", "crm:customer_new"),
        (_("Segments"), "users-round", "crm:segment_list"),
        (_("Organizations"), "building-2", "crm:organization_list"),
        (_("Duplicates"), "users-round", "crm:duplicate_list"),
        (_("Deleted customers"), "history", "crm:customer_deleted"),
        (_("Case figures"), "gauge", "crm:case_figures"),
        (_("Macros and replies"), "list-checks", "crm:macro_list"),
        (_("New import"), "upload", "crm:import_new"),
        (_("Retention"), "history", "crm:retention_list"),
    ),
    "Recognition": (
        (_("Give thanks"), "hand-heart", "feedback:kudos_give"),
        (_("Points statement"), "coins", "feedback:points_statement"),
        (_("Preferences"), "settings", "feedback:recognition_preferences"),
        (_("Orders"), "gift", "feedback:redemption_list"),
        (_("Liability"), "coins", "feedback:liability"),
        (_("Equity"), "scale", "feedback:equity"),
    ),
    "Feedback": (
        (_("Survey programs"), "send", "feedback:survey_program_list"),
        (_("Send decisions"), "list-checks", "feedback:decision_list"),
        (_("Recoveries"), "heart", "feedback:recovery_list"),
    ),
    "Center": (
        (_("Invitations"), "mail", "accounts:invitation_list"),
        (_("Permissions"), "shield-check", "accounts:permission_matrix"),
        (_("Access review"), "shield-check", "accounts:access_review"),
        (_("Read access"), "history", "accounts:access_list"),
    ),
}


@cache
def further() -> list[tuple[str, list[Entry]]]:
    """The pages that stand in no rail, each with the verb of its address."""
    verbs = {name: address.verb or "" for name, address in policy().addresses.items()}
    return [
        (group, [Entry(title, icon, name, verbs[name]) for title, icon, name in rows])
        for group, rows in FURTHER.items()
    ]


def every_page() -> Iterator[tuple[str, Entry]]:
    """Each page with the group it belongs to."""
    for group, entries in (*RAIL, *further(), (_("Your account"), USER_LINKS)):
        for entry in entries:
            yield group, entry


def pages_in_language() -> Iterator[tuple[str, str, Entry]]:
    """Each page with the names of its group and of itself, as the rail of its reader says them."""
    for group, entry in every_page():
        yield spoken(group), spoken(entry.title), entry


def connect() -> None:
    """Called by config/wiring.py; pages first, then records, then the customer record."""
    search.add_source(pages)
    search.add_source(records)
    search.add_source(crm_search.groups)


def pages(user: User, words: str) -> Iterator[Group]:
    """Pages whose title, or group and title, the words begin; no query beside the roles."""
    hits = [
        Hit(title, address(entry.url_name), entry.icon, group)
        for group, title, entry in pages_in_language()
        if search.fits(words, f"{group} {title}") and is_shown(entry, user)
    ]
    # "Reports" asks for the page of that name before all pages of its group.
    hits.sort(key=lambda hit: not search.fits(words, hit.title))
    yield Group(gettext("Pages"), hits[:LIMIT])


def records(user: User, words: str) -> Iterator[Group]:
    """People, evaluations by number, scorecards, courses, surveys; five queries at most."""
    if has(user, "accounts.view_team"):
        yield Group(gettext("People"), _people(user, words))
    if words[:2].upper() == "E-" and has(user, "quality.view_evaluation"):
        yield Group(gettext("Evaluations"), _evaluations(user, words))
    if has(user, "quality.manage_scorecards"):
        yield Group(gettext("Scorecards"), _scorecards(user, words))
    if has(user, "training.take_course") or has(user, "training.manage_courses"):
        yield Group(gettext("Courses"), _courses(user, words))
    if scope(user, "feedback.view_results") is not None:
        yield Group(gettext("Surveys"), _surveys(user, words))


def _people(user: User, words: str) -> list[Hit]:
    rows = User.objects.visible_to(user).active().matching(words).order_by("full_name")
    return [
        Hit(row.full_name, reverse("accounts:person_detail", args=[row.pk]), "user-round")
        for row in rows[:LIMIT]
    ]


def _evaluations(user: User, words: str) -> list[Hit]:
    rows = Evaluation.objects.visible_to(user).filter(public_ref=words.upper())
    return [
        Hit(
            row.public_ref,
            reverse("quality:evaluation_detail", args=[row.pk]),
            "clipboard-check",
            str(row.agent),
        )
        for row in rows.select_related("agent")[:LIMIT]
    ]


def _scorecards(user: User, words: str) -> list[Hit]:
    rows = Scorecard.objects.visible_to(user).filter(name__icontains=words).order_by("name")
    return [
        Hit(row.name, reverse("quality:scorecard_detail", args=[row.pk]), "scale")
        for row in rows[:LIMIT]
    ]


def _courses(user: User, words: str) -> list[Hit]:
    if has(user, "training.manage_courses"):
        rows = Course.objects.visible_to(user).filter(title__icontains=words).order_by("title")
        return [
            Hit(row.title, reverse("training:course_detail", args=[row.pk]), "bookmark", row.code)
            for row in rows[:LIMIT]
        ]
    mine = user.enrollments.filter(course__title__icontains=words).select_related("course")
    return [
        Hit(row.course.title, reverse("training:enrollment_detail", args=[row.pk]), "bookmark")
        for row in mine.order_by("-pk")[:LIMIT]
    ]


def _surveys(user: User, words: str) -> list[Hit]:
    rows = Survey.objects.visible_to(user).filter(name__icontains=words).order_by("name")
    return [
        Hit(row.name, reverse("feedback:survey_results", args=[row.code]), "message-square")
        for row in rows[:LIMIT]
    ]
