"""Whose figures somebody may see: asked by pages, files, mails and the API alike."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import CharField, Q, QuerySet, Value
from django.http import QueryDict
from django.utils import timezone

from accounts import access_log
from accounts.models import AccessKind, Team, TeamMembership, User
from accounts.permissions import has, scope
from accounts.teams import LEADING_KINDS
from ops.models import StoredFile
from quality import access as quality_access
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
        user.__dict__[LED] = frozenset(_leading(user).values_list("team_id", flat=True))
    found: frozenset[int] = user.__dict__[LED]
    return found


def _leading(user: User) -> QuerySet[TeamMembership]:
    held = TeamMembership.objects.in_force(timezone.now())
    return held.filter(user=user, kind__in=LEADING_KINDS)


def queue_names_of(user: User) -> dict[int, str] | None:
    """Queues that one's teams own or work on with their names, None for all of them.

    The key of work without a queue has no name. One query.
    """
    reach = scope(user, "reports.view_operations")
    if reach == "all":
        return None
    if reach != "team":
        return {}
    led = _leading(user).order_by().values("team_id")
    since = timezone.localdate() - WORKED_LATELY
    worked = DayLegFact.objects.filter(on_date__gte=since, team_key__in=led).order_by()
    own = Queue.objects.filter(Q(team__in=led) | Q(pk__in=worked.values("queue_key")))
    empty = Value("", output_field=CharField())
    # The teams come along, for whoever asks for them next.
    rows = (
        own.order_by()
        .values_list("pk", "name", Value("queue", output_field=CharField()))
        .union(
            worked.values_list("queue_key", empty, Value("queue", output_field=CharField())),
            led.values_list("team_id", empty, Value("team", output_field=CharField())),
        )
    )
    found = sorted(rows)  # A key stands twice where it has a name, which sorts last.
    user.__dict__[LED] = frozenset(key for key, _name, kind in found if kind == "team")
    return {key: name for key, name, kind in found if kind == "queue"}


def queues_of(user: User) -> frozenset[int] | None:
    names = queue_names_of(user)
    return None if names is None else frozenset(names)


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
        return items.filter(_within_reach(user, run))
    return items.filter(subject_kind="agent", subject_id=user.pk)


def _within_reach(user: User, run: ReportRun) -> Q:
    """Of a run that one ordered or is told of, the documents about what one may see now."""
    kind = ReportKind(run.kind)
    if not may_be_told(user, kind, of=run.requested_by):
        return Q(pk__in=())
    if kind in (ReportKind.AGENT_REVIEW, ReportKind.TEAM_QUALITY):
        if kind == ReportKind.AGENT_REVIEW:
            subjects = [agent.pk for agent in agents_of(user)]
        else:
            teams = quality_access.teams_whose_quality_shows(user)
            subjects = list(teams.values_list("pk", flat=True))
        single = run.items.exclude(subject_kind="joined")
        # What holds all of them is for whoever may see all of them.
        is_whole = not single.exclude(subject_id__in=subjects).exists()
        seen = Q(subject_id__in=subjects) & ~Q(subject_kind="joined")
        return seen | Q(subject_kind="joined") if is_whole else seen
    return Q()


def may_be_told(user: User, kind: ReportKind, *, of: User) -> bool:
    """Whether somebody may read such a document with the figures of the one who orders it.

    Reviews and reports of teams are each about somebody, which is asked one by one.
    """
    if kind not in kinds_for(user):
        return False
    if kind in (ReportKind.AGENT_REVIEW, ReportKind.TEAM_QUALITY) or user == of:
        return True
    own, shown = queues_of(user), queues_of(of)
    return own is None or (shown is not None and shown <= own)


def may_be_attached(kind: str, query: str) -> bool:
    """Whether a document holds nothing about single people, so that a mail may hold it."""
    asked = QueryDict(query)
    is_by_people = asked.get("by") == "agent" or bool(asked.get("agent"))
    return kind in (ReportKind.OPERATIONS, ReportKind.EXECUTIVE) and not is_by_people


def may_read_report_file(user: User, stored: StoredFile) -> bool:
    """The row rule of stored files of the kind "report"."""
    item = ReportItem.objects.filter(file=stored).select_related("run__schedule").first()
    return item is not None and items_for(user, item.run).filter(pk=item.pk).exists()


def note_report_read(user: User, stored: StoredFile) -> None:
    """Write down who downloads a document, and everybody whom it is about."""
    item = ReportItem.objects.filter(file=stored).first()
    if item is None:
        return
    read = [item]
    if item.subject_kind == "joined":
        read = list(ReportItem.objects.filter(run=item.run_id, subject_kind="agent")) or read
    agents = [one.subject_id for one in read if one.subject_kind == "agent"]
    people = User.objects.in_bulk(agents)
    for one in read:
        about = people.get(one.subject_id) if one.subject_kind == "agent" else None
        access_log.note(
            kind=AccessKind.DOWNLOADED_REPORT, record=one, by=user, at=timezone.now(), about=about
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
