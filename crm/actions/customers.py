"""What people do with a customer: make, change, delete, restore, restrict, mark as VIP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from crm import duplicate_finding, timeline
from crm.custom_fields import read_values
from crm.events import CustomerChanged, CustomerCreated
from crm.importing.ways import Way
from crm.models import ContactPoint, Customer, CustomFieldDefinition
from crm.models.custom_fields import Target
from crm.models.customers import ContactKind, CustomerState
from crm.names import name_key
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused, Stale, need_reason
from lib.sentences import said

LEAST_REASON = 10
LONGEST_KEY = 220
CLOSED = {
    CustomerState.MERGED: said("{reference} was merged into another customer."),
    CustomerState.DELETED: said("{reference} was deleted; restore the record first."),
    CustomerState.ERASED: said("{reference} was erased."),
}


class NotActive(Refused):
    """The record of this customer is closed; the sentence says how."""

    def __init__(self, customer: Customer) -> None:
        pattern = CLOSED[CustomerState(customer.state)]
        super().__init__(said(pattern, reference=customer.reference))


class Restricted(Refused):
    def __init__(self, customer: Customer) -> None:
        super().__init__(
            said(
                "The processing of {reference} is restricted, so the record cannot be changed: "
                "{reason}",
                reference=customer.reference,
                reason=customer.restrict_reason,
            )
        )


class ChangedMeanwhile(Stale):
    def __init__(self) -> None:
        super().__init__(said("Somebody changed this customer meanwhile. Load the page again."))


class NobodyNamed(Invalid):
    def __init__(self) -> None:
        super().__init__("", said("Enter a name or a way to reach this person."))


class HandleTaken(Invalid):
    def __init__(self, owner: Customer) -> None:
        super().__init__(
            "raw", said("{reference} already has this handle.", reference=owner.reference)
        )


class ExternalIdTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("external_id", said("Another customer has this id in this source."))


@dataclass(frozen=True)
class CustomerContent:
    """What a form or the API says about a customer; `custom` by key of the custom field."""

    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    preferred_language: str = ""
    preferred_channel: str = ""
    time_zone: str = ""
    source: str = ""
    external_id: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


def create_customer(
    *, content: CustomerContent, ways: Iterable[Way] = (), by: User | None, at: datetime
) -> Customer:
    """Make a customer with contact points; raises NobodyNamed, HandleTaken, ExternalIdTaken."""
    ways = list(dict.fromkeys(ways))
    with transaction.atomic():
        customer = Customer()
        _write(customer, content)
        if not (customer.display_name or ways):
            raise NobodyNamed
        customer.save()
        for way in ways:
            refuse_taken_handle(way, customer)
        ContactPoint.objects.bulk_create(_points(customer, ways))
        audit.record(verb="create_customer", record=customer, by=by, at=at, after=_told(customer))
        events.publish(CustomerCreated(at=at, by_id=by.pk if by else None, customer_id=customer.pk))
    return customer


def change_customer(
    *, customer: Customer, content: CustomerContent, seen: int, by: User | None, at: datetime
) -> Customer:
    """Change what is known; raises ChangedMeanwhile, NotActive, Restricted and as above."""
    with transaction.atomic():
        customer = locked(customer, seen=seen)
        before = _told(customer)
        _write(customer, content)
        if not (customer.display_name or customer.contact_points.exists()):
            raise NobodyNamed
        save(customer, verb="change_customer", before=before, by=by, at=at)
    return customer


def _write(customer: Customer, content: CustomerContent) -> None:
    for name, value in asdict(content).items():
        if name != "custom":
            setattr(customer, name, value.strip())
    whole = f"{customer.first_name} {customer.last_name}".strip()
    customer.display_name = redact(customer.display_name or whole)[:200]
    customer.name_key = name_key(customer.display_name)[:LONGEST_KEY]
    definitions = CustomFieldDefinition.objects.of(Target.CUSTOMER) if content.custom else []
    customer.custom = read_values(
        list(definitions), content.custom, settings.PHONE_REGION, before=customer.custom
    )
    same = Customer.objects.filter(source=customer.source, external_id=customer.external_id)
    if customer.external_id and same.exclude(pk=customer.pk).exists():
        raise ExternalIdTaken


def refuse_taken_handle(way: Way, customer: Customer) -> None:
    """A handle leads to one person; raises HandleTaken."""
    if way.kind != ContactKind.HANDLE:
        return
    same = ContactPoint.objects.filter(kind=way.kind, network=way.network, value=way.value)
    taken = same.filter(customer__state=CustomerState.ACTIVE).exclude(customer=customer)
    owner = taken.select_related("customer").first()
    if owner is not None:
        raise HandleTaken(owner.customer)


def _points(customer: Customer, ways: list[Way]) -> Iterable[ContactPoint]:
    """The ways as rows; the first of each kind is the primary one."""
    kinds: set[str] = set()
    for position, way in enumerate(ways, start=1):
        yield way.as_row(customer.pk, position, is_primary=way.kind not in kinds)
        kinds.add(way.kind)


def set_vip(
    *,
    customer: Customer,
    is_vip: bool,
    reason: str = "",
    until_on: date | None = None,
    on: date,
    by: User | None,
    at: datetime,
) -> Customer:
    """Mark as VIP with a reason and, if wanted, a last day; or take the mark away.

    Raises Invalid for a last day before `on`, today's date of the site.
    """
    if is_vip and until_on and until_on < on:
        raise Invalid(
            "vip_until_on", said("This day is past. Choose a later one, or leave it empty.")
        )
    if is_vip and not reason.strip():
        raise Invalid("vip_reason", said("Say why this customer is a VIP."))
    with transaction.atomic():
        customer = locked(customer)
        before = _told(customer)
        customer.is_vip = is_vip
        customer.vip_reason = redact(reason.strip())[:200] if is_vip else ""
        customer.vip_until_on = until_on if is_vip else None
        save(customer, verb="set_vip", before=before, by=by, at=at)
    return customer


def end_vips(*, on: date, at: datetime) -> int:
    """Take the mark from those whose last day is before `on`; how many they were."""
    past = Customer.objects.active().filter(is_vip=True, vip_until_on__lt=on, restricted_at=None)
    ended = 0
    for customer in list(past.order_by("pk")[:500]):
        set_vip(customer=customer, is_vip=False, on=on, by=None, at=at)
        ended += 1
    return ended


def delete_customer(*, customer: Customer, reason: str, by: User, at: datetime) -> Customer:
    """Put a customer away; the record can be restored until retention empties it."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        customer = locked(customer)
        before = _told(customer)
        customer.state, customer.deleted_at = CustomerState.DELETED, at
        customer.delete_reason = redact(reason)[:500]
        save(customer, verb="delete_customer", before=before, by=by, at=at, reason=reason)
    return customer


def restore_customer(*, customer: Customer, by: User, at: datetime) -> Customer:
    """Take a deleted customer back; raises Refused for one who is not deleted.

    Meanwhile somebody else may have been entered for the same person, so such pairs are queued.
    """
    with transaction.atomic():
        customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        if customer.state != CustomerState.DELETED:
            raise Refused(said("{reference} is not deleted.", reference=customer.reference))
        before = _told(customer)
        customer.state, customer.deleted_at = CustomerState.ACTIVE, None
        customer.delete_reason = ""
        save(customer, verb="restore_customer", before=before, by=by, at=at)
        duplicate_finding.keep_pairs_of(customer)
    return customer


def restrict(*, customer: Customer, reason: str, by: User, at: datetime) -> Customer:
    """Lock the record: nothing may be changed, and it is left out of segments and exports."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        customer = locked(customer)
        customer.restricted_at, customer.restrict_reason = at, redact(reason)[:500]
        save(customer, verb="restrict_customer", before={}, by=by, at=at, reason=reason)
        timeline.add(
            "restriction",
            customer_id=customer.pk,
            at=at,
            title="The processing was restricted",
            target=customer,
            actor=by,
        )
    return customer


def lift_restriction(*, customer: Customer, reason: str, by: User, at: datetime) -> Customer:
    """Allow changes again."""
    reason = need_reason(reason, LEAST_REASON)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        if not customer.is_restricted:
            raise Refused(said("{reference} is not restricted.", reference=customer.reference))
        customer.restricted_at, customer.restrict_reason = None, ""
        save(customer, verb="lift_restriction", before={}, by=by, at=at, reason=reason)
        timeline.add(
            "restriction",
            customer_id=customer.pk,
            at=at,
            title="The restriction was lifted",
            target=customer,
            actor=by,
        )
    return customer


def locked(customer: Customer, *, seen: int | None = None) -> Customer:
    """The stored row, locked, if it may be changed.

    Raises NotActive, Restricted, and ChangedMeanwhile where `seen` is not its version.
    """
    stored = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if not stored.is_active:
        raise NotActive(stored)
    if stored.is_restricted:
        raise Restricted(stored)
    if seen is not None and stored.version != seen:
        raise ChangedMeanwhile
    return stored


def save(
    customer: Customer,
    *,
    verb: str,
    before: Mapping[str, Any],
    by: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Store a locked customer with its audit entry and its fact; nothing changed writes nothing."""
    after = _told(customer)
    changed = {name for name in after if before.get(name) != after[name]}
    if not changed:
        return
    customer.version += 1
    customer.save()
    audit.record(
        verb=verb,
        record=customer,
        by=by,
        at=at,
        before={name: before.get(name) for name in changed if name in before},
        after={name: after[name] for name in changed},
        reason=reason,
    )
    events.publish(
        CustomerChanged(
            at=at,
            by_id=by.pk if by else None,
            customer_id=customer.pk,
            changed=tuple(sorted(changed)),
        )
    )


_TOLD = (
    *("first_name", "last_name", "display_name", "preferred_language", "preferred_channel"),
    *("time_zone", "is_vip", "vip_reason", "vip_until_on", "source", "external_id", "state"),
    *("custom", "delete_reason", "restrict_reason"),
)


def _told(customer: Customer) -> dict[str, Any]:
    """What audit entries say of a customer, as JSON."""
    values = {name: getattr(customer, name) for name in _TOLD}
    values["vip_until_on"] = customer.vip_until_on and customer.vip_until_on.isoformat()
    values["state"] = str(customer.state)
    return values
