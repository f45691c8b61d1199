"""What the database must be for the house to keep its promises, asked when something starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.signals import connection_created
from django.db.migrations.loader import MigrationLoader
from django.template import loader

from ops import health

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
OLDEST_POSTGRES = 15
PAGE_STATEMENT_SECONDS = 20
SIGNS_OF_HEALTH = ("/healthz", "/readyz")
RETRY_AFTER_SECONDS = 5


def database_faults() -> list[str]:
    """Sentences about what is wrong with the database; none if it does not answer now."""
    try:
        faults = postgres_faults() if connection.vendor == "postgresql" else sqlite_faults()
        return faults or newer_faults()
    except DatabaseError:
        return []


def newer_faults() -> list[str]:
    """Whether a newer release has migrated the database: this code would not know its rows."""
    found = MigrationLoader(connection)
    known = set(found.disk_migrations)
    for migration in found.disk_migrations.values():
        known |= set(migration.replaces)
    here = {app for app, _name in known}
    unknown = sorted(key for key in found.applied_migrations if key[0] in here and key not in known)
    if not unknown:
        return []
    name = ".".join(unknown[0])
    return [f"The database is of a newer release: {name} is not known here. Start that release."]


def migration_faults() -> list[str]:
    """Whether migrations wait; asked of the database until none does."""
    try:
        word = health.migrations()
    except DatabaseError:
        return []
    return [] if word == "ok" else [word]


def require_migrations() -> None:
    """Refuse to start before the database is migrated; raises ImproperlyConfigured."""
    if faults := migration_faults():
        raise ImproperlyConfigured(" ".join(faults))


def behind_migrations(application: Application) -> Application:
    """Answer every page with 503 and a sentence while migrations wait; health and styles pass."""

    def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        passes = path in SIGNS_OF_HEALTH or path.startswith(settings.STATIC_URL)
        faults = [] if passes else migration_faults()
        if not faults:
            return application(environ, start_response)
        page = loader.render_to_string("errors/503.html", {"sentence": faults[0]}).encode()
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("Retry-After", str(RETRY_AFTER_SECONDS)),
        ]
        start_response("503 Service Unavailable", headers)
        return [page]

    return answering


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
