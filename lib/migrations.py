"""Migration operations: many tables at once, and tables whose rows stay.

Django renders every model that a new one leads to, for each operation anew; with some two hundred
models that hang together, creating them one by one takes minutes. Together they are rendered once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, RunPython
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState, StateApps


class CreateModels(Operation):
    """Create the tables of `models` in one step; they may refer to each other in any direction."""

    serialization_expand_args = ["models"]
    category = OperationCategory.ADDITION

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # What is not rendered yet need not be rendered anew for each model.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(model.references_model(name, app_label) for model in self.models)

    def describe(self) -> str:
        return "Create models " + ", ".join(model.name for model in self.models)

    @property
    def migration_name_fragment(self) -> str:
        return "_".join(model.name_lower for model in self.models)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [], {"models": self.models}


def append_only(*tables: str) -> RunPython:
    """Let the database refuse to change or remove rows of `tables`."""

    def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            if schema_editor.connection.vendor == "sqlite":
                for act in ("update", "delete"):
                    schema_editor.execute(
                        f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )
                continue
            schema_editor.execute(f"""
                CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
                BEGIN
                    RAISE EXCEPTION '{table} is append-only'
                        USING ERRCODE = 'integrity_constraint_violation';
                END $guard$
            """)
            schema_editor.execute(
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_guard()"
            )

    def unguard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            if schema_editor.connection.vendor == "sqlite":
                for act in ("update", "delete"):
                    schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
                continue
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_stays ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_guard()")

    return RunPython(guard, unguard)


def let_texts_be_emptied(table: str, *columns: str) -> RunPython:
    """Let erasure empty these columns of an append-only table; nothing else of a row may change."""

    def guard(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        emptied = " AND ".join(f"NEW.{name} IN (OLD.{name}, '')" for name in columns)
        if schema_editor.connection.vendor == "sqlite":
            with schema_editor.connection.cursor() as cursor:
                described = schema_editor.connection.introspection.get_table_description(
                    cursor, table
                )
            others = [column.name for column in described if column.name not in columns]
            same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in others)
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"WHEN NOT ({emptied} AND {same}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            return
        kept = " ".join(f"kept.{name} := OLD.{name};" for name in columns)
        schema_editor.execute(f"""
            CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
            DECLARE kept {table};
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    kept := NEW;
                    {kept}
                    IF {emptied} AND kept IS NOT DISTINCT FROM OLD THEN
                        RETURN NEW;
                    END IF;
                END IF;
                RAISE EXCEPTION '{table} is append-only'
                    USING ERRCODE = 'integrity_constraint_violation';
            END $guard$
        """)

    def harden(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        before = append_only(table)
        assert before.reverse_code is not None
        before.reverse_code(apps, schema_editor)
        before.code(apps, schema_editor)

    return RunPython(guard, harden)
