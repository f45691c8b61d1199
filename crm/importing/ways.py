"""The ways to reach a customer that a record gives, normalized and ready to be looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from crm.contact_points import (
    Unreadable,
    normalize_email,
    normalize_handle,
    normalize_phone,
)
from crm.models.customers import ContactKind, ContactPoint
from crm.readers.base import CustomerRecord, HandleRecord, InteractionRecord

PHONE_CHANNELS = frozenset({"voice", "video", "sms"})
WHATSAPP = "whatsapp"


@dataclass(frozen=True, slots=True)
class Way:
    """One normalized contact point; the first three fields say whether two are the same."""

    kind: str
    network: str
    value: str
    raw: str = ""
    extension: str = ""
    country: str = ""
    match_key: str = ""
    reversed_digits: str = ""
    validity: str = "valid"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.network, self.value

    def as_row(self, customer_id: int, position: int, *, is_primary: bool) -> ContactPoint:
        return ContactPoint(
            customer_id=customer_id,
            kind=self.kind,
            network=self.network,
            raw=self.raw[:254],
            value=self.value,
            extension=self.extension[:12],
            country=self.country,
            match_key=self.match_key,
            reversed_digits=self.reversed_digits,
            position=position,
            is_primary=is_primary,
            validity=self.validity,
        )


def phone_way(raw: str, region: str) -> Way:
    phone = normalize_phone(raw, region)
    return Way(
        ContactKind.PHONE,
        "",
        phone.value,
        raw,
        phone.extension,
        phone.country,
        phone.value,
        phone.reversed_digits,
        phone.validity,
    )


def email_way(raw: str) -> Way:
    email = normalize_email(raw)
    return Way(ContactKind.EMAIL, "", email.value, raw, match_key=email.match_key)


def handle_way(handle: HandleRecord, region: str) -> Way:
    if handle.network == WHATSAPP:
        value = normalize_phone(handle.value, region).value
    else:
        value = normalize_handle(handle.value)
    return Way(ContactKind.HANDLE, handle.network, value, handle.value, match_key=value)


def ways_of(record: InteractionRecord, region: str) -> tuple[list[Way], bool]:
    """The ways that can be read, and whether one of the customer's could not.

    Without any of the customer's own, the address that was called or written from is taken; one
    that cannot be read is no fault, for extensions and withheld numbers look like that.
    """
    found: dict[tuple[str, str, str], Way] = {}
    unreadable = False
    for make in makers(record.customer, region) if record.customer else ():
        try:
            way = make()
        except Unreadable:
            unreadable = True
        else:
            found.setdefault(way.key, way)
    if not found:
        found.update((way.key, way) for way in _from_address(record, region))
    return list(found.values()), unreadable


def makers(customer: CustomerRecord, region: str) -> Iterator[Callable[[], Way]]:
    """One call for each way that the record gives; it may raise Unreadable."""
    yield from (partial(phone_way, phone, region) for phone in customer.phones)
    yield from (partial(email_way, email) for email in customer.emails)
    yield from (partial(handle_way, handle, region) for handle in customer.handles)


def _from_address(record: InteractionRecord, region: str) -> Iterator[Way]:
    try:
        if record.customer_address and record.channel in PHONE_CHANNELS:
            yield phone_way(record.customer_address, region)
        elif record.customer_address and record.channel == "email":
            yield email_way(record.customer_address)
    except Unreadable:
        return
