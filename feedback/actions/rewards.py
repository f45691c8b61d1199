"""Verbs of rewards: order one, approve, decline, cancel, hand over."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import TeamMembership, User
from feedback import ledger
from feedback.actions import postings
from feedback.models import PointsAccount, Redemption, Reward
from feedback.models.points import AccountKind, TransactionKind
from feedback.models.rewards import (
    REDEMPTION_TRANSITIONS,
    LimitPeriod,
    RedemptionState,
)
from feedback.recognition_events import RedemptionDecided
from feedback.site_days import site_day
from lib import events, faults
from lib.refusals import Forbidden, Invalid, Refused, need_reason
from lib.sentences import said
from ops import files, mail, uploads
from ops.jobs import enqueue
from ops.models import StoredFile
from ops.uploads import Upload

PICTURE = "reward_image"


class NotOffered(Refused):
    def __init__(self, reward: Reward) -> None:
        super().__init__(_("{name} is not offered to you at present.").format(name=reward.name))


class OutOfStock(Refused):
    def __init__(self, reward: Reward) -> None:
        super().__init__(_("There are not enough of {name} left.").format(name=reward.name))


class LimitReached(Refused):
    def __init__(self, reward: Reward) -> None:
        period = reward.get_limit_period_display().lower()
        super().__init__(
            _("{name} can be ordered {times} times {period} by one person.").format(
                name=reward.name, times=reward.per_person_limit, period=period
            )
        )


class NotYoursToDecide(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Nobody decides on their own order."))


class OrderDecided(Refused):
    def __init__(self, redemption: Redemption) -> None:
        state = redemption.get_state_display().lower()
        super().__init__(_("This order is {state} already.").format(state=state))


def redeem_reward(*, reward: Reward, quantity: int, key: str, by: User, at: datetime) -> Redemption:
    """Order a reward: the price is frozen, its points are held, its stock is taken, all or nothing.

    The same key again returns the order of then. Raises Invalid, NotOffered, OutOfStock,
    LimitReached, NotEnoughPoints, AccountFrozen. At most 16 queries.
    """
    if not 1 <= quantity <= 5:
        raise Invalid("quantity", _("Order 1 to 5 of it."))
    with transaction.atomic():
        (wallet,) = postings.locked(row.pk for row in postings.wallets([by]))
        earlier = Redemption.objects.filter(user=by, idempotency_key=key).first()
        if earlier is not None:
            return earlier
        row = Reward.objects.get(pk=reward.pk)
        _check_offer(row, by, at)
        _check_limit(row, quantity, by, at)
        cost = ledger.price(row.cost_points, row.discount_percent, quantity)
        redemption = Redemption.objects.create(
            user=by,
            reward=row,
            price_points=cost,
            quantity=quantity,
            ordered_at=at,
            idempotency_key=key,
        )
        _move(redemption, TransactionKind.REDEEM, (wallet, AccountKind.HELD), by=by, at=at)
        _take_stock(row, quantity)
        audit.record(
            verb="redeem_reward",
            record=redemption,
            by=by,
            at=at,
            after={"reward": row.pk, "price_points": cost, "quantity": quantity},
        )
        if not row.needs_approval:
            _decide(redemption, RedemptionState.APPROVED, None, at, said("Needs no approval."))
    return redemption


def approve_redemption(*, redemption: Redemption, by: User, at: datetime) -> Redemption:
    with transaction.atomic():
        locked = _locked(redemption, RedemptionState.APPROVED, by)
        _decide(locked, RedemptionState.APPROVED, by, at, "")
    return locked


def decline_redemption(
    *, redemption: Redemption, reason: str, by: User, at: datetime
) -> Redemption:
    """Refuse an order; points and stock go back at once."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked = _locked(redemption, RedemptionState.DECLINED, by)
        _refund(locked, by=by, at=at)
        _decide(locked, RedemptionState.DECLINED, by, at, reason)
    return locked


def cancel_redemption(
    *, redemption: Redemption, by: User | None, at: datetime, reason: str = ""
) -> Redemption:
    """Take one's own order back while it waits; `by` None is the system, for a leaver."""
    with transaction.atomic():
        locked = _locked(redemption, RedemptionState.CANCELED, None)
        if by is not None and locked.user_id != by.pk:
            raise NotYoursToDecide
        _refund(locked, by=by, at=at)
        _decide(locked, RedemptionState.CANCELED, by, at, reason or said("Canceled by the person."))
    return locked


def fulfill_redemption(*, redemption: Redemption, by: User, at: datetime) -> Redemption:
    """Note that the person has it now; the points are spent for good."""
    with transaction.atomic():
        locked = _locked(redemption, RedemptionState.FULFILLED, by)
        held = postings.system(AccountKind.HELD)
        _move(locked, TransactionKind.FULFILL, (held, AccountKind.REDEEMED), by=by, at=at)
        locked.state, locked.fulfilled_at = RedemptionState.FULFILLED, at
        locked.save(update_fields=["state", "fulfilled_at", "updated_at"])
        _told(locked, by, at, "")
    return locked


def store_picture(upload: Upload, *, by: User) -> UUID:
    """Keep the picture of a reward, encoded anew; raises BadUpload where it is damaged."""
    stored = uploads.take(upload, kind=PICTURE, by_id=by.pk, media_types=uploads.IMAGES)
    return stored.pk


def remove_picture(pk: UUID | None) -> None:
    """Forget a picture that another one took the place of; None is none."""
    if pk is None:
        return
    for stored in StoredFile.objects.filter(pk=pk, kind=PICTURE):
        files.remove(stored)


# --- Below ------------------------------------------------------------------------------------


def _check_offer(reward: Reward, by: User, at: datetime) -> None:
    today = site_day(at)
    if not Reward.objects.offered(today).filter(pk=reward.pk).exists():
        raise NotOffered(reward)
    regions = set(reward.regions.values_list("pk", flat=True))
    if not regions:
        return
    spans = TeamMembership.objects.in_force(at).filter(user=by, team__in=regions)
    if not spans.exists():
        raise NotOffered(reward)


def _check_limit(reward: Reward, quantity: int, by: User, at: datetime) -> None:
    if reward.per_person_limit is None:
        return
    rows = Redemption.objects.filter(user=by, reward=reward).exclude(
        state__in=[RedemptionState.DECLINED, RedemptionState.CANCELED]
    )
    today = site_day(at)
    if reward.limit_period == LimitPeriod.MONTH:
        rows = rows.filter(ordered_at__date__gte=today.replace(day=1))
    elif reward.limit_period == LimitPeriod.YEAR:
        rows = rows.filter(ordered_at__date__gte=date(today.year, 1, 1))
    ordered = rows.aggregate(n=Sum("quantity"))["n"] or 0
    if ordered + quantity > reward.per_person_limit:
        raise LimitReached(reward)


def _take_stock(reward: Reward, quantity: int) -> None:
    """One conditional update; the last item goes to one person, whoever else asks meanwhile."""
    if reward.stock is None:
        return
    rows = Reward.objects.filter(pk=reward.pk)
    if faults.guard_is_on("feedback.stock"):
        rows = rows.filter(stock__gte=quantity)
        is_taken = rows.update(stock=F("stock") - quantity)
    else:
        is_taken = rows.update(stock=max(0, reward.stock - quantity))
    if not is_taken:
        raise OutOfStock(reward)
    left = reward.stock - quantity
    if left <= reward.low_stock_at < reward.stock:
        enqueue(
            "feedback.warn_stock",
            key=f"stock-{reward.pk}-{reward.version}-{left}",
            reward_id=reward.pk,
        )


def _move(
    redemption: Redemption,
    kind: str,
    way: tuple[PointsAccount, str],
    *,
    by: User | None,
    at: datetime,
) -> None:
    """Move the price from an account to one of the system's."""
    source, target = way
    postings.post(
        kind=kind,
        key=f"{kind}:{redemption.pk}",
        entries=[
            (source, -redemption.price_points),
            (postings.system(target), redemption.price_points),
        ],
        by=by,
        at=at,
        source=("redemption", redemption.pk),
    )


def _refund(redemption: Redemption, *, by: User | None, at: datetime) -> None:
    (wallet,) = postings.wallets([redemption.user])
    postings.post(
        kind=TransactionKind.REFUND,
        key=f"refund:{redemption.pk}",
        entries=[
            (postings.system(AccountKind.HELD), -redemption.price_points),
            (wallet, redemption.price_points),
        ],
        by=by,
        at=at,
        source=("redemption", redemption.pk),
    )
    Reward.objects.filter(pk=redemption.reward_id, stock__isnull=False).update(
        stock=F("stock") + redemption.quantity
    )


def _locked(redemption: Redemption, state: str, by: User | None) -> Redemption:
    rows = Redemption.objects.select_related("user", "reward").select_for_update(of=("self",))
    locked = rows.get(pk=redemption.pk)
    if state not in REDEMPTION_TRANSITIONS[locked.state]:
        raise OrderDecided(locked)
    if by is not None and locked.user_id == by.pk:
        raise NotYoursToDecide
    return locked


def _decide(redemption: Redemption, state: str, by: User | None, at: datetime, reason: str) -> None:
    redemption.state, redemption.decided_by, redemption.decided_at = state, by, at
    redemption.reason = reason
    redemption.save(update_fields=["state", "decided_by", "decided_at", "reason", "updated_at"])
    _told(redemption, by, at, reason)


def _told(redemption: Redemption, by: User | None, at: datetime, reason: str) -> None:
    state = redemption.state
    audit.record(
        verb=f"{state}_redemption",
        record=redemption,
        by=by,
        at=at,
        after={"state": state},
        reason=reason,
    )
    key = f"{redemption.pk}-{state}"
    mail.send("feedback.redemption_decided", key=key, redemption_id=redemption.pk)
    events.publish(
        RedemptionDecided(
            at=at,
            by_id=by.pk if by else None,
            redemption_id=redemption.pk,
            person_id=redemption.user_id,
            state=state,
        )
    )
