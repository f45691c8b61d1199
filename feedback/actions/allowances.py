"""What people may give: the monthly allowance, boosts, and what lapses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback import ledger
from feedback.actions import postings
from feedback.models import Boost, PointsAccount, PointsTransaction, RecognitionPolicy
from feedback.models.points import MOST_POINTS, AccountKind, TransactionKind
from feedback.site_days import first_of_month
from lib.refusals import Invalid, need_reason


@dataclass(frozen=True)
class Giveable:
    """What a person may give right now, and from which account it would come."""

    allowance: PointsAccount
    boost: PointsAccount

    @property
    def total(self) -> int:
        return self.allowance.balance + self.boost.balance

    def entries(self, points: int) -> list[tuple[PointsAccount, int]]:
        """The allowance is spent first, the boost last."""
        from_allowance, from_boost = ledger.split(points, self.allowance.balance)
        return [(self.allowance, -from_allowance), (self.boost, -from_boost)]


def giveable_of(person: User, at: datetime) -> Giveable:
    """Issue what is due and tell what may be given; locks the person's giving accounts.

    Call it inside the transaction that gives.
    """
    month = first_of_month(at)
    accounts = postings.personal_accounts([person], AccountKind.ALLOWANCE, AccountKind.BOOST)
    held = {row.kind: row for row in postings.locked(row.pk for row in accounts.values())}
    allowance, boost = held[AccountKind.ALLOWANCE], held[AccountKind.BOOST]
    if not PointsTransaction.objects.filter(idempotency_key=_key(person, month)).exists():
        issue_allowance(person=person, account=allowance, month=month, at=at)
        allowance.refresh_from_db()
    return Giveable(allowance, boost)


def shown_giveable(person: User, at: datetime) -> Giveable:
    """The same for a page, which only reads: what is due counts before it is issued."""
    month = first_of_month(at)
    kinds = (AccountKind.ALLOWANCE, AccountKind.BOOST)
    rows = PointsAccount.objects.filter(owner=person, kind__in=kinds)
    held = {kind: PointsAccount(owner=person, kind=kind) for kind in kinds}
    held |= {AccountKind(row.kind): row for row in rows}
    if not PointsTransaction.objects.filter(idempotency_key=_key(person, month)).exists():
        held[AccountKind.ALLOWANCE].balance = _due(person, month)
    return Giveable(held[AccountKind.ALLOWANCE], held[AccountKind.BOOST])


def issue_allowance(
    *, person: User, account: PointsAccount, month: date, at: datetime
) -> PointsTransaction:
    """Let the rest of the old month lapse and issue the new one; once for person and month."""
    due = _due(person, month)
    issuance = postings.system(AccountKind.ISSUANCE)
    if account.balance:
        postings.post(
            kind=TransactionKind.LAPSE,
            key=f"lapse:{person.pk}:{month:%Y-%m}",
            entries=[(account, -account.balance), (issuance, account.balance)],
            by=None,
            at=at,
        )
    return postings.post(
        kind=TransactionKind.ALLOWANCE,
        key=_key(person, month),
        entries=[(issuance, -due), (account, due)],
        by=None,
        at=at,
    )


def boost_giving(
    *, person: User, points: int, last_on: date | None, reason: str, by: User, at: datetime
) -> Boost:
    """Let somebody give more: every month until `last_on`, or once without one."""
    reason = need_reason(reason, 10)
    if not 1 <= points <= MOST_POINTS:
        raise Invalid("points", f"Give 1 to {MOST_POINTS:,} points.")
    with transaction.atomic():
        boost = Boost.objects.create(
            user=person, points=points, last_on=last_on, reason=reason, by=by
        )
        if last_on is None:
            accounts = postings.personal_accounts([person], AccountKind.BOOST)
            issuance = postings.system(AccountKind.ISSUANCE)
            postings.post(
                kind=TransactionKind.BOOST,
                key=f"boost:{boost.pk}",
                entries=[
                    (issuance, -points),
                    (accounts[person.pk, AccountKind.BOOST], points),
                ],
                by=by,
                at=at,
                reason=reason,
                source=("boost", boost.pk),
            )
        audit.record(
            verb="boost_giving",
            record=boost,
            by=by,
            at=at,
            after={"points": points, "last_on": str(last_on or "")},
            reason=reason,
        )
    return boost


def issue_and_lapse(*, at: datetime, after_id: int = 0, limit: int = 200) -> int | None:
    """Issue the allowances of the month for people after an id; the last id, None at the end."""
    people = list(User.objects.filter(is_active=True, pk__gt=after_id).order_by("pk")[:limit])
    for person in people:
        with transaction.atomic():
            giveable_of(person, at)
    return people[-1].pk if people else None


def _due(person: User, month: date) -> int:
    """What a month brings: the allowance of everybody, and boosts that still run."""
    rows = Boost.objects.filter(user=person, last_on__isnull=False)
    boosts = [(row.points, row.last_on) for row in rows if row.last_on]
    return ledger.allowance_of(RecognitionPolicy.current().monthly_allowance, boosts, month)


def _key(person: User, month: date) -> str:
    return f"allowance:{person.pk}:{month:%Y-%m}"
