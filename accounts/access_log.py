"""Write down who reads personal content, before it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, models

from accounts.models import AccessEntry, AccessKind, User
from lib import request_context

SAME_READING = timedelta(minutes=10)


class NotLogged(Exception):
    """The reading could not be written down, so the content is not shown; answers 503."""

    def __str__(self) -> str:
        return (
            "This is shown only while the access log can be written, and just now it cannot. "
            "Try again in a minute."
        )


def note(
    *,
    kind: str,
    record: models.Model,
    by: User,
    at: datetime,
    reason: str = "",
    about: User | None = None,
    from_seconds: int | None = None,
    to_seconds: int | None = None,
) -> AccessEntry:
    """Note that `by` reads `record`; call it before any of the content is sent.

    The same person, kind and record within ten minutes of the first note are one entry, whose
    heard range grows. `about` is the person whose work it is, who may see the entry. Raises
    NotLogged. Costs one query, and one more to write.
    """
    kind = AccessKind(kind)
    try:
        since = at - SAME_READING
        earlier = AccessEntry.objects.same_reading(by=by, kind=kind, record=record, since=since)
        known = earlier.first()
        if known is not None and not reason:
            return widen(known, from_seconds, to_seconds)
        return AccessEntry.objects.create(
            at=at,
            actor=by,
            about=about,
            kind=kind,
            object_type=record._meta.label_lower,
            object_id=str(record.pk),
            reason=reason,
            from_seconds=from_seconds,
            to_seconds=to_seconds,
            request_id=request_context.current().request_id,
        )
    except DatabaseError as error:
        raise NotLogged from error


def widen(entry: AccessEntry, first: int | None, last: int | None) -> AccessEntry:
    """Let the entry's range also hold [first, last]."""
    if first is None or last is None or entry.from_seconds is None or entry.to_seconds is None:
        return entry
    low, high = min(entry.from_seconds, first), max(entry.to_seconds, last)
    if (low, high) != (entry.from_seconds, entry.to_seconds):
        AccessEntry.objects.filter(pk=entry.pk).update(from_seconds=low, to_seconds=high)
        entry.from_seconds, entry.to_seconds = low, high
    return entry
