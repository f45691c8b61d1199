"""How an undo takes rows away again, and gives back what an update replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, ProtectedError

from crm.importing.people_updates import ADDED_POINTS, ADDED_TAGS
from crm.models import (
    ContactPoint,
    Customer,
    Interaction,
    Leg,
    LegSpan,
    Organization,
    QueueVisit,
    Recording,
    TimelineEntry,
    Transcript,
    Turn,
)
from ops import files

Row = TypeVar("Row", bound=Model)


def together(rows: Sequence[Row], remove: Callable[[Sequence[int]], None]) -> list[Row]:
    """Remove these rows at once, else half by half, so that only what is referred to stays.

    Returns the removed ones. `remove` takes ids and raises ProtectedError if one of them must stay.
    """
    if not rows:
        return []
    try:
        with transaction.atomic():
            remove([row.pk for row in rows])
    except ProtectedError:
        if len(rows) == 1:
            return []
        half = len(rows) // 2
        return together(rows[:half], remove) + together(rows[half:], remove)
    return list(rows)


def customers(ids: Sequence[int]) -> None:
    """The customers, with contact points and timeline entries that were not changed since."""
    ContactPoint.objects.filter(customer__in=ids, version=1).delete()
    TimelineEntry.objects.filter(customer__in=ids, target_type="").delete()
    Customer.tags.through.objects.filter(customer__in=ids).delete()
    Customer.objects.filter(pk__in=ids).delete()


def interactions(ids: Sequence[int]) -> None:
    """The interactions with all that belongs to them alone, stored sounds included."""
    sounds = Recording.objects.filter(interaction__in=ids, file__isnull=False)
    stored = [recording.file for recording in sounds.select_related("file")]
    Turn.objects.filter(transcript__interaction__in=ids).delete()
    Transcript.objects.filter(interaction__in=ids).delete()
    QueueVisit.objects.filter(interaction__in=ids).delete()
    Recording.objects.filter(interaction__in=ids).delete()
    LegSpan.objects.filter(leg__interaction__in=ids).delete()
    Leg.objects.filter(interaction__in=ids).delete()
    Interaction.objects.filter(pk__in=ids).delete()
    for each in stored:
        if each is not None:
            files.remove(each)


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
