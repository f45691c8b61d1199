"""What every page's frame needs: the rail of the person's roles, search, the person's own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from accounts import permissions
from accounts.models import User


@dataclass(frozen=True)
class Entry:
    """One line of the rail, for whoever has `verb`.

    `beyond_own` asks for more than own rows, `roles` for one of these roles: where a verb is wider
    than the work, as an agent's self-assessment is not the evaluators' work list.
    """

    title: str
    icon: str
    url_name: str
    verb: str = ""
    key: str = ""
    beyond_own: bool = False
    roles: frozenset[str] = frozenset()
    counter: str = ""


WORK = (
    Entry("Home", "house", "home", key="h"),
    Entry(
        "Work list",
        "list-checks",
        "quality:work_list",
        "quality.submit_evaluation",
        "w",
        roles=frozenset({"evaluator", "admin"}),
    ),
    Entry(
        "My results",
        "target",
        "quality:my_results",
        "quality.acknowledge_evaluation",
        "m",
        roles=frozenset({"agent"}),
    ),
    Entry(
        "My scorecard",
        "gauge",
        "reports:own_scorecard",
        "reports.view_scorecard",
        "6",
        roles=frozenset({"agent"}),
    ),
)
QUALITY = (
    Entry(
        "Evaluations",
        "clipboard-check",
        "quality:evaluation_list",
        "quality.view_evaluation",
        "e",
        True,
    ),
    Entry(
        "Team quality",
        "chart-no-axes-column",
        "quality:team_list",
        "quality.view_team_quality",
        "q",
    ),
    Entry("Sampling", "hash", "quality:plan_list", "quality.manage_plans", "n"),
    Entry("Disputes", "scale", "quality:dispute_list", "quality.view_evaluation", "d", True),
    Entry(
        "Calibrations",
        "users-round",
        "quality:calibration_list",
        "quality.view_evaluation",
        "b",
        True,
    ),
    Entry("Accuracy", "gauge", "quality:accuracy", "quality.view_team_quality", "y"),
    Entry("Evaluators", "user-round", "quality:evaluator_list", "quality.view_team_quality"),
    Entry("Rules", "list-checks", "quality:rule_list", "quality.manage_rules", "v"),
    Entry("Scorecards", "scale", "quality:scorecard_list", "quality.manage_scorecards", "s"),
)
REPORTS = (
    Entry("Today", "activity", "reports:today", "reports.view_operations"),
    Entry(
        "Operations",
        "chart-no-axes-column",
        "reports:operations",
        "reports.view_operations",
    ),
    Entry(
        "Quality board", "chart-no-axes-column", "reports:quality", "reports.view_dashboard", "1"
    ),
    Entry("Customers’ voice", "message-square", "reports:voice", "feedback.view_results"),
    Entry("Training board", "bookmark", "reports:training", "training.view_compliance"),
    Entry("Recognition board", "award", "reports:recognition", "reports.view_dashboard"),
    Entry("Executive", "trending-up", "reports:executive", "reports.view_operations", "2"),
    Entry("Scorecards", "users-round", "reports:agent_list", "reports.view_scorecard", "3", True),
    Entry("Unusual days", "triangle-alert", "reports:anomaly_list", "reports.handle_anomaly", "4"),
    Entry("At risk", "flag", "reports:risk_list", "reports.view_risk", "5"),
    Entry("Reports", "file-text", "reports:run_list", "reports.order_report", "r"),
    Entry("KPIs", "gauge", "reports:definition_list", "reports.view_dashboard", "l"),
)
LEARNING = (
    Entry("My learning", "bookmark", "training:my_learning", "training.view_own_learning"),
    Entry("Board", "table-2", "training:board", "training.view_board", beyond_own=True),
    Entry(
        "Compliance",
        "shield-check",
        "training:compliance",
        "training.view_compliance",
        beyond_own=True,
    ),
    Entry("Proposals", "target", "training:proposal_list", "training.confirm_proposal"),
    Entry("Coaching", "messages-square", "training:coaching_board", "training.lead_coaching"),
    Entry("Skills", "target", "training:skill_matrix", "training.view_board", beyond_own=True),
    Entry("Live sessions", "calendar", "training:live_list", "training.view_own_learning"),
    Entry(
        "Evaluators’ training",
        "scale",
        "training:qualification_list",
        "training.take_course",
        roles=frozenset({"evaluator", "trainer"}),
    ),
    Entry("Effects", "trending-up", "training:effect_list", "training.view_effect"),
    Entry("Courses", "layout-list", "training:course_list", "training.manage_courses"),
)
CUSTOMERS = (
    Entry("Cases", "ticket", "crm:case_list", "crm.view_case", "k", counter="cases"),
    Entry("Tasks", "list-checks", "crm:task_list", "crm.change_task", "t", counter="tasks"),
    Entry("Promises", "hand", "crm:promise_list", "crm.change_task", "p", counter="promises"),
    Entry("Interactions", "messages-square", "crm:interaction_list", "crm.view_interaction", "i"),
    Entry("Customers", "users-round", "crm:customer_list", "crm.view_customer", "c"),
    Entry("Who is calling", "phone-incoming", "crm:caller_lookup", "crm.view_contact_point", "f"),
    Entry("Privacy", "shield-check", "crm:privacy_list", "crm.request_erasure"),
    Entry("Imports", "upload", "crm:import_list", "crm.import_records", "u"),
)
RECOGNITION = (
    Entry("Wall", "party-popper", "feedback:wall", "feedback.give_kudos"),
    Entry("My recognition", "award", "feedback:my_recognition", "feedback.give_kudos"),
    Entry("Rewards", "gift", "feedback:reward_list", "feedback.redeem_reward"),
    Entry("Badges", "medal", "feedback:badge_list", "feedback.give_kudos"),
    Entry("Awards", "trophy", "feedback:program_list", "feedback.nominate_person"),
    Entry("Boards", "chart-no-axes-column", "feedback:board_list", "feedback.give_kudos"),
    Entry("Grants", "coins", "feedback:grant_list", "feedback.grant_points"),
    Entry("Praise", "heart", "feedback:praise_list", "feedback.release_praise"),
    Entry("Fair play", "scale", "feedback:flag_list", "feedback.view_fairness"),
)
FEEDBACK = (
    Entry("Surveys", "message-square", "feedback:survey_list", "feedback.view_results"),
    Entry("Alerts", "flag", "feedback:alert_list", "feedback.work_alert"),
    Entry("Quarantine", "shield", "feedback:quarantine_list", "feedback.release_response"),
    Entry(
        "My feedback",
        "message-square",
        "feedback:my_feedback",
        "feedback.view_response",
        roles=frozenset({"agent"}),
    ),
)
CENTER = (
    Entry("Team", "user-round", "accounts:team_list", "accounts.view_team", "g", True),
    Entry("Calendars", "calendar", "accounts:calendar_list", "accounts.manage_calendars"),
    Entry("SLA policies", "timer", "crm:policy_list", "crm.manage_settings"),
    Entry("Audit", "history", "accounts:audit_list", "accounts.view_audit", "a", True),
    Entry("API tokens", "key-round", "accounts:token_list", "accounts.manage_tokens", "z"),
    Entry("Push sources", "log-in", "crm:source_list", "accounts.manage_tokens"),
    Entry("Webhooks", "send", "ops:webhook_list", "ops.manage_webhooks", "o"),
    Entry("Status", "activity", "ops:status", "ops.view_status"),
    Entry("Jobs", "activity", "ops:job_list", "ops.view_job", "j"),
    Entry("Admin", "settings", "admin:index", key="x"),
)
RAIL = (
    ("", WORK),
    ("Quality", QUALITY),
    ("Reports", REPORTS),
    ("Learning", LEARNING),
    ("Customers", CUSTOMERS),
    ("Recognition", RECOGNITION),
    ("Feedback", FEEDBACK),
    ("Center", CENTER),
)
MOST_AT_ONCE = 16  # A longer rail folds every group but the one the person is in.
USER_LINKS: tuple[Entry, ...] = (
    Entry("Profile", "user-round", "accounts:profile"),
    Entry("Security", "shield-check", "accounts:security"),
    Entry("Notifications", "mail", "accounts:notifications"),
)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The frame, computed only when a template asks for it; one query for the person's roles."""
    return {"chrome": SimpleLazyObject(lambda: frame(request))}


def frame(request: HttpRequest) -> dict[str, Any]:
    user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
    if not isinstance(user, User):
        return {"rail": [], "search_url": "", "user_links": [], "roles": ""}
    return {
        "rail": rail(user, request.path),
        "search_url": address("crm:search"),
        "user_links": [link(entry) for entry in USER_LINKS if address(entry.url_name)],
        "roles": ", ".join(sorted(role.capitalize() for role in user.roles)),
    }


def rail(user: User, path: str) -> list[dict[str, Any]]:
    """The groups of the rail that hold something for `user`, the entry of `path` marked."""
    groups = []
    for title, entries in RAIL:
        items = [link(entry) for entry in entries if is_shown(entry, user)]
        if items:
            groups.append({"title": title, "entries": items})
    mark_current(groups, path)
    fold(groups)
    return groups


def fold(groups: list[dict[str, Any]]) -> None:
    """Open every group of a short rail; of a long one the group that holds the marked entry."""
    is_short = sum(len(group["entries"]) for group in groups) <= MOST_AT_ONCE
    for group in groups:
        group["is_open"] = is_short or any(item["current"] for item in group["entries"])


def is_shown(entry: Entry, user: User) -> bool:
    if not address(entry.url_name):
        return False
    if entry.url_name == "admin:index":
        return user.is_staff
    if entry.roles and not entry.roles & user.roles:
        return False
    if not entry.verb:
        return True
    reach = permissions.scope(user, entry.verb)
    return reach is not None and not (entry.beyond_own and reach == "own")


def link(entry: Entry) -> dict[str, Any]:
    url = address(entry.url_name)
    return {
        "title": entry.title,
        "icon": entry.icon,
        "url": url,
        "key": entry.key,
        "counter": entry.counter,
        "current": "",
    }


def mark_current(groups: list[dict[str, Any]], path: str) -> None:
    """Mark the entry whose address is the longest beginning of `path`."""
    items = [item for group in groups for item in group["entries"]]
    holding = [item for item in items if path == item["url"] or under(path, item["url"])]
    if holding:
        best = max(holding, key=lambda item: len(item["url"]))
        best["current"] = "page" if best["url"] == path else "true"


def under(path: str, url: str) -> bool:
    return url != "/" and path.startswith(url)


def address(url_name: str) -> str:
    """The URL of a name, empty while no app answers to it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
