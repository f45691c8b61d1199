"""What SQLite's planner knows of the tables; PostgreSQL finds it out by itself.

Without it SQLite guesses which index is the narrow one, and guesses wrong where one team has most
of a million interactions.
"""

from __future__ import annotations

from django.db import connection

ROWS_OF_AN_INDEX = 1000


def renew_statistics() -> bool:
    """Look at so many rows of each index, which takes a moment however large it is.

    False where the database needs no telling.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS_OF_AN_INDEX}")
        cursor.execute("ANALYZE")
    return True
