"""Corrections: what was posted is never changed, a further transaction turns it round."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback.actions import postings
from feedback.models import PointsAccount, PointsTransaction, Posting
from feedback.models.points import EARNING_KINDS, AccountKind, TransactionKind
from feedback.recognition_events import PointsReversed
from feedback.site_days import first_of_month
from lib import events
from lib.refusals import Refused, need_reason


class AlreadyReversed(Refused):
    def __init__(self) -> None:
        super().__init__("This was corrected before.")


class NotReversible(Refused):
    def __init__(self, kind: str) -> None:
        super().__init__(f"“{kind}” cannot be corrected; only points that people earned can.")


class PointsAlreadyUsed(Refused):
    def __init__(self) -> None:
        super().__init__("Points were already used, so this can no longer be taken back.")


def reverse_points(
    *,
    entry: PointsTransaction,
    reason: str,
    by: User | None,
    at: datetime,
    must_be_whole: bool = False,
) -> PointsTransaction:
    """Take earned points back; what a wallet no longer holds is written off.

    Lifetime points lose the full amount. `must_be_whole` refuses instead of writing off. Raises
    AlreadyReversed, NotReversible, PointsAlreadyUsed.
    """
    reason = need_reason(reason, 10)
    if entry.kind not in EARNING_KINDS:
        raise NotReversible(entry.get_kind_display())
    with transaction.atomic():
        rows = list(Posting.objects.filter(transaction=entry).select_related("account__budget"))
        write_off = postings.system(AccountKind.WRITE_OFF)
        issuance = postings.system(AccountKind.ISSUANCE)
        held = {
            row.pk: row
            for row in postings.locked([row.account_id for row in rows] + [write_off.pk])
        }
        if PointsTransaction.objects.filter(reverses=entry).exists():
            raise AlreadyReversed
        entries: list[tuple[PointsAccount, int]] = []
        lifetime: dict[int, int] = {}
        for row in rows:
            account = held[row.account_id]
            if row.amount < 0:
                entries.append((_origin(account, issuance, entry, at), -row.amount))
                continue
            taken = min(row.amount, account.balance)
            if must_be_whole and taken < row.amount:
                raise PointsAlreadyUsed
            entries += [(account, -taken), (write_off, taken - row.amount)]
            lifetime[account.pk] = -row.amount
        turned = postings.post(
            kind=TransactionKind.REVERSAL,
            key=f"reversal:{entry.pk}",
            entries=entries,
            by=by,
            at=at,
            reason=reason,
            source=(entry.source_type, entry.source_id),
            reverses=entry,
            lifetime=lifetime,
        )
        _follow(turned, entry, by, at, reason)
    return turned


def reverse_source(
    *, source_type: str, source_id: int, reason: str, by: User | None, at: datetime
) -> int:
    """Take back all that one thing gave and that still stands; how many transactions that were."""
    rows = PointsTransaction.objects.filter(
        source_type=source_type,
        source_id=source_id,
        kind__in=EARNING_KINDS,
        reversed_by__isnull=True,
    )
    for entry in rows:
        reverse_points(entry=entry, reason=reason, by=by, at=at)
    return len(rows)


def _origin(
    account: PointsAccount, issuance: PointsAccount, entry: PointsTransaction, at: datetime
) -> PointsAccount:
    """Where points go back to: an allowance of a past month and a closed budget have lapsed."""
    is_past = first_of_month(entry.at) != first_of_month(at)
    if account.kind == AccountKind.ALLOWANCE and is_past:
        return issuance
    if account.budget is not None and account.budget.closed_at is not None:
        return issuance
    return account


def _follow(
    turned: PointsTransaction,
    entry: PointsTransaction,
    by: User | None,
    at: datetime,
    reason: str,
) -> None:
    points = sum(row.amount for row in turned.postings.all() if row.amount > 0)
    audit.record(
        verb="reverse_points",
        record=turned,
        by=by,
        at=at,
        after={"reverses": entry.pk, "points": points},
        reason=reason,
    )
    events.publish(
        PointsReversed(
            at=at,
            by_id=by.pk if by else None,
            transaction_id=turned.pk,
            reversed_id=entry.pk,
            points=points,
        )
    )
