"""Verbs of promises: make, keep, withdraw; and what time and telephony settle by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from crm import case_timeline, counters, timeline
from crm.events import PromiseMade, PromiseSettled
from crm.models import Case, Customer, Interaction, Promise
from crm.models.customers import CustomerState
from crm.models.interactions import Direction, Outcome
from crm.models.work import PromiseKind, PromiseQuerySet, PromiseState
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused, need_reason

LEAST_REASON = 10
LONGEST_GRACE_SECONDS = 7 * 86_400
# A call that is told later than this no longer shows on a broken promise.
LATE_FOR = timedelta(days=90)


class NoText(Invalid):
    def __init__(self) -> None:
        super().__init__("text", _("Say what was promised."))


class DueInThePast(Invalid):
    def __init__(self) -> None:
        super().__init__("due_at", _("This moment has passed. Choose a later one."))


class UnusableCustomer(Invalid):
    def __init__(self) -> None:
        super().__init__("customer", _("This customer was merged, deleted or erased."))


class NoProof(Invalid):
    def __init__(self) -> None:
        super().__init__("proof", _("Say how it was kept, in a few words."))


class AlreadySettled(Refused):
    def __init__(self, promise: Promise) -> None:
        state = promise.get_state_display().lower()
        super().__init__(_("This promise is {state} already.").format(state=state))


def make_promise(
    *,
    text: str,
    customer: Customer,
    due_at: datetime,
    by: User,
    at: datetime,
    kind: str = PromiseKind.CALL_BACK,
    case: Case | None = None,
    interaction: Interaction | None = None,
    grace_seconds: int = 0,
) -> Promise:
    """Write down what a customer was promised. Raises NoText, DueInThePast, UnusableCustomer."""
    text = redact(" ".join(text.split()))[:300]
    if not text:
        raise NoText
    if due_at <= at:
        raise DueInThePast
    if customer.state != CustomerState.ACTIVE:
        raise UnusableCustomer
    grace_seconds = min(grace_seconds, LONGEST_GRACE_SECONDS)
    with transaction.atomic():
        promise = Promise.objects.create(
            text=text,
            kind=kind,
            customer=customer,
            case=case,
            interaction=interaction,
            made_by=by,
            made_at=at,
            due_at=due_at,
            grace_seconds=grace_seconds,
            expires_at=due_at + timedelta(seconds=grace_seconds),
        )
        counters.move("promises", before=None, after=by.pk)
        after = {"text": text, "kind": kind, "due_at": due_at.isoformat()}
        audit.record(verb="make_promise", record=promise, by=by, at=at, after=after)
        _tell_timeline(promise)
        events.publish(PromiseMade(at=at, by_id=by.pk, promise_id=promise.pk, state=promise.state))
    return promise


def keep_promise(*, promise: Promise, proof: str, by: User, at: datetime) -> Promise:
    """Say that a promise was kept, and how; a broken one stays broken and was kept late.

    Raises NoProof and AlreadySettled.
    """
    proof = redact(proof.strip())[:500]
    if not proof:
        raise NoProof
    with transaction.atomic():
        locked = _locked(promise)
        if locked.state == PromiseState.BROKEN and locked.kept_late_at is None:
            locked.kept_late_at = at
        elif locked.is_open and at <= locked.expires_at:
            _settle(locked, PromiseState.KEPT, at, by)
        elif locked.is_open:
            _settle(locked, PromiseState.BROKEN, locked.expires_at, None)
            locked.kept_late_at = at
        else:
            raise AlreadySettled(locked)
        locked.proof = proof
        _save(locked, "keep_promise", by, at)
    return locked


def withdraw_promise(*, promise: Promise, reason: str, by: User, at: datetime) -> Promise:
    """The customer no longer expects it. Raises ReasonTooShort and AlreadySettled."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        locked = _locked(promise)
        if not locked.is_open:
            raise AlreadySettled(locked)
        _settle(locked, PromiseState.WITHDRAWN, at, by)
        _save(locked, "withdraw_promise", by, at, reason=reason)
    return locked


def settle_promises(*, at: datetime) -> dict[str, int]:
    """Keep call-backs that were made, then break what has expired. Safe to run twice."""
    return {
        "kept": _settle_by_calls(_called(Promise.objects.open()), at),
        "broken": _break_expired(at),
        "kept_late": _settle_by_calls(
            _called(
                Promise.objects.filter(
                    state=PromiseState.BROKEN,
                    kept_late_at__isnull=True,
                    expires_at__gt=at - LATE_FOR,
                ),
                in_time=False,
            ),
            at,
        ),
    }


# --- Below the verbs ------------------------------------------------------------------------------


def _called(promises: PromiseQuerySet, *, in_time: bool = True) -> PromiseQuerySet:
    """Call-back promises with the first handled call out to the customer that followed, if any."""
    calls = Interaction.objects.filter(
        customer=OuterRef("customer"),
        direction=Direction.OUTBOUND,
        outcome=Outcome.HANDLED,
        started_at__gte=OuterRef("made_at"),
    )
    if in_time:
        calls = calls.filter(started_at__lte=OuterRef("expires_at"))
    first = calls.order_by("started_at", "pk")
    return (
        promises.filter(kind=PromiseKind.CALL_BACK)
        .annotate(
            call_id=Subquery(first.values("pk")[:1]),
            called_at=Subquery(first.values("started_at")[:1]),
        )
        .filter(call_id__isnull=False)
    )


def _settle_by_calls(promises: PromiseQuerySet, at: datetime) -> int:
    settled = 0
    for found in promises.order_by("pk"):
        with transaction.atomic():
            locked = _locked(found)
            if locked.is_open:
                _settle(locked, PromiseState.KEPT, found.called_at, None)  # type: ignore[attr-defined]
            elif locked.state == PromiseState.BROKEN and locked.kept_late_at is None:
                locked.kept_late_at = found.called_at  # type: ignore[attr-defined]
            else:
                continue
            locked.proof_interaction_id = found.call_id  # type: ignore[attr-defined]
            _save(locked, "keep_promise", None, at)
            settled += 1
    return settled


def _break_expired(at: datetime) -> int:
    broken = 0
    for found in Promise.objects.expired(at).order_by("pk"):
        with transaction.atomic():
            locked = _locked(found)
            if not locked.is_open:
                continue
            _settle(locked, PromiseState.BROKEN, locked.expires_at, None)
            _save(locked, "break_promise", None, at)
            broken += 1
    return broken


def _tell_timeline(promise: Promise) -> None:
    timeline.write("promise", case_timeline.promise_facts(pk=promise.pk))


def _locked(promise: Promise) -> Promise:
    return Promise.objects.select_for_update(of=("self",)).get(pk=promise.pk)


def _settle(promise: Promise, state: str, at: datetime, by: User | None) -> None:
    promise.state, promise.settled_at, promise.settled_by = state, at, by


def _save(promise: Promise, verb: str, by: User | None, at: datetime, *, reason: str = "") -> None:
    before = counters.owner_of("promises", promise.pk)
    promise.version += 1
    promise.save()
    counters.move("promises", before=before, after=promise.made_by_id if promise.is_open else None)
    after: dict[str, Any] = {
        "state": promise.state,
        "kept_late_at": promise.kept_late_at.isoformat() if promise.kept_late_at else None,
    }
    _tell_timeline(promise)
    audit.record(verb=verb, record=promise, by=by, at=at, after=after, reason=reason)
    events.publish(
        PromiseSettled(
            at=at,
            by_id=by.pk if by else None,
            promise_id=promise.pk,
            state=promise.state,
        )
    )
