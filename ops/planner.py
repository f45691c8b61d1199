"""What the database's planner knows of the tables.

Without it SQLite guesses which index is the narrow one, and guesses wrong where one team has most
of a million interactions. PostgreSQL finds it out by itself, but not before a minute or so has
passed: what reads a large import right after it may read whole tables for each row.
"""

from __future__ import annotations

from django.db import OperationalError, connection, transaction

ROWS_OF_AN_INDEX = 1000
MANY_ROWS = 1000


def renew_statistics() -> bool:
    """Look at so many rows of each index, which takes a moment however large it is.

    False where the database needs no telling.
    """
    if connection.vendor != "sqlite":
        return False
    _analyze()
    return True


def note_new_rows(count: int) -> bool:
    """Renew them at once after as many new rows as may mislead the planner.

    False if it was not worth it, or if the tables could not be had: then the database does it
    later, or the hourly job.
    """
    if count < MANY_ROWS:
        return False
    try:
        with transaction.atomic():
            _analyze()
    except OperationalError:
        return False
    return True


def _analyze() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA analysis_limit = {ROWS_OF_AN_INDEX}")
        cursor.execute("ANALYZE")
