"""The database refuses to change or remove what the audit trail and the access log hold."""

from django.db import migrations

SEALED_ONCE = """
    OLD.sequence IS NULL AND NEW.sequence IS NOT NULL AND NEW.id = OLD.id
    AND NEW.at = OLD.at AND NEW.verb = OLD.verb AND NEW.object_type = OLD.object_type
    AND NEW.object_id = OLD.object_id AND NEW.source = OLD.source
    AND NEW.request_id = OLD.request_id AND NEW.payload_digest = OLD.payload_digest
"""
SAME_ON_SQLITE = """
    AND NEW.actor_id IS OLD.actor_id AND NEW.acting_as_id IS OLD.acting_as_id
    AND NEW.changed_fields IS OLD.changed_fields
"""
SAME_ON_POSTGRESQL = """
    AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id
    AND NEW.acting_as_id IS NOT DISTINCT FROM OLD.acting_as_id
    AND NEW.changed_fields IS NOT DISTINCT FROM OLD.changed_fields
"""
# A recording's heard range may only widen: one row stands for one reading.
WIDENED_ONLY = """
    NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.actor_id = OLD.actor_id AND NEW.kind = OLD.kind
    AND NEW.object_type = OLD.object_type AND NEW.object_id = OLD.object_id
    AND NEW.reason = OLD.reason AND NEW.request_id = OLD.request_id
    AND NEW.from_seconds <= OLD.from_seconds AND NEW.to_seconds >= OLD.to_seconds
"""
RULES = {
    "accounts_auditentry": {
        "sqlite": SEALED_ONCE + SAME_ON_SQLITE,
        "postgresql": SEALED_ONCE + SAME_ON_POSTGRESQL,
    },
    "accounts_accessentry": {
        "sqlite": WIDENED_ONLY + "AND NEW.about_id IS OLD.about_id",
        "postgresql": WIDENED_ONLY + "AND NEW.about_id IS NOT DISTINCT FROM OLD.about_id",
    },
    "accounts_auditanchor": {"sqlite": "0", "postgresql": "false"},
}


def sqlite_triggers(table, allowed):
    yield (
        f"CREATE TRIGGER {table}_keeps BEFORE UPDATE ON {table} "
        f"WHEN COALESCE(({allowed}), 0) = 0 "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    yield (
        f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def postgresql_triggers(table, allowed):
    yield f"""
        CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF COALESCE(({allowed}), false) THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $guard$
    """
    yield (
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_guard()"
    )


def guard(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    triggers = sqlite_triggers if vendor == "sqlite" else postgresql_triggers
    for table, allowed in RULES.items():
        for statement in triggers(table, allowed[vendor]):
            schema_editor.execute(statement, params=None)


def unguard(apps, schema_editor):
    for table in RULES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {table}_keeps")
            schema_editor.execute(f"DROP TRIGGER {table}_stays")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_guard ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_guard()")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rights_chain_and_access")]

    operations = [migrations.RunPython(guard, unguard)]
