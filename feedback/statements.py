"""Statements of a wallet, of budgets and orders, with the totals that the ledger proves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Team, TeamMembership, User
from feedback import ledger
from feedback.models import (
    Budget,
    PointsAccount,
    PointsTransaction,
    Posting,
    RecognitionPolicy,
    Redemption,
)
from feedback.models.points import AccountKind
from feedback.site_days import first_of_month, month_span, site_day
from lib.tabular.cells import CellValue


@dataclass(frozen=True)
class Statement:
    """One wallet over the site's current month; opening + received + spent = closing."""

    opening: int
    received: int
    spent: int
    closing: int


@dataclass(frozen=True)
class BudgetUse:
    """What of a budget is used, left, and where it will end at the pace so far."""

    budget: Budget
    left: int

    @property
    def used(self) -> int:
        return max(0, self.budget.points - self.left)

    @property
    def used_percent(self) -> int:
        return min(100, round(100 * self.used / self.budget.points))

    def forecast(self, at: datetime) -> int | None:
        """Points used by the end at the pace so far; None in the first three days."""
        days = (site_day(at) - self.budget.starts_on).days
        if days < 3:
            return None
        return round(self.used * (self.budget.ends_on - self.budget.starts_on).days / days)

    @property
    def is_warned(self) -> bool:
        return self.used_percent >= self.budget.warn_percent


@dataclass(frozen=True)
class Liability:
    """Open points as money, with the proof of the books."""

    rows: list[tuple[str, int, Decimal]]
    held: int
    points: int
    money: Decimal
    currency: str
    rate: Decimal
    sum_of_postings: int
    last_transaction: int | None


def statement_of(person: User, at: datetime) -> Statement:
    """One query for the balance, one for the month."""
    wallet = PointsAccount.objects.filter(owner=person, kind=AccountKind.WALLET).first()
    if wallet is None:
        return Statement(0, 0, 0, 0)
    start, _end = month_span(first_of_month(at))
    moved = Posting.objects.filter(account=wallet, transaction__at__gte=start).aggregate(
        received=Sum("amount", filter=Q(amount__gt=0)), spent=Sum("amount", filter=Q(amount__lt=0))
    )
    received, spent = moved["received"] or 0, moved["spent"] or 0
    return Statement(wallet.balance - received - spent, received, spent, wallet.balance)


def statement_rows(person: User) -> Iterator[list[CellValue]]:
    """The lines of a wallet's CSV, oldest first, and the total."""
    yield ["Date", "What", "Reason", "Points", "Balance"]
    total = 0
    for row in Posting.objects.of_person(person).order_by("id").iterator(chunk_size=2000):
        entry = row.transaction
        total += row.amount
        yield [
            timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M"),
            entry.get_kind_display(),
            entry.reason,
            row.amount,
            row.balance_after,
        ]
    yield ["Total", "", "", total, total]


def redemption_rows(rows: QuerySet[Redemption]) -> Iterator[list[CellValue]]:
    yield ["Ordered", "Person", "Reward", "Quantity", "Points", "State", "Decided by", "Reason"]
    total = 0
    for row in rows.select_related("user", "reward", "decided_by").iterator(chunk_size=2000):
        total += row.price_points
        yield [
            timezone.localtime(row.ordered_at).strftime("%Y-%m-%d %H:%M"),
            row.user.short_name,
            row.reward.name,
            row.quantity,
            row.price_points,
            row.get_state_display(),
            row.decided_by.short_name if row.decided_by else "",
            row.reason,
        ]
    yield ["Total", "", "", "", total, "", "", ""]


def budget_uses(rows: QuerySet[Budget]) -> list[BudgetUse]:
    """One query."""
    return [BudgetUse(row, row.account.balance) for row in rows.select_related("team", "account")]


def budget_rows(uses: list[BudgetUse]) -> Iterator[list[CellValue]]:
    yield ["Budget", "From", "Until", "Points", "Used", "Left"]
    for use in uses:
        budget = use.budget
        yield [
            budget.owner_name,
            str(budget.starts_on),
            str(budget.ends_on),
            budget.points,
            use.used,
            use.left,
        ]
    yield [
        *("Total", "", ""),
        sum(use.budget.points for use in uses),
        sum(use.used for use in uses),
        sum(use.left for use in uses),
    ]


def liability_of(teams: QuerySet[Team], at: datetime) -> Liability:
    """Open points of the people who are in these teams now, and the proof over all books."""
    policy = RecognitionPolicy.current()
    newest = PointsTransaction.objects.order_by("-pk").first()
    spans = TeamMembership.objects.in_force(at).agents().filter(team__in=teams)
    team_of = dict(spans.values_list("user_id", "team__name"))
    wallets = PointsAccount.objects.filter(kind=AccountKind.WALLET, balance__gt=0)
    by_team: dict[str, int] = {}
    for owner, balance in wallets.values_list("owner_id", "balance"):
        name = team_of.get(owner)
        if name is not None:
            by_team[name] = by_team.get(name, 0) + balance
    held = (
        Redemption.objects.holding()
        .filter(user__in=team_of)
        .aggregate(total=Sum("price_points"))["total"]
        or 0
    )
    points = sum(by_team.values()) + held
    return Liability(
        rows=[
            (name, count, ledger.liability(count, policy.point_rate))
            for name, count in sorted(by_team.items())
        ],
        held=held,
        points=points,
        money=ledger.liability(points, policy.point_rate),
        currency=policy.currency,
        rate=policy.point_rate,
        sum_of_postings=Posting.objects.aggregate(total=Sum("amount"))["total"] or 0,
        last_transaction=newest.pk if newest else None,
    )
