"""Copies of a place, made by `restore --as-copy`: nothing leaves them, and every page says so."""

from __future__ import annotations

from datetime import datetime

from ops.models import CopyMark

_shown: list[datetime | None] = []


def is_copy() -> bool:
    """Asked of the database each time, since whoever sends must be sure."""
    return CopyMark.objects.exists()


def mark(*, made_at: datetime, at: datetime) -> None:
    """Make this place a copy of what it was at `made_at`."""
    CopyMark.objects.update_or_create(pk=1, defaults={"made_at": made_at, "restored_at": at})


def unmark() -> None:
    """Let this place be a place of its own."""
    CopyMark.objects.all().delete()


def made_at() -> datetime | None:
    """When the backup was made that this place was copied from; asked once per process."""
    if not _shown:
        _shown.append(CopyMark.objects.values_list("made_at", flat=True).first())
    return _shown[0]
