"""Whose figures somebody may see: asked by pages, files, mails and the API alike."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts import access_log
from accounts.models import AccessKind, Team, TeamMembership, User
from accounts.permissions import has, scope
from accounts.teams import LEADING_KINDS
from ops.models import StoredFile
from reports.models import AnomalyFlag, DayLegFact, ReportItem, ReportRun, ReportSchedule
from reports.models.outputs import ReportKind
from routing.models import Queue

WORKED_LATELY = timedelta(days=60)
LED = "_teams_led_in_reports"


def teams_of(user: User, verb: str = "reports.view_dashboard") -> frozenset[int] | None:
    """Teams whose figures one may see, None for all of them; one query at most."""
    reach = scope(user, verb)
    if reach == "all":
        return None
    if reach != "team":
        return frozenset()
    return led_teams(user)


def led_teams(user: User) -> frozenset[int]:
    """Teams that one leads, evaluates or trains now; one query for each user object."""
    if LED not in user.__dict__:
        held = TeamMembership.objects.in_force(timezone.now())
        held = held.filter(user=user, kind__in=LEADING_KINDS)
        user.__dict__[LED] = frozenset(held.values_list("team_id", flat=True))
    found: frozenset[int] = user.__dict__[LED]
    return found


def queues_of(user: User) -> frozenset[int] | None:
    """Queues that one's teams own or work on, None for all of them; three queries at most."""
    if scope(user, "reports.view_operations") == "all":
        return None
    teams = teams_of(user, "reports.view_operations") or frozenset()
    since = timezone.localdate() - WORKED_LATELY
    worked = DayLegFact.objects.filter(on_date__gte=since, team_key__in=teams).order_by()
    owned = Queue.objects.filter(team__in=teams).values_list("pk", flat=True)
    return frozenset(worked.values_list("queue_key", flat=True).distinct()) | frozenset(owned)


def owned_queues(team: int) -> frozenset[int]:
    return frozenset(Queue.objects.filter(team=team).values_list("pk", flat=True))


def shown_teams(user: User, verb: str = "reports.view_dashboard") -> list[Team]:
    teams = teams_of(user, verb)
    rows = Team.objects.order_by("name")
    return list(rows if teams is None else rows.filter(pk__in=teams))


def agents_of(user: User) -> list[User]:
    """People with a scorecard whose scorecard one may see, by name."""
    teams = teams_of(user, "reports.view_scorecard")
    held = TeamMembership.objects.agents().in_force(timezone.now())
    if teams is not None:
        held = held.filter(team__in=teams)
    people = User.objects.filter(pk__in=held.values("user_id"))
    if teams == frozenset():
        people = User.objects.filter(pk=user.pk)
    return list(people.order_by("full_name", "pk"))


def may_view_scorecard(user: User, agent: User) -> bool:
    reach = scope(user, "reports.view_scorecard")
    if reach == "all" or (reach is not None and agent.pk == user.pk):
        return True
    if reach != "team":
        return False
    teams = teams_of(user, "reports.view_scorecard") or frozenset()
    held = TeamMembership.objects.agents().in_force(timezone.now())
    return held.filter(user=agent, team__in=teams).exists()


def may_manage_definitions(user: User) -> bool:
    return has(user, "reports.manage_definitions")


def may_view_operations(user: User) -> bool:
    return has(user, "reports.view_operations")


# --- Reports -------------------------------------------------------------------------------------


def kinds_for(user: User) -> list[ReportKind]:
    """The documents one may order."""
    kinds = []
    if has(user, "reports.view_scorecard"):
        kinds.append(ReportKind.AGENT_REVIEW)
    if may_view_operations(user):
        kinds += [ReportKind.OPERATIONS, ReportKind.EXECUTIVE]
    if scope(user, "quality.view_team_quality") is not None:
        kinds.append(ReportKind.TEAM_QUALITY)
    return kinds if has(user, "reports.order_report") else []


def may_see_every_run(user: User) -> bool:
    return has(user, "reports.manage_definitions")


def may_schedule(user: User) -> bool:
    return has(user, "reports.schedule_report")


def schedules_of(user: User) -> QuerySet[ReportSchedule]:
    """Own schedules; all of them for administrators."""
    rows = ReportSchedule.objects.order_by("name", "pk")
    return rows if may_see_every_run(user) else rows.filter(owner=user)


def may_read_run(user: User, run: ReportRun) -> bool:
    """Whoever ordered it, whom its schedule tells, or whom one of its documents is about."""
    return may_see_every_run(user) or items_for(user, run).exists() or run.requested_by == user


def items_for(user: User, run: ReportRun) -> QuerySet[ReportItem]:
    """The documents of a run that one may read, by one's rights of now."""
    items = run.items.all()
    if may_see_every_run(user):
        return items
    is_told = run.schedule is not None and run.schedule.recipients.filter(pk=user.pk).exists()
    if run.requested_by_id == user.pk or is_told:
        return items if ReportKind(run.kind) in kinds_for(user) else items.none()
    return items.filter(subject_kind="agent", subject_id=user.pk)


def may_read_report_file(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "report"."""
    item = ReportItem.objects.filter(file=stored).select_related("run__schedule").first()
    return item is not None and items_for(user, item.run).filter(pk=item.pk).exists()


def note_report_read(user: User, stored: StoredFile) -> None:
    """Write down who downloads a document, and whom it is about."""
    item = ReportItem.objects.filter(file=stored).first()
    if item is None:
        return
    about = (
        User.objects.filter(pk=item.subject_id).first() if item.subject_kind == "agent" else None
    )
    access_log.note(
        kind=AccessKind.DOWNLOADED_REPORT, record=item, by=user, at=timezone.now(), about=about
    )


def members_of(team: int) -> set[int]:
    held = TeamMembership.objects.agents().in_force(timezone.now())
    return set(held.filter(team=team).values_list("user_id", flat=True))


def may_comment_month(user: User) -> bool:
    return scope(user, "reports.view_operations") == "all"


def may_handle_flag(user: User, flag: AnomalyFlag) -> bool:
    if not has(user, "reports.handle_anomaly"):
        return False
    queues = queues_of(user)
    return queues is None or flag.queue_id in queues
