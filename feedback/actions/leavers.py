"""What happens to points when people leave, come back, or when points grow old."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback import ledger
from feedback.actions import postings
from feedback.actions.rewards import cancel_redemption
from feedback.models import PointsAccount, Posting, RecognitionPolicy, Redemption
from feedback.models.points import (
    EARNING_KINDS,
    PERSONAL_KINDS,
    AccountKind,
    TransactionKind,
)
from feedback.models.policy import LeaverPolicy
from feedback.models.rewards import RedemptionState
from feedback.site_days import site_day


def freeze_points(*, person: User, at: datetime) -> None:
    """The person left: nothing is spent any more, waiting orders are refunded, giving lapses."""
    with transaction.atomic():
        for redemption in Redemption.objects.filter(user=person, state=RedemptionState.PENDING):
            cancel_redemption(
                redemption=redemption, by=None, at=at, reason="The person left the company."
            )
        accounts = PointsAccount.objects.filter(owner=person, kind__in=PERSONAL_KINDS)
        issuance = postings.system(AccountKind.ISSUANCE)
        for account in accounts.filter(
            kind__in=[AccountKind.ALLOWANCE, AccountKind.BOOST], balance__gt=0
        ):
            postings.post(
                kind=TransactionKind.LAPSE,
                key=f"leave:{account.pk}:{at:%Y%m%d%H%M%S}",
                entries=[(account, -account.balance), (issuance, account.balance)],
                by=None,
                at=at,
            )
        accounts.update(is_frozen=True)
        audit.record(verb="freeze_points", record=person, by=None, at=at)


def thaw_points(*, person: User, at: datetime) -> None:
    """The person is back: what is still there can be used again."""
    with transaction.atomic():
        PointsAccount.objects.filter(owner=person).update(is_frozen=False)
        audit.record(verb="thaw_points", record=person, by=None, at=at)


def close_leavers(*, at: datetime) -> int:
    """Close the wallets of those who left long enough ago, as the site's policy says."""
    policy = RecognitionPolicy.current()
    since = at - timedelta(days=policy.leaver_days)
    rows = PointsAccount.objects.filter(
        kind=AccountKind.WALLET, is_frozen=True, balance__gt=0, owner__deactivated_at__lte=since
    ).select_related("owner")
    is_paid = policy.leaver_policy == LeaverPolicy.PAY_OUT
    kind = TransactionKind.PAY_OUT if is_paid else TransactionKind.EXPIRE
    target = postings.system(AccountKind.PAID_OUT if is_paid else AccountKind.EXPIRED)
    closed = 0
    for account in rows:
        left_at = account.owner.deactivated_at if account.owner else None
        postings.post(
            kind=kind,
            key=f"leaver:{account.pk}:{left_at:%Y%m%d%H%M%S}",
            entries=[(account, -account.balance), (target, account.balance)],
            by=None,
            at=at,
            reason="Left the company.",
        )
        closed += 1
    return closed


def expire_points(*, month: date, at: datetime) -> int:
    """Let points expire that are older than the policy allows; once for person and month."""
    life = RecognitionPolicy.current().life_months
    if life is None:
        return 0
    expired_account = postings.system(AccountKind.EXPIRED)
    count = 0
    rows = PointsAccount.objects.filter(kind=AccountKind.WALLET, balance__gt=0, is_frozen=False)
    for wallet in rows:
        points = min(wallet.balance, expiring(wallet, month, life))
        if points:
            postings.post(
                kind=TransactionKind.EXPIRE,
                key=f"expire:{wallet.pk}:{month:%Y-%m}",
                entries=[(wallet, -points), (expired_account, points)],
                by=None,
                at=at,
                reason=f"Older than {life} months.",
            )
            count += 1
    return count


def expiring(wallet: PointsAccount, month: date, life_months: int) -> int:
    """How many points of a wallet expire at the end of `month`. One query."""
    earned: list[tuple[date, int]] = []
    spent: list[tuple[date, int]] = []
    rows = Posting.objects.filter(account=wallet).values_list(
        "transaction__kind", "transaction__at", "amount"
    )
    for kind, at, amount in rows:
        on = site_day(at)
        if kind in EARNING_KINDS:
            earned.append((on, amount))
        elif kind != TransactionKind.EXPIRE or on.replace(day=1) < month.replace(day=1):
            spent.append((on, -amount))
    return ledger.expired(earned, spent, month, life_months)
