"""A database trigger that keeps the content of published survey versions as it is.

The verbs refuse first; the trigger holds against a shell and plain SQL. It is put in place after
every `migrate`, because SQLite forgets triggers when a migration rebuilds a table.
"""

from __future__ import annotations

from typing import Any

from django.apps.config import AppConfig
from django.db import connections

MESSAGE = "A published survey version never changes."
FIXED = ("content", "content_sha256", "number", "survey_id")
TABLE = "feedback_surveyversion"


def statements(vendor: str) -> list[str]:
    differs, cast = ("IS NOT", "") if vendor == "sqlite" else ("IS DISTINCT FROM", "::text")
    touched = " OR ".join(f"OLD.{name}{cast} {differs} NEW.{name}{cast}" for name in FIXED)
    condition = f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {touched})"
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {TABLE}_keeps",
            f"CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {TABLE}_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF {condition} THEN RAISE EXCEPTION '{MESSAGE}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        f"DROP TRIGGER IF EXISTS {TABLE}_keeps ON {TABLE}",
        f"CREATE TRIGGER {TABLE}_keeps BEFORE UPDATE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_keeps()",
    ]


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor):
            cursor.execute(statement)
