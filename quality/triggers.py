"""Database triggers that keep published versions and submitted revisions as they are.

The verbs refuse first; the triggers hold against the admin, an import, a shell and plain SQL. They
are put in place after every `migrate`, because SQLite forgets triggers when a migration rebuilds
a table. Only erasure passes: it may blank texts and take evidence off its transcript.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps.config import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TREE_MESSAGE = "A published scorecard version never changes."
REVISION_MESSAGE = "A submitted revision never changes."


@dataclass(frozen=True)
class Lock:
    """When rows of a table must stay as they are.

    `locked` is a SQL condition on the row alias `{row}` (OLD or NEW). `free` names the columns
    that may still change, `erasable` those that may become empty or null.
    """

    table: str
    locked: str
    message: str
    free: tuple[str, ...] = ()
    erasable: tuple[str, ...] = ()
    guards_insert: bool = True


def _version_is_locked(version_id: str) -> str:
    of_this_version = f"v.id = {version_id} AND v.state <> 'draft'"
    return f"EXISTS (SELECT 1 FROM quality_scorecardversion v WHERE {of_this_version})"  # noqa: S608 - Own constants.


def _revision_is_locked(revision_id: str) -> str:
    of_this_revision = f"r.id = {revision_id} AND r.submitted_at IS NOT NULL"
    return f"EXISTS (SELECT 1 FROM quality_evaluationrevision r WHERE {of_this_revision})"  # noqa: S608 - Own constants.


_OF_CRITERION = "(SELECT c.version_id FROM quality_criterion c WHERE c.id = {row}.criterion_id)"
_OF_ANSWER = "(SELECT a.revision_id FROM quality_answer a WHERE a.id = {row}.answer_id)"

LOCKS = (
    Lock(
        table="quality_scorecardversion",
        locked="{row}.state <> 'draft'",
        message=TREE_MESSAGE,
        free=("state", "retired_at", "retired_by_id", "row_version", "updated_at"),
        guards_insert=False,
    ),
    Lock("quality_section", _version_is_locked("{row}.version_id"), TREE_MESSAGE),
    Lock("quality_criterion", _version_is_locked("{row}.version_id"), TREE_MESSAGE),
    Lock("quality_option", _version_is_locked(_OF_CRITERION), TREE_MESSAGE),
    Lock(
        table="quality_answerset",
        locked="{row}.frozen_at IS NOT NULL",
        message="A set of answers in a published version never changes. Copy it and edit the copy.",
        guards_insert=False,
    ),
    Lock(
        table="quality_evaluationrevision",
        locked="{row}.submitted_at IS NOT NULL",
        message=REVISION_MESSAGE,
        erasable=("comment_public", "comment_private", "reason_text", "updated_at"),
        guards_insert=False,
    ),
    Lock(
        table="quality_answer",
        locked=_revision_is_locked("{row}.revision_id"),
        message=REVISION_MESSAGE,
        erasable=("text", "comment_public", "comment_private", "updated_at"),
    ),
    Lock(
        table="quality_evidence",
        locked=_revision_is_locked(_OF_ANSWER),
        message=REVISION_MESSAGE,
        erasable=(
            *("turn_from_id", "turn_to_id", "char_from", "char_to", "start_ms", "end_ms"),
            "updated_at",
        ),
    ),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place whose table exists; safe to run again."""
    if connection.vendor not in ("sqlite", "postgresql"):
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if not {"quality_criterion", "quality_answer", "quality_evidence"} <= tables:
            return
        for lock in LOCKS:
            described = connection.introspection.get_table_description(cursor, lock.table)
            columns = [column.name for column in described]
            for statement in _statements(lock, columns, connection.vendor):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for a migration that must touch locked rows and for test flushes."""
    with connection.cursor() as cursor:
        for lock in LOCKS:
            for act in ("insert", "update", "delete"):
                cursor.execute(_drop(lock, act, connection.vendor))


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    install(connections[using])


def _statements(lock: Lock, columns: list[str], vendor: str) -> Iterator[str]:
    write = _sqlite if vendor == "sqlite" else _postgresql
    conditions = {
        "update": f"({lock.locked.format(row='OLD')}) AND ({_changed(lock, columns, vendor)})",
        "delete": lock.locked.format(row="OLD"),
    }
    if lock.guards_insert:
        conditions["insert"] = lock.locked.format(row="NEW")
    for act, condition in conditions.items():
        yield _drop(lock, act, vendor)
        yield from write(lock, act, condition)


def _changed(lock: Lock, columns: list[str], vendor: str) -> str:
    """Whether an update touches anything that is locked."""
    different = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    touched = [f"OLD.{name} {different} NEW.{name}" for name in columns if _is_fixed(lock, name)]
    touched += [
        f"(OLD.{name} {different} NEW.{name} AND NEW.{name} IS NOT NULL"
        f" AND CAST(NEW.{name} AS text) <> '')"
        for name in lock.erasable
        if name != "updated_at"
    ]
    return " OR ".join(touched)


def _is_fixed(lock: Lock, column: str) -> bool:
    return column not in lock.free and column not in lock.erasable


def _name(lock: Lock, act: str) -> str:
    return f"{lock.table}_locked_{act}"


def _drop(lock: Lock, act: str, vendor: str) -> str:
    name = _name(lock, act)
    if vendor == "sqlite":
        return f"DROP TRIGGER IF EXISTS {name}"
    return f"DROP TRIGGER IF EXISTS {name} ON {lock.table}"


def _sqlite(lock: Lock, act: str, condition: str) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER {_name(lock, act)} BEFORE {act.upper()} ON {lock.table}"
        f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{lock.message}'); END"
    )


def _postgresql(lock: Lock, act: str, condition: str) -> Iterator[str]:
    name = _name(lock, act)
    row = "OLD" if act == "delete" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION '{lock.message}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {lock.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
