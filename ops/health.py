"""Whether this Attune can do its work: the checks behind /readyz."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone

from ops import clock
from ops.models import QUEUES, JobRun

LONGEST_SILENCE_SECONDS = 180
LONGEST_DRIFT_SECONDS = 5
LEAST_FREE_PERCENT = 5
_migrated: set[str] = set()


@dataclass(frozen=True)
class Readiness:
    """Each check with "ok" or one sentence, and seconds since each queue's last sign of life."""

    checks: dict[str, str]
    signs: dict[str, float | None] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return all(word == "ok" for word in self.checks.values())


def readiness(*, with_jobs: bool = True) -> Readiness:
    """What works and what does not. At most four queries."""
    try:
        now = database_now()
        checks = {"database": "ok", "migrations": migrations(), "disk": disk(), "clock": drift(now)}
        if not with_jobs or checks["migrations"] != "ok":
            return Readiness(checks)  # Without its table nothing can be said about jobs.
        signs = signs_of_life(now)
        return Readiness(checks | {"jobs": jobs(signs)}, signs)
    except DatabaseError:
        return Readiness({"database": "The database does not answer.", "disk": disk()})


def database_now() -> datetime:
    connection.ensure_connection()
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return clock.read()


def migrations() -> str:
    """Asked until once all are applied: they do not come off under a running process."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "The database lacks migrations: run manage.py migrate."
        _migrated.add(DEFAULT_DB_ALIAS)
    return "ok"


def disk() -> str:
    root = Path(settings.MEDIA_ROOT)
    usage = shutil.disk_usage(root if root.exists() else Path(settings.BASE_DIR))
    if usage.free * 100 < usage.total * LEAST_FREE_PERCENT:
        return f"Less than {LEAST_FREE_PERCENT} % of the disk is free."
    return "ok"


def drift(now: datetime) -> str:
    seconds = abs((timezone.now() - now).total_seconds())
    if seconds > LONGEST_DRIFT_SECONDS:
        return f"The clock differs from the database's by {seconds:.0f} s."
    return "ok"


def jobs(signs: dict[str, float | None]) -> str:
    silent = [queue for queue, age in signs.items() if age is None or age > LONGEST_SILENCE_SECONDS]
    return f"No sign of life from the queue {' and '.join(silent)}." if silent else "ok"


def signs_of_life(now: datetime) -> dict[str, float | None]:
    """Seconds since the last sign of life of each queue; None for more than an hour, or never."""
    recent = JobRun.objects.filter(queue__in=QUEUES, last_sign_at__gte=now - timedelta(hours=1))
    rows = recent.order_by().values("queue").annotate(last=Max("last_sign_at"))
    last = {row["queue"]: row["last"] for row in rows}
    return {
        queue: (now - last[queue]).total_seconds() if last.get(queue) else None for queue in QUEUES
    }
