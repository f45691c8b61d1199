"""The ways to reach a customer: added, made primary, verified, marked invalid, opted out, shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import access_log, audit
from accounts.models import User
from crm.actions.customers import LEAST_REASON, locked, refuse_taken_handle
from crm.events import CustomerChanged
from crm.importing.ways import Way
from crm.models import ContactPoint, Customer
from crm.models.customers import InvalidReason
from lib import events
from lib.refusals import Invalid, Refused, need_reason
from lib.sentences import said


class AlreadyThere(Invalid):
    def __init__(self) -> None:
        super().__init__("raw", said("This customer already has this contact point."))


class MayNotBeUsed(Refused):
    """Something was to be sent to a contact point that is invalid or opted out."""


def add_contact_point(
    *, customer: Customer, way: Way, label: str = "", by: User | None, at: datetime
) -> ContactPoint:
    """Add a way to reach the customer; the first of its kind is the primary one.

    Raises AlreadyThere, HandleTaken, NotActive, Restricted.
    """
    with transaction.atomic():
        customer = locked(customer)
        points = customer.contact_points.all()
        refuse_taken_handle(way, customer)
        last = points.aggregate(last=Max("position"))["last"] or 0
        is_primary = not points.filter(kind=way.kind, is_primary=True).exists()
        point = way.as_row(customer.pk, last + 1, is_primary=is_primary)
        point.label = label.strip()[:40]
        try:
            with transaction.atomic():
                point.save()
        except IntegrityError:
            raise AlreadyThere from None
        _tell(point, "add_contact_point", {}, by, at, value=point.value, kind=point.kind)
    return point


def make_primary(*, point: ContactPoint, by: User, at: datetime) -> ContactPoint:
    """Let this be the first choice of its kind; raises Refused for one that may not be used."""
    with transaction.atomic():
        point = _locked(point)
        if point.invalid_at:
            raise Refused(point.refusal(at.date()))
        same = ContactPoint.objects.filter(customer=point.customer_id, kind=point.kind)
        same.filter(is_primary=True).exclude(pk=point.pk).update(is_primary=False)
        _change(point, "make_primary", by, at, is_primary=True)
    return point


def move_contact_point(*, point: ContactPoint, up: bool, by: User, at: datetime) -> ContactPoint:
    """Change places with the neighbor above or below; at the end nothing changes."""
    with transaction.atomic():
        point = _locked(point)
        rows = list(
            ContactPoint.objects.filter(customer=point.customer_id).order_by("position", "pk")
        )
        place = next(index for index, row in enumerate(rows) if row.pk == point.pk)
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
            for position, row in enumerate(rows, start=1):
                row.position = position
            ContactPoint.objects.bulk_update(rows, ["position"])
            _tell(point, "move_contact_point", {}, by, at, place=other + 1)
    return point


def remove_contact_point(*, point: ContactPoint, by: User, at: datetime) -> None:
    """Take a contact point away; the next of its kind becomes the primary one."""
    with transaction.atomic():
        point = _locked(point)
        _tell(point, "remove_contact_point", {"value": point.value}, by, at)
        customer_id, kind, was_primary = point.customer_id, point.kind, point.is_primary
        point.delete()
        if was_primary:
            left = ContactPoint.objects.filter(customer=customer_id, kind=kind, invalid_at=None)
            heir = left.order_by("position", "pk").first()
            if heir is not None:
                _change(heir, "make_primary", by, at, is_primary=True)


def verify(*, point: ContactPoint, how: str, by: User | None, at: datetime) -> ContactPoint:
    """Note that it reaches the customer, and how one knows; it is no longer invalid."""
    with transaction.atomic():
        point = _locked(point)
        _change(
            point,
            "verify_contact_point",
            by,
            at,
            verified_at=at,
            verified_how=how.strip()[:80],
            invalid_at=None,
            invalid_reason="",
        )
    return point


def mark_invalid(
    *, point: ContactPoint, reason: str, by: User | None, at: datetime
) -> ContactPoint:
    """Note that it does not reach the customer; another of its kind becomes the primary one."""
    if reason not in InvalidReason.values:
        raise Invalid("reason", said("Choose why it is invalid."))
    with transaction.atomic():
        point = _locked(point)
        _change(
            point,
            "mark_contact_point_invalid",
            by,
            at,
            invalid_at=at,
            invalid_reason=reason,
            is_primary=False,
        )
        same = ContactPoint.objects.filter(customer=point.customer_id, kind=point.kind)
        heir = same.filter(invalid_at=None).order_by("position", "pk").first()
        if heir is not None and not same.filter(is_primary=True).exists():
            _change(heir, "make_primary", by, at, is_primary=True)
    return point


def opt_out(
    *,
    point: ContactPoint,
    until_on: date | None = None,
    source: str = "",
    by: User | None,
    at: datetime,
) -> ContactPoint:
    """The customer does not want to be contacted there, for good or up to a day."""
    with transaction.atomic():
        point = _locked(point)
        _change(
            point,
            "opt_out_contact_point",
            by,
            at,
            opted_out_at=at,
            opted_out_until_on=until_on,
            opt_out_source=source.strip()[:80],
        )
    return point


def opt_in(*, point: ContactPoint, by: User | None, at: datetime) -> ContactPoint:
    """The customer may be contacted there again."""
    with transaction.atomic():
        point = _locked(point)
        _change(
            point,
            "opt_in_contact_point",
            by,
            at,
            opted_out_at=None,
            opted_out_until_on=None,
            opt_out_source="",
        )
    return point


def reveal(*, point: ContactPoint, reason: str, by: User, at: datetime) -> str:
    """The full value for somebody who sees it masked; the reading and its reason are logged."""
    reason = need_reason(reason, LEAST_REASON)
    access_log.note(kind="revealed_contact_point", record=point, by=by, at=at, reason=reason)
    return point.value


def must_be_usable(point: ContactPoint, on: date) -> None:
    """Asked by everything that sends; raises MayNotBeUsed with the reason."""
    sentence = point.refusal(on)
    if sentence:
        raise MayNotBeUsed(sentence)


def _locked(point: ContactPoint) -> ContactPoint:
    """The stored point of a customer who is locked with it and may be changed."""
    locked(point.customer)
    return ContactPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)


def _change(point: ContactPoint, verb: str, by: User | None, at: datetime, **values: Any) -> None:
    before = {name: getattr(point, name) for name in values}
    if before == values:
        return
    for name, value in values.items():
        setattr(point, name, value)
    point.version += 1
    point.save(update_fields=[*values, "version", "updated_at"])
    _tell(point, verb, _plain(before), by, at, **_plain(values))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _tell(
    point: ContactPoint,
    verb: str,
    before: dict[str, Any],
    by: User | None,
    at: datetime,
    **after: Any,
) -> None:
    audit.record(verb=verb, record=point, by=by, at=at, before=before, after=after)
    events.publish(
        CustomerChanged(
            at=at,
            by_id=by.pk if by else None,
            customer_id=point.customer_id,
            changed=("contact_points",),
        )
    )
