"""How often something may be done, over all web processes; its arithmetic is lib/buckets.py."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from django.db import transaction

from lib import buckets
from lib.buckets import Taken
from lib.transactions import again_on_conflict
from ops.models import Bucket

MICROSECONDS = 1_000_000


def take(name: str, capacity: int, per_second: int | Fraction, now: datetime) -> Taken:
    """Take one from the bucket called `name`, which is full at first. Two queries.

    Nothing is written where the bucket is empty, so that a flood costs no more than reading.
    """
    return again_on_conflict(lambda: _take(name, capacity, per_second, now))


def has_left(name: str, capacity: int, per_second: int | Fraction, now: datetime) -> bool:
    """Whether `take` would give; one query, nothing is written."""
    row = Bucket.objects.filter(name=name).first()
    return row is None or _taken(row, capacity, per_second, now).is_allowed


@transaction.atomic
def _take(name: str, capacity: int, per_second: int | Fraction, now: datetime) -> Taken:
    full = int(capacity * MICROSECONDS / Fraction(per_second))
    first = _taken(Bucket(name=name, level_us=full, updated_at=now), capacity, per_second, now)
    row, is_new = Bucket.objects.select_for_update().get_or_create(
        name=name, defaults={"level_us": _level(first, per_second), "updated_at": now}
    )
    if is_new:
        return first
    taken = _taken(row, capacity, per_second, now)
    if taken.is_allowed:
        row.level_us = _level(taken, per_second)
        row.updated_at = max(now, row.updated_at)
        row.save(update_fields=["level_us", "updated_at"])
    return taken


def _level(taken: Taken, per_second: int | Fraction) -> int:
    return int(taken.level * MICROSECONDS / Fraction(per_second))


def _taken(row: Bucket, capacity: int, per_second: int | Fraction, now: datetime) -> Taken:
    level = row.level_us * Fraction(per_second) / MICROSECONDS
    elapsed = Fraction(round((now - row.updated_at).total_seconds() * MICROSECONDS), MICROSECONDS)
    return buckets.take(level, capacity, per_second, elapsed)
