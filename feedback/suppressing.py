"""Addresses that are not written to, found by a keyed hash so that they need not be kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from crm import consent
from crm.actions import consents
from crm.models import ConsentEvent, ConsentPurpose, Customer
from crm.models.consents import Decision
from crm.models.customers import CustomerState
from feedback.models import Suppression

SALT = "attune.feedback.suppression"
PURPOSE = "survey"


def consent_of(customers: Collection[int], channel: str, at: datetime) -> tuple[set[int], set[int]]:
    """Customers who refused to be asked on a channel, and those who allowed it; two queries."""
    logs: dict[int, list[consent.ConsentEvent]] = defaultdict(list)
    rows = ConsentEvent.objects.filter(purpose__code=PURPOSE, customer__in=customers)
    for row in rows:
        logs[row.customer_id].append(consents.as_rule(row))
    decided = {pk: consent.decided(log, channel, at) for pk, log in logs.items()}
    closed = Customer.objects.filter(pk__in=customers).exclude(
        state=CustomerState.ACTIVE, restricted_at=None
    )
    refused = {pk for pk, answer in decided.items() if answer is False}
    refused |= set(closed.values_list("pk", flat=True))
    return refused, {pk for pk, answer in decided.items() if answer is True}


def address_hash(address: str) -> str:
    """The keyed hash of a normalized address, by the key of today."""
    return _hash(address, settings.SECRET_KEY)


def address_hashes(address: str) -> list[str]:
    """The same by every key still accepted."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_hash(address, key) for key in keys]


def _hash(address: str, key: str) -> str:
    value = address.strip().casefold()
    return str(salted_hmac(SALT, value, secret=key, algorithm="sha256").hexdigest())


def suppressed_among(addresses: Iterable[str], topic: str) -> set[str]:
    """Which of the addresses must not be written to about a topic. One query."""
    by_hash = {code: address for address in addresses for code in address_hashes(address)}
    rows = Suppression.objects.covering(topic).filter(address_hmac__in=by_hash)
    return {by_hash[code] for code in rows.values_list("address_hmac", flat=True)}


def withdraw_consent(customer: Customer, at: datetime) -> None:
    """The customer opted out of every survey: write it into the log of consents."""
    purpose, _ = ConsentPurpose.objects.get_or_create(
        code=PURPOSE, defaults={"label": "Surveys", "default_allowed": True}
    )
    consents.record_consent(
        customer=customer,
        purpose=purpose,
        decision=Decision.WITHDRAWN,
        source="survey opt-out",
        by=None,
        at=at,
    )
