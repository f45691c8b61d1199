"""Rules that the whole database must satisfy; each area registers its own in config/wiring.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Model

from ops.models import JobRun, JobState, StoredFile

AT_ONCE = 1000


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the rule says."""

    rule: str
    table: str
    pk: str
    text: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


Rule = Callable[[], Iterable[Finding]]
_rules: dict[str, dict[str, Rule]] = {}


class Damaged(Exception):
    """The nightly check found something; `manage.py check_integrity` tells all of it."""

    def __init__(self, found: list[Finding]) -> None:
        first = found[0]
        super().__init__(f"{len(found)} findings, such as {first.table} {first.pk}: {first.text}")


def register(area: str, name: str, rule: Rule) -> None:
    """Let `rule` be checked; it reads in chunks, changes nothing, and yields what it finds."""
    _rules.setdefault(area, {})[name] = rule


def areas() -> list[str]:
    return sorted(_rules)


def check(area: str | None = None) -> Iterator[Finding]:
    """Everything that breaks a rule, of one area or of all."""
    for name, rules in sorted(_rules.items()):
        if area in (None, name):
            for rule in rules.values():
                yield from rule()


# --- The rules of ops -----------------------------------------------------------------------------


def foreign_keys() -> Iterator[Finding]:
    """Rows that point at rows that do not exist; PostgreSQL holds this by itself."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_key_check")
        for table, rowid, parent, _ in cursor.fetchall():
            text = f"points at a row of {parent} that does not exist"
            yield Finding("foreign_keys", table, str(rowid), text)


def check_constraints() -> Iterator[Finding]:
    """Rows that break a check constraint, as only damage or foreign tools can make them."""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            yield from broken_constraints(model)


def broken_constraints(model: type[Model]) -> Iterator[Finding]:
    from django.db.models import CheckConstraint  # Kept out of the module's crowded imports.

    for constraint in model._meta.constraints:
        if isinstance(constraint, CheckConstraint):
            broken = model._base_manager.exclude(constraint.condition)
            for pk in broken.values_list("pk", flat=True)[:AT_ONCE]:
                yield Finding(
                    "check_constraints", model._meta.db_table, str(pk), f"breaks {constraint.name}"
                )


def job_states() -> Iterator[Finding]:
    """Runs whose fields do not fit their state."""
    impossible = JobRun.objects.filter(state=JobState.DONE, started_at__gt=F("finished_at"))
    for pk in impossible.values_list("pk", flat=True)[:AT_ONCE]:
        yield Finding("job_states", "ops_jobrun", str(pk), "ended before it began")


def double_runs() -> Iterator[Finding]:
    """A job and key that stand twice, where the unique rule is gone."""
    twice = JobRun.objects.order_by().values("job", "key").annotate(n=Count("pk")).filter(n__gt=1)
    for row in twice[:AT_ONCE]:
        text = f"{row['job']} {row['key']} stands {row['n']} times"
        yield Finding("double_runs", "ops_jobrun", "", text)


def stored_files() -> Iterator[Finding]:
    """Rows whose file is missing or has another size."""
    root = Path(settings.MEDIA_ROOT)
    for row in StoredFile.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        path = root / row.path
        if not path.is_file():
            yield Finding("stored_files", "ops_storedfile", str(row.pk), "its file is missing")
        elif path.stat().st_size != row.bytes:
            text = f"its file has {path.stat().st_size} bytes, not {row.bytes}"
            yield Finding("stored_files", "ops_storedfile", str(row.pk), text)


def register_own() -> None:
    for rule in (foreign_keys, check_constraints, job_states, double_runs, stored_files):
        register("ops", rule.__name__, rule)
