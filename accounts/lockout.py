"""When guessing at a sign-in is stopped; pure.

Per login and network: the 10th failure within 15 minutes of the first locks for 15 minutes from
that moment. A success before the lock starts over, and so does the end of a lock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_FAILURES = 10
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=15)


@dataclass(frozen=True)
class Count:
    """How many tries failed since `window_start_at`, and until when nothing is looked at."""

    failures: int = 0
    window_start_at: datetime | None = None
    locked_until: datetime | None = None


NOTHING = Count()


def tried(count: Count, now: datetime) -> tuple[Count, bool]:
    """Count one more try as failed, before the password is looked at.

    Returns the new count and whether the password may be looked at. The try that fills the count
    may still be right; it locks unless `NOTHING` replaces the count.
    """
    if count.locked_until is not None:
        if now < count.locked_until:
            return count, False
        count = NOTHING
    if count.window_start_at is None or now >= count.window_start_at + WINDOW:
        count = Count(0, now)
    failures = count.failures + 1
    locked_until = now + LOCK if failures >= MOST_FAILURES else None
    return Count(failures, count.window_start_at, locked_until), True
