"""Keyed digests by which an erased person is recognized, and by nobody without the key.

The key is derived from ATTUNE_AUDIT_KEY, which stands outside the database; without it Attune does
not start.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings

from crm.models import ContactPoint, Customer, ErasureTombstone

CONTEXT = b"attune.erasure.1"
CONTACT, EXTERNAL = "contact", "external_id"
BATCH = 1_000


def digest(kind: str, *parts: str) -> str:
    """HMAC-SHA-256 in hex of what identifies a person: kind and normalized parts."""
    key = hmac.digest(settings.AUDIT_KEY.encode(), CONTEXT, hashlib.sha256)
    text = "\x1f".join((kind, *parts))
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def of_contact(kind: str, network: str, value: str) -> str:
    return digest(CONTACT, kind, network, value)


def of_external_id(source: str, external_id: str) -> str:
    return digest(EXTERNAL, source, external_id)


def plant(customer: Customer, at: datetime) -> int:
    """Leave a mark for each contact point and external id; again leaves none twice."""
    marks = dict.fromkeys(_digests_of(customer.contact_points.all()), CONTACT)
    if customer.external_id:
        marks[of_external_id(customer.source, customer.external_id)] = EXTERNAL
    ErasureTombstone.objects.bulk_create(
        [ErasureTombstone(digest=each, kind=kind, erased_at=at) for each, kind in marks.items()],
        ignore_conflicts=True,
    )
    return len(marks)


def _digests_of(points: Iterable[ContactPoint]) -> Iterator[str]:
    for point in points:
        yield of_contact(point.kind, point.network, point.value)


def known(digests: Iterable[str]) -> set[str]:
    """Which of these were planted; one query."""
    rows = ErasureTombstone.objects.filter(digest__in=list(digests))
    return set(rows.values_list("digest", flat=True))


def returned() -> Iterator[int]:
    """Ids of customers who were erased and are back, as after a restore from a backup."""
    if not ErasureTombstone.objects.exists():
        return
    seen: set[int] = set()
    points = ContactPoint.objects.order_by("pk").values_list(
        "customer_id", "kind", "network", "value"
    )
    yield from _marked(
        ((pk, of_contact(kind, network, value)) for pk, kind, network, value in points.iterator()),
        seen,
    )
    people = Customer.objects.exclude(external_id="").values_list("pk", "source", "external_id")
    yield from _marked(
        ((pk, of_external_id(source, name)) for pk, source, name in people.iterator()), seen
    )


def _marked(pairs: Iterable[tuple[int, str]], seen: set[int]) -> Iterator[int]:
    batch: list[tuple[int, str]] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == BATCH:
            yield from _new(batch, seen)
            batch = []
    yield from _new(batch, seen)


def _new(batch: list[tuple[int, str]], seen: set[int]) -> Iterator[int]:
    marks = known(each for _, each in batch)
    for pk, each in batch:
        if each in marks and pk not in seen:
            seen.add(pk)
            yield pk
