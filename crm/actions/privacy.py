"""What people may ask of their data: a copy, and erasure; asked, decided, done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import access_log, audit
from accounts.models import User
from crm.events import CustomerErased
from crm.merging.holds import hold_of
from crm.models import Customer, PrivacyRequest
from crm.models.customers import CustomerState
from crm.models.privacy import (
    REQUEST_TRANSITIONS,
    UNFINISHED_REQUESTS,
    RequestKind,
    RequestState,
)
from crm.privacy import tombstones
from crm.privacy.packing import pack
from crm.privacy.rules import erasers
from crm.redaction import redact
from lib import events
from lib.refusals import Forbidden, Refused, need_reason
from ops import files, jobs

ANSWER_WITHIN = timedelta(days=30)
KEPT_FOR = timedelta(days=7)
LEAST_REASON = 10
BATCH = 500


class NotNow(Refused):
    def __init__(self, request: PrivacyRequest) -> None:
        super().__init__(f"This request is {request.get_state_display().lower()}.")


class OwnRequest(Forbidden):
    def __init__(self) -> None:
        super().__init__("Somebody else must approve an erasure that you asked for.")


class OnLegalHold(Refused):
    """The text names what is held, and why."""


class AlreadyErased(Refused):
    def __init__(self, customer: Customer) -> None:
        super().__init__(f"{customer.reference} is erased; nothing is left.")


def request_export(*, customer: Customer, reason: str, by: User, at: datetime) -> PrivacyRequest:
    """Order a copy of the person's data; while one is being made, or kept, that one is returned."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        customer = _of_a_person(customer)
        known = customer.privacy_requests.filter(kind=RequestKind.ACCESS)
        running = known.filter(state__in=UNFINISHED_REQUESTS).first()
        if running is not None:
            return running
        request = _ask(RequestKind.ACCESS, customer, reason, by, at)
        access_log.note(kind="exported_person", record=customer, by=by, at=at, reason=reason)
        _become(request, RequestState.RUNNING, "start_export", by, at)
        jobs.enqueue(
            "crm.export_person",
            key=f"request-{request.pk}",
            requested_by_id=by.pk,
            request_id=request.pk,
        )
    return request


def request_erasure(*, customer: Customer, reason: str, by: User, at: datetime) -> PrivacyRequest:
    """Ask that a person be erased; another one must approve. Raises OnLegalHold, AlreadyErased."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        customer = _of_a_person(customer)
        known = customer.privacy_requests.filter(
            kind=RequestKind.ERASURE, state__in=UNFINISHED_REQUESTS
        ).first()
        if known is not None:
            return known
        if held := hold_of(customer):
            raise OnLegalHold(held)
        return _ask(RequestKind.ERASURE, customer, reason, by, at)


def _of_a_person(customer: Customer) -> Customer:
    """The locked row of whom a merged customer lives on in; raises AlreadyErased."""
    pk = Customer.objects.survivors([customer.pk])[customer.pk]
    stored = Customer.objects.select_for_update(of=("self",)).get(pk=pk)
    if stored.state == CustomerState.ERASED:
        raise AlreadyErased(stored)
    return stored


def _ask(
    kind: RequestKind, customer: Customer, reason: str, by: User, at: datetime
) -> PrivacyRequest:
    request = PrivacyRequest.objects.create(
        kind=kind,
        customer=customer,
        reason=redact(reason)[:500],
        requested_by=by,
        requested_at=at,
        due_on=timezone.localdate(at + ANSWER_WITHIN),
    )
    audit.record(
        verb=f"request_{kind}", record=request, by=by, at=at, after={"customer": customer.pk}
    )
    return request


def approve_erasure(*, request: PrivacyRequest, by: User, at: datetime) -> PrivacyRequest:
    """Let an erasure begin; raises OwnRequest for whoever asked for it, OnLegalHold, NotNow."""
    with transaction.atomic():
        request = _locked(request)
        if request.kind != RequestKind.ERASURE or request.state != RequestState.REQUESTED:
            raise NotNow(request)
        if request.requested_by_id == by.pk:
            raise OwnRequest
        if held := hold_of(request.customer):
            raise OnLegalHold(held)
        request.decided_by, request.decided_at = by, at
        _become(request, RequestState.APPROVED, "approve_erasure", by, at)
        jobs.enqueue(
            "crm.erase_person",
            key=f"request-{request.pk}",
            requested_by_id=by.pk,
            request_id=request.pk,
        )
    return request


def refuse_request(
    *, request: PrivacyRequest, reason: str, by: User, at: datetime
) -> PrivacyRequest:
    """Decline a request with the reason that the person is told."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        request = _locked(request)
        request.decided_by, request.decided_at = by, at
        request.refusal = redact(reason)[:500]
        _become(request, RequestState.REFUSED, "refuse_privacy_request", by, at)
    return request


def _locked(request: PrivacyRequest) -> PrivacyRequest:
    rows = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("customer")
    return rows.get(pk=request.pk)


def _become(
    request: PrivacyRequest, state: RequestState, verb: str, by: User | None, at: datetime
) -> None:
    if state not in REQUEST_TRANSITIONS[request.state]:
        raise NotNow(request)
    before, request.state = request.state, state
    request.version += 1
    request.save()
    audit.record(
        verb=verb,
        record=request,
        by=by,
        at=at,
        before={"state": str(before)},
        after={"state": str(state)},
    )


# --- The work ------------------------------------------------------------------------------------


def export(request: PrivacyRequest, at: datetime) -> Any:
    """Pack the copy; called by the job outside any transaction, returns the id of the file."""
    return str(pack(request.customer, at=at, by_id=request.requested_by_id).pk)


def finish_export(*, request: PrivacyRequest, file_id: str, at: datetime) -> PrivacyRequest:
    """Keep the copy with its request for seven days; a second copy of a repeated job is removed."""
    with transaction.atomic():
        request = _locked(request)
        if request.state == RequestState.FINISHED:
            return request
        request.file_id = file_id
        request.finished_at, request.expires_at = at, at + KEPT_FOR
        _become(request, RequestState.FINISHED, "finish_export", None, at)
    return request


def remove_expired_exports(*, at: datetime) -> int:
    """Remove copies that were kept for seven days; how many they were."""
    with transaction.atomic():
        rows = PrivacyRequest.objects.select_for_update(of=("self",)).filter(
            expires_at__lte=at, file__isnull=False
        )
        found = list(rows.select_related("file")[:BATCH])
        for request in found:
            stored, request.file = request.file, None
            request.save(update_fields=["file", "updated_at"])
            if stored is not None:
                files.remove(stored)
    return len(found)


def erase(customer_id: int, at: datetime, done: list[str]) -> Iterator[tuple[str, int]]:
    """Empty everything about a customer; yields each step's name with the rows of each batch.

    The caller holds a transaction around each step and keeps `done`, the names of finished steps,
    so that it goes on behind them after a crash. Every step may run twice.
    """
    customer = Customer.objects.get(pk=customer_id)
    if customer.state != CustomerState.ERASED:
        for each in (customer, *customer.merged_customers.all()):
            tombstones.plant(each, at)
        yield "tombstones", 1
    for eraser in erasers():
        if eraser.name in done:
            continue
        while count := eraser.erase(customer_id, BATCH):
            yield eraser.name, count
        done.append(eraser.name)


def begin_erasure(*, request: PrivacyRequest, at: datetime) -> PrivacyRequest:
    """The job has begun; beginning again after a crash changes nothing."""
    with transaction.atomic():
        request = _locked(request)
        if request.state == RequestState.APPROVED:
            if held := hold_of(request.customer):
                raise OnLegalHold(held)
            _become(request, RequestState.RUNNING, "begin_erasure", None, at)
    return request


def finish_erasure(
    *, request: PrivacyRequest, counts: dict[str, int], at: datetime
) -> PrivacyRequest:
    """Close the record as erased, for good, and tell the other apps."""
    with transaction.atomic():
        request = _locked(request)
        if request.state == RequestState.FINISHED:
            return request
        close_record(request.customer_id, by=request.decided_by, at=at)
        request.counts, request.finished_at, request.reason = counts, at, ""
        _become(request, RequestState.FINISHED, "finish_erasure", None, at)
    return request


def close_record(customer_id: int, *, by: User | None, at: datetime) -> None:
    """Set the customer, and those merged into it, to erased."""
    rows = Customer.objects.select_for_update(of=("self",)).filter(merged_into=customer_id)
    for row in [*rows, Customer.objects.select_for_update(of=("self",)).get(pk=customer_id)]:
        row.state, row.erased_at, row.merged_into = CustomerState.ERASED, at, None
        row.restricted_at = row.deleted_at = None
        row.version += 1
        row.save()
        audit.record(verb="erase_customer", record=row, by=by, at=at, after={"state": "erased"})
        if by is not None:
            access_log.note(kind="erased", record=row, by=by, at=at)
        events.publish(CustomerErased(at=at, by_id=by.pk if by else None, customer_id=row.pk))
