"""The recognition dashboard: teams, never people; groups under five are hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from accounts.models import Team, TeamMembership, User
from feedback.equity import GroupRow, equity_of
from feedback.models import BadgeAward, Budget, Kudos, KudosRecipient, Nomination, Posting
from feedback.models.kudos import KudosSource
from feedback.models.points import AccountKind, TransactionKind
from feedback.site_days import site_day
from feedback.statements import BudgetUse, budget_uses
from lib import charts


@dataclass(frozen=True)
class TeamLine:
    """Thanks of one team in the month, and who received none within 90 days; hidden if small."""

    group: GroupRow
    given: int
    received: int

    @property
    def is_hidden(self) -> bool:
        return self.group.share is None

    @property
    def without_percent(self) -> float | None:
        return None if self.group.share is None else 100 * self.group.share


@dataclass(frozen=True)
class PointsLine:
    """What moved wallets, by its kind."""

    kind: str
    points_in: int
    points_out: int


@dataclass(frozen=True)
class RecognitionBoard:
    lines: list[TeamLine]
    praise: int
    badges: int
    awards: int
    points: list[PointsLine]
    budgets: list[BudgetUse]

    @property
    def shown(self) -> list[TeamLine]:
        return [line for line in self.lines if not line.is_hidden]

    @property
    def given(self) -> int:
        return sum(line.given for line in self.shown)

    @property
    def received(self) -> int:
        return sum(line.received for line in self.shown)

    @property
    def chart(self) -> charts.Chart | None:
        if not self.shown:
            return None
        groups = [line.group for line in self.shown]
        return charts.interval_dots(
            [group.name for group in groups],
            [_hundred(group.share) for group in groups],
            [_hundred(group.low) for group in groups],
            [_hundred(group.high) for group in groups],
            [group.n for group in groups],
            title="Received nothing within 90 days",
            label_header="Team",
            note="95 % intervals. Teams in the order of their names.",
        )


def recognition_board_of(
    user: User, teams: Collection[Team], start: datetime, end: datetime, at: datetime
) -> RecognitionBoard:
    """Of these teams, in [start, end); totals are those of the teams that are shown. 11 queries."""
    groups = {row.name: row for row in equity_of(at).by_team}
    known = [(team, groups[team.name]) for team in teams if team.name in groups]
    shown = [team.pk for team, group in known if group.share is not None]
    spans = TeamMembership.objects.in_force(at).agents().filter(team__in=shown)
    team_of = dict(spans.values_list("user_id", "team_id"))
    posted = Kudos.objects.posted().filter(posted_at__gte=start, posted_at__lt=end)
    given = Counter(
        team_of[giver]
        for giver in posted.filter(giver__in=team_of).values_list("giver_id", flat=True)
        if giver is not None
    )
    recipients = KudosRecipient.objects.filter(kudos__in=posted, team__in=shown).order_by()
    received = dict(recipients.values_list("team").annotate(n=Count("pk")))
    badges = BadgeAward.objects.standing().filter(awarded_at__gte=start, awarded_at__lt=end)
    won = Nomination.objects.filter(state="won", updated_at__gte=start, updated_at__lt=end)
    budgets = Budget.objects.visible_to(user).on(site_day(at))
    return RecognitionBoard(
        lines=[TeamLine(group, given[team.pk], received.get(team.pk, 0)) for team, group in known],
        praise=recipients.filter(kudos__source=KudosSource.CUSTOMER).count(),
        badges=badges.filter(agent__in=team_of).count(),
        awards=won.filter(nominee__in=team_of).count(),
        points=points_of(team_of, start, end),
        budgets=budget_uses(budgets),
    )


def points_of(people: Collection[int], start: datetime, end: datetime) -> list[PointsLine]:
    """Into and out of wallets, in the order of the kinds; one query."""
    rows = Posting.objects.filter(
        account__kind=AccountKind.WALLET,
        account__owner__in=people,
        transaction__at__gte=start,
        transaction__at__lt=end,
    )
    sums = (
        rows.order_by()
        .values_list("transaction__kind")
        .annotate(
            points_in=Sum("amount", filter=Q(amount__gt=0), default=0),
            points_out=-Sum("amount", filter=Q(amount__lt=0), default=0),
        )
    )
    found = {kind: (into, out) for kind, into, out in sums}
    return [
        PointsLine(str(label), *found[kind])
        for kind, label in TransactionKind.choices
        if kind in found
    ]


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value
