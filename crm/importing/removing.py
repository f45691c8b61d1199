"""How an undo takes single rows away again, and gives back what an update replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model, ProtectedError

from crm.importing.people_updates import ADDED_POINTS, ADDED_TAGS
from crm.models import ContactPoint, Customer, Organization, Transcript, Turn


def set_earlier(row: Any, before: Mapping[str, Any]) -> None:
    """Set the earlier values of a row with a version."""
    for name, value in before.items():
        field: Any = row._meta.get_field(name)
        setattr(row, name, value if field.is_relation else field.to_python(value))
    row.version += 1
    row.save(update_fields=[*before, "version", "updated_at"])


def give_back_customer(row: Customer, before: dict[str, Any]) -> Iterator[int]:
    """The earlier values; what was added goes, contact points that were touched since stay."""
    points, tags = before.pop(ADDED_POINTS, ()), before.pop(ADDED_TAGS, ())
    for point in ContactPoint.objects.filter(pk__in=points, customer=row, version=1):
        plain(point)
    row.tags.remove(*tags)
    set_earlier(row, before)
    yield from ()


def give_back_organization(row: Organization, before: dict[str, Any]) -> Iterator[int]:
    set_earlier(row, before)
    yield from ()


def plain(row: Model) -> bool:
    """Whether the row could be removed; nothing that refers to it is."""
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        return False
    return True


def organization(row: Organization) -> bool:
    return row.version == 1 and plain(row)


def transcript(row: Transcript) -> bool:
    """A transcript goes with its turns; the one before it becomes the current one again."""
    if row.version != 1:
        return False
    try:
        with transaction.atomic():
            Turn.objects.filter(transcript=row).delete()
            row.delete()
            earlier = Transcript.objects.filter(interaction=row.interaction_id)
            last = earlier.order_by("-position").first()
            if last is not None and not earlier.filter(is_current=True).exists():
                last.is_current = True
                last.version += 1
                last.save(update_fields=["is_current", "version", "updated_at"])
    except ProtectedError:
        return False
    return True
