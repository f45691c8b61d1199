"""The one way points move: balanced postings, written once for a key, never below zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from feedback.models import Budget, PointsAccount, PointsTransaction, Posting
from feedback.models.points import (
    EARNING_KINDS,
    MOST_POINTS,
    NEVER_BELOW_ZERO,
    AccountKind,
    TransactionKind,
)
from lib import faults
from lib.refusals import Refused

Entries = Sequence[tuple[PointsAccount, int]]
SPENDING_KINDS = (TransactionKind.KUDOS, TransactionKind.REDEEM)
_NAMES = {
    AccountKind.ALLOWANCE: gettext_noop("The allowance of this month"),
    AccountKind.BOOST: gettext_noop("The one-time boost"),
    AccountKind.WALLET: gettext_noop("The wallet"),
}


class NotEnoughPoints(Refused):
    """An account holds less than was asked for."""

    def __init__(self, account: PointsAccount, needed: int) -> None:
        self.account = account
        if account.kind == AccountKind.BUDGET:
            budget = account.budget
            assert budget is not None
            sentence = _(
                "The budget of {owner} holds {balance} points until {day}; {needed} are needed."
            ).format(
                owner=budget.owner_name,
                balance=account.balance,
                day=date_format(budget.ends_on, "j M Y"),
                needed=needed,
            )
        else:
            name = _(_NAMES.get(AccountKind(account.kind), account.get_kind_display()))
            sentence = _("{name} holds {balance} points; {needed} are needed.").format(
                name=name, balance=account.balance, needed=needed
            )
        super().__init__(sentence)


class AccountFrozen(Refused):
    def __init__(self) -> None:
        super().__init__(_("The points of this person are frozen, since they left."))


class UnbalancedPostings(ValueError):
    """A programming error: postings must move something and sum to zero."""


def post(
    *,
    kind: str,
    key: str,
    entries: Entries,
    by: User | None,
    at: datetime,
    reason: str = "",
    source: tuple[str, int | None] = ("", None),
    reverses: PointsTransaction | None = None,
    lifetime: Mapping[int, int] | None = None,
) -> PointsTransaction:
    """Move points once for `key`; the same key again returns what was written then.

    `lifetime` says by how much lifetime points of an account change where that is not the amount
    itself. Raises NotEnoughPoints and AccountFrozen. Six queries.
    """
    amounts = merged(entries)
    with transaction.atomic():
        accounts = locked(amounts)
        done = PointsTransaction.objects.filter(idempotency_key=key).first()
        if done is not None:
            return done
        for account in accounts:
            _check(account, amounts[account.pk], kind)
        entry = PointsTransaction.objects.create(
            kind=kind,
            idempotency_key=key,
            by=by,
            at=at,
            reason=reason,
            source_type=source[0],
            source_id=source[1],
            reverses=reverses,
        )
        earned = lifetime if lifetime is not None else _earned(accounts, amounts, kind)
        _write(entry, accounts, amounts, earned)
        faults.reach("feedback.post.before_commit")
    return entry


def personal_accounts(people: Iterable[User], *kinds: str) -> dict[tuple[int, str], PointsAccount]:
    """Accounts by (person id, kind); missing ones are made. At most three queries."""
    owners = list({person.pk: person for person in people}.values())
    rows = PointsAccount.objects.filter(owner__in=owners, kind__in=kinds).select_related("owner")
    found = {(row.owner_id, row.kind): row for row in rows if row.owner_id}
    missing = [
        PointsAccount(owner=person, kind=kind)
        for person in owners
        for kind in kinds
        if (person.pk, kind) not in found
    ]
    if missing:
        PointsAccount.objects.bulk_create(missing, ignore_conflicts=True)
        found = {(row.owner_id, row.kind): row for row in rows.all() if row.owner_id}
    return found


def wallets(people: Iterable[User]) -> list[PointsAccount]:
    return list(personal_accounts(people, AccountKind.WALLET).values())


def system(kind: str) -> PointsAccount:
    """One of the accounts of the system itself; made on first use."""
    return PointsAccount.objects.get_or_create(kind=kind, owner=None, budget=None)[0]


def account_of(budget: Budget) -> PointsAccount:
    return PointsAccount.objects.select_related("budget__team").get_or_create(
        kind=AccountKind.BUDGET, budget=budget
    )[0]


def merged(entries: Entries) -> dict[int, int]:
    """Amounts by account id; raises UnbalancedPostings."""
    amounts: dict[int, int] = {}
    for account, amount in entries:
        if abs(amount) > MOST_POINTS * 100:
            raise UnbalancedPostings(f"{amount} points are more than may move at once.")
        amounts[account.pk] = amounts.get(account.pk, 0) + amount
    amounts = {pk: amount for pk, amount in amounts.items() if amount != 0}
    if len(amounts) < 2 or sum(amounts.values()) != 0:
        raise UnbalancedPostings(f"Postings must sum to zero: {sorted(amounts.values())}")
    return amounts


def locked(pks: Iterable[int]) -> list[PointsAccount]:
    """The accounts as they are now, held until the transaction ends, in the order of their ids."""
    rows = PointsAccount.objects.select_related("budget__team").order_by("pk")
    if faults.guard_is_on("feedback.account_lock"):
        rows = rows.select_for_update(of=("self",))
    return list(rows.filter(pk__in=list(pks)))


# --- Below ------------------------------------------------------------------------------------


def _check(account: PointsAccount, amount: int, kind: str) -> None:
    if amount >= 0:
        return
    if account.is_frozen and kind in SPENDING_KINDS:
        raise AccountFrozen
    if account.kind in NEVER_BELOW_ZERO and account.balance + amount < 0:
        raise NotEnoughPoints(account, -amount)


def _earned(accounts: list[PointsAccount], amounts: dict[int, int], kind: str) -> dict[int, int]:
    if kind not in EARNING_KINDS:
        return {}
    rows = [account for account in accounts if account.kind == AccountKind.WALLET]
    return {account.pk: amounts[account.pk] for account in rows}


def _write(
    entry: PointsTransaction,
    accounts: list[PointsAccount],
    amounts: dict[int, int],
    earned: Mapping[int, int],
) -> None:
    for account in accounts:
        account.balance += amounts[account.pk]
        account.lifetime += earned.get(account.pk, 0)
    PointsAccount.objects.bulk_update(accounts, ["balance", "lifetime"])
    Posting.objects.bulk_create(
        Posting(
            transaction=entry,
            account=account,
            amount=amounts[account.pk],
            balance_after=account.balance,
        )
        for account in accounts
    )
