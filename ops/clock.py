"""The database's clock: leases and due moments must not depend on which host looks at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone


def now() -> Any:
    """This moment, as a value or expression for a query.

    SQLite has no clock but the host's, and its SQL function knows only milliseconds.
    """
    return Now() if connection.vendor == "postgresql" else timezone.now()


def ahead(seconds: float) -> Any:
    """The moment `seconds` from now (before now if negative), for a query."""
    return now() + timedelta(seconds=seconds)


def read() -> datetime:
    """This moment by the database's clock; one query on PostgreSQL, none on SQLite."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
