"""The coaching board: sessions by state, and how much each coach carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean, median

from django.db.models import Count, QuerySet

from accounts.models import User
from training.actions.assigning import local_today
from training.measuring import Standing, standing_on
from training.models import ActionItem, CoachingSession, Proposal
from training.models.coaching import SessionState

LEAST_RATINGS = 5
LOOKS_BACK = timedelta(days=180)
COLUMNS = (
    ("planned", "Planned", ("planned", "missed")),
    ("to_share", "To share", ("held",)),
    ("waiting", "Waiting for the agent", ("shared", "contested")),
    ("follow_up", "Follow-up due", ("acknowledged",)),
)


@dataclass(frozen=True)
class Card:
    session: CoachingSession
    at: datetime

    @property
    def is_late(self) -> bool:
        session = self.session
        if session.state == SessionState.SHARED:
            due = session.acknowledgement_due_at
            return due is not None and due < self.at
        return session.state in ("missed", "contested") or (
            session.state == SessionState.PLANNED and session.starts_at < self.at
        )

    @property
    def age_days(self) -> int:
        """Days since it came into this column."""
        session = self.session
        since = session.acknowledged_at or session.shared_at or session.held_at
        return max(0, (self.at - (since or session.starts_at)).days)

    @property
    def order(self) -> tuple[bool, datetime]:
        return not self.is_late, self.session.starts_at


@dataclass
class Load:
    """What one coach has planned, held and missed in half a year.

    `overdue` are agreed actions past their day that nobody has closed; `waits` the days from a
    proposal to the session held about it.
    """

    coach: User
    planned: int = 0
    held: int = 0
    missed: int = 0
    overdue: int = 0
    ratings: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    @property
    def median_wait(self) -> float | None:
        return median(self.waits) if self.waits else None

    @property
    def rating(self) -> float | None:
        """The mean of five and more ratings, else nothing."""
        return fmean(self.ratings) if len(self.ratings) >= LEAST_RATINGS else None


@dataclass(frozen=True)
class CoachingBoard:
    columns: list[tuple[str, str, list[Card]]]
    loads: list[Load]

    @property
    def is_empty(self) -> bool:
        return not any(cards for _, _, cards in self.columns) and not self.loads


def coaching_board_of(user: User, at: datetime, *, team_id: int | None = None) -> CoachingBoard:
    """Sessions of half a year that the person may see. Four queries."""
    rows = CoachingSession.objects.visible_to(user).exclude(agent=user)
    rows = rows.filter(starts_at__gte=at - LOOKS_BACK).select_related("agent", "coach")
    if team_id is not None:
        rows = rows.filter(
            agent__memberships__team=team_id,
            agent__memberships__kind="agent",
            agent__memberships__ends_at__isnull=True,
        ).distinct()
    cards: dict[str, list[Card]] = defaultdict(list)
    loads: dict[int, Load] = {}
    for session in rows:
        cards[session.state].append(Card(session, at))
        _count(loads.setdefault(session.coach_id, Load(session.coach)), session)
    _count_overdue(loads, at)
    _measure_waits(loads, rows)
    columns = [
        (name, title, sorted((c for s in states for c in cards[s]), key=lambda c: c.order))
        for name, title, states in COLUMNS
    ]
    return CoachingBoard(columns, sorted(loads.values(), key=lambda load: load.coach.full_name))


def _count(load: Load, session: CoachingSession) -> None:
    if session.state == SessionState.PLANNED:
        load.planned += 1
    elif session.state == SessionState.MISSED:
        load.missed += 1
    elif session.state != SessionState.CANCELED:
        load.held += 1
    if session.agent_rating is not None:
        load.ratings.append(session.agent_rating)


def _count_overdue(loads: Mapping[int, Load], at: datetime) -> None:
    items = ActionItem.objects.running().filter(closed_at__isnull=True, due_on__lt=local_today(at))
    of_coaches = items.filter(session__coach__in=loads).order_by().values_list("session__coach")
    for coach, count in of_coaches.annotate(count=Count("pk")):
        loads[coach].overdue = count


def _measure_waits(loads: Mapping[int, Load], rows: QuerySet[CoachingSession]) -> None:
    held = Proposal.objects.filter(session__in=rows.values("pk"), session__held_at__isnull=False)
    spans = held.values_list("session__coach", "created_at", "session__held_at")
    for coach, since, until in spans.order_by():
        if until is not None:
            loads[coach].waits.append(max(0, (until - since).days))


def own_standings(user: User, at: datetime) -> list[Standing]:
    """The person's own running actions that were shared with them, the next due first."""
    today = local_today(at)
    items = ActionItem.objects.running().shown_to_agent().filter(agent=user)
    recent = items.filter(due_on__gte=today - timedelta(days=30))
    wanted = recent.select_related("agent", "scorecard", "course", "session")[:20]
    return [standing_on(item, today) for item in wanted]
