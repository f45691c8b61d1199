"""What the database must be for the house to keep its promises, asked when something starts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.signals import connection_created

OLDEST_POSTGRES = 15
PAGE_STATEMENT_SECONDS = 20


def database_faults() -> list[str]:
    """Sentences about what is wrong with the database; none if it does not answer now."""
    try:
        return postgres_faults() if connection.vendor == "postgresql" else sqlite_faults()
    except DatabaseError:
        return []


def postgres_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10000
    if version < OLDEST_POSTGRES:
        return [f"PostgreSQL {version} is too old; Attune needs {OLDEST_POSTGRES} or newer."]
    return []


def sqlite_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode not in ("wal", "memory"):
        return [
            f"SQLite keeps its journal in mode {mode!r} instead of WAL, as it does on a network "
            "disk. Put ATTUNE_DATA_DIR on a local disk, or use PostgreSQL."
        ]
    return []


def require_fit_database() -> None:
    """Refuse to start on an unfit database; raises ImproperlyConfigured."""
    faults = database_faults()
    if not connection.in_atomic_block:
        connection.close()  # A server may fork its workers after this.
    if faults:
        raise ImproperlyConfigured(" ".join(faults))


def limit_statements_of_pages() -> None:
    """Let no statement of a page run longer than 20 s; jobs set limits of their own."""
    connection_created.connect(_limit_statements, dispatch_uid="ops.limit_statements")


def _limit_statements(connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{PAGE_STATEMENT_SECONDS}s'")
