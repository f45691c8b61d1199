"""Which assignments ask for a reminder on a day: 7 and 1 days before, on the day, then weekly."""

from __future__ import annotations

from datetime import date, timedelta

BEFORE_DAYS = (7, 1, 0)
AFTER_DAYS = (7, 14, 21)


def reminder_days(today: date) -> dict[date, int]:
    """Due dates that are reminded of today, with the days until them (negative: since)."""
    return {
        today + timedelta(days=days): days
        for days in (*BEFORE_DAYS, *(-after for after in AFTER_DAYS))
    }
