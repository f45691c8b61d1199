"""What every page's frame needs: the rail of the person's roles, search, the person's own pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts import permissions
from accounts.models import User
from ops import copies


@dataclass(frozen=True)
class Entry:
    """One line of the rail, for whoever has `verb`.

    `beyond_own` asks for more than own rows, `roles` for one of these roles: where a verb is wider
    than the work, as an agent's self-assessment is not the evaluators' work list. `also` names the
    lists that are reached through it and lie elsewhere.
    """

    title: str
    icon: str
    url_name: str
    verb: str = ""
    key: str = ""
    beyond_own: bool = False
    roles: frozenset[str] = frozenset()
    counter: str = ""
    also: tuple[str, ...] = ()


WORK = (
    Entry(_("Home"), "house", "home", key="h"),
    Entry(
        _("Work list"),
        "list-checks",
        "quality:work_list",
        "quality.submit_evaluation",
        "w",
        roles=frozenset({"evaluator", "admin"}),
    ),
    Entry(
        _("My results"),
        "target",
        "quality:my_results",
        "quality.acknowledge_evaluation",
        "m",
        roles=frozenset({"agent"}),
    ),
    Entry(
        _("My scorecard"),
        "gauge",
        "reports:own_scorecard",
        "reports.view_scorecard",
        "6",
        roles=frozenset({"agent"}),
    ),
)
QUALITY = (
    Entry(
        _("Evaluations"),
        "clipboard-check",
        "quality:evaluation_list",
        "quality.view_evaluation",
        "e",
        True,
    ),
    Entry(
        _("Team quality"),
        "chart-no-axes-column",
        "quality:team_list",
        "quality.view_team_quality",
        "q",
    ),
    Entry(_("Sampling"), "hash", "quality:plan_list", "quality.manage_plans", "n"),
    Entry(_("Disputes"), "scale", "quality:dispute_list", "quality.view_evaluation", "d", True),
    Entry(
        _("Calibrations"),
        "users-round",
        "quality:calibration_list",
        "quality.view_evaluation",
        "b",
        True,
    ),
    Entry(_("Accuracy"), "gauge", "quality:accuracy", "quality.view_team_quality", "y"),
    Entry(_("Evaluators"), "user-round", "quality:evaluator_list", "quality.view_team_quality"),
    Entry(_("Rules"), "list-checks", "quality:rule_list", "quality.manage_rules", "v"),
    Entry(
        _("Scorecards"),
        "scale",
        "quality:scorecard_list",
        "quality.manage_scorecards",
        "s",
        also=("quality:reference_list", "quality:answer_set_list", "quality:import_list"),
    ),
)
REPORTS = (
    Entry(_("Today"), "activity", "reports:today", "reports.view_operations"),
    Entry(
        _("Operations"),
        "chart-no-axes-column",
        "reports:operations",
        "reports.view_operations",
    ),
    Entry(
        _("Quality board"), "chart-no-axes-column", "reports:quality", "reports.view_dashboard", "1"
    ),
    Entry(_("Customers’ voice"), "message-square", "reports:voice", "feedback.view_results"),
    Entry(_("Training board"), "bookmark", "reports:training", "training.view_compliance"),
    Entry(_("Recognition board"), "award", "reports:recognition", "reports.view_dashboard"),
    Entry(_("Executive"), "trending-up", "reports:executive", "reports.view_operations", "2"),
    Entry(
        _("Scorecards"), "users-round", "reports:agent_list", "reports.view_scorecard", "3", True
    ),
    Entry(
        _("Unusual days"), "triangle-alert", "reports:anomaly_list", "reports.handle_anomaly", "4"
    ),
    Entry(_("At risk"), "flag", "reports:risk_list", "reports.view_risk", "5"),
    Entry(_("Reports"), "file-text", "reports:run_list", "reports.order_report", "r"),
    Entry(_("KPIs"), "gauge", "reports:definition_list", "reports.view_dashboard", "l"),
)
LEARNING = (
    Entry(_("My learning"), "bookmark", "training:my_learning", "training.view_own_learning"),
    Entry(_("Board"), "table-2", "training:board", "training.view_board", beyond_own=True),
    Entry(
        _("Compliance"),
        "shield-check",
        "training:compliance",
        "training.view_compliance",
        beyond_own=True,
    ),
    Entry(_("Proposals"), "target", "training:proposal_list", "training.confirm_proposal"),
    Entry(_("Coaching"), "messages-square", "training:coaching_board", "training.lead_coaching"),
    Entry(_("Skills"), "target", "training:skill_matrix", "training.view_board", beyond_own=True),
    Entry(_("Live sessions"), "calendar", "training:live_list", "training.view_own_learning"),
    Entry(
        _("Evaluators’ training"),
        "scale",
        "training:qualification_list",
        "training.take_course",
        roles=frozenset({"evaluator", "trainer"}),
    ),
    Entry(_("Effects"), "trending-up", "training:effect_list", "training.view_effect"),
    Entry(_("Courses"), "layout-list", "training:course_list", "training.manage_courses"),
)
CUSTOMERS = (
    Entry(_("Cases"), "ticket", "crm:case_list", "crm.view_case", "k", counter="cases"),
    Entry(_("Tasks"), "list-checks", "crm:task_list", "crm.change_task", "t", counter="tasks"),
    Entry(_("Promises"), "hand", "crm:promise_list", "crm.change_task", "p", counter="promises"),
    Entry(
        _("Interactions"), "messages-square", "crm:interaction_list", "crm.view_interaction", "i"
    ),
    Entry(_("Customers"), "users-round", "crm:customer_list", "crm.view_customer", "c"),
    Entry(
        _("Who is calling"), "phone-incoming", "crm:caller_lookup", "crm.view_contact_point", "f"
    ),
    Entry(_("Privacy"), "shield-check", "crm:privacy_list", "crm.request_erasure"),
    Entry(_("Imports"), "upload", "crm:import_list", "crm.import_records", "u"),
)
RECOGNITION = (
    Entry(_("Wall"), "party-popper", "feedback:wall", "feedback.give_kudos"),
    Entry(_("My recognition"), "award", "feedback:my_recognition", "feedback.give_kudos"),
    Entry(_("Rewards"), "gift", "feedback:reward_list", "feedback.redeem_reward"),
    Entry(_("Badges"), "medal", "feedback:badge_list", "feedback.give_kudos"),
    Entry(_("Awards"), "trophy", "feedback:program_list", "feedback.nominate_person"),
    Entry(_("Boards"), "chart-no-axes-column", "feedback:board_list", "feedback.give_kudos"),
    Entry(_("Grants"), "coins", "feedback:grant_list", "feedback.grant_points"),
    Entry(_("Praise"), "heart", "feedback:praise_list", "feedback.release_praise"),
    Entry(_("Fair play"), "scale", "feedback:flag_list", "feedback.view_fairness"),
)
FEEDBACK = (
    Entry(_("Surveys"), "message-square", "feedback:survey_list", "feedback.view_results"),
    Entry(_("Alerts"), "flag", "feedback:alert_list", "feedback.work_alert"),
    Entry(_("Quarantine"), "shield", "feedback:quarantine_list", "feedback.release_response"),
    Entry(
        _("My feedback"),
        "message-square",
        "feedback:my_feedback",
        "feedback.view_response",
        roles=frozenset({"agent"}),
    ),
)
CENTER = (
    Entry(_("Team"), "user-round", "accounts:team_list", "accounts.view_team", "g", True),
    Entry(_("Calendars"), "calendar", "accounts:calendar_list", "accounts.manage_calendars"),
    Entry(_("SLA policies"), "timer", "crm:policy_list", "crm.manage_settings"),
    Entry(_("Audit"), "history", "accounts:audit_list", "accounts.view_audit", "a", True),
    Entry(_("API tokens"), "key-round", "accounts:token_list", "accounts.manage_tokens", "z"),
    Entry(_("Push sources"), "log-in", "crm:source_list", "accounts.manage_tokens"),
    Entry(_("Webhooks"), "send", "ops:webhook_list", "ops.manage_webhooks", "o"),
    Entry(_("Status"), "activity", "ops:status", "ops.view_status"),
    Entry(_("Jobs"), "activity", "admin:ops_jobrun_changelist", "ops.view_job", "j", True),
    Entry(_("Admin"), "settings", "admin:index", key="x"),
)
RAIL = (
    ("", WORK),
    (_("Quality"), QUALITY),
    (_("Reports"), REPORTS),
    (_("Learning"), LEARNING),
    (_("Customers"), CUSTOMERS),
    (_("Recognition"), RECOGNITION),
    (_("Feedback"), FEEDBACK),
    (_("Center"), CENTER),
)
ROLES = {
    "agent": _("Agent"),
    "evaluator": _("Evaluator"),
    "trainer": _("Trainer"),
    "supervisor": _("Supervisor"),
    "admin": _("Admin"),
}
MOST_AT_ONCE = 16  # A longer rail folds every group but the one the person is in.
USER_LINKS: tuple[Entry, ...] = (
    Entry(_("Profile"), "user-round", "accounts:profile"),
    Entry(_("Security"), "shield-check", "accounts:security"),
    Entry(_("Notifications"), "mail", "accounts:notifications"),
)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The frame, computed only when a template asks for it; one query for the person's roles.

    `copied_at` is set in a copy of a place, so that every page can say so.
    """
    return {"chrome": SimpleLazyObject(lambda: frame(request)), "copied_at": copies.made_at}


def frame(request: HttpRequest) -> dict[str, Any]:
    user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
    if not isinstance(user, User):
        return {"rail": [], "rail_links": "", "search_url": "", "user_links": [], "roles": ""}
    groups = rail(user, request.path)
    return {
        "rail": groups,
        "rail_links": drawn(groups),
        "search_url": address("crm:search"),
        "user_links": [link(entry) for entry in USER_LINKS if address(entry.url_name)],
        "roles": ", ".join(gettext(ROLES[role]) for role in sorted(user.roles)),
    }


def rail(user: User, path: str) -> list[dict[str, Any]]:
    """The groups of the rail that hold something for `user`, the entry of `path` marked."""
    groups = []
    for title, entries in RAIL:
        items = [link(entry) for entry in entries if is_shown(entry, user)]
        if items:
            groups.append({"title": gettext(title) if title else "", "entries": items})
    mark_current(groups, path)
    fold(groups)
    return groups


def drawn(groups: list[dict[str, Any]]) -> SafeString:
    """The groups as markup, once for both places: beside the page and in narrow screens' menu."""
    return render_to_string("components/rail_groups.html", {"rail": groups})


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
        "title": gettext(entry.title),
        "icon": entry.icon,
        "url": url,
        "places": [url, *map(address, entry.also)],
        "key": entry.key,
        "counter": entry.counter,
        "current": "",
    }


def mark_current(groups: list[dict[str, Any]], path: str) -> None:
    """Mark the entry that has the longest beginning of `path` among its places."""
    items = [item for group in groups for item in group["entries"]]
    holding = [
        (len(place), item)
        for item in items
        for place in item["places"]
        if path == place or under(path, place)
    ]
    if holding:
        _length, best = max(holding, key=lambda found: found[0])
        best["current"] = "page" if best["url"] == path else "true"


def under(path: str, url: str) -> bool:
    return url != "/" and path.startswith(url)


@cache
def address(url_name: str) -> str:
    """The URL of a name, empty where no app answers to it; looked for once per process."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
