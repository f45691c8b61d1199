"""PostgreSQL itself refuses overlapping agent memberships and overlapping agent keys."""

from django.db import migrations

CONSTRAINTS = {
    "accounts_one_agent_membership_at_a_time": (
        "accounts_teammembership",
        "EXCLUDE USING gist (user_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) "
        "WHERE (kind = 'agent')",
    ),
    "accounts_one_user_per_agent_key": (
        "accounts_agentkey",
        "EXCLUDE USING gist (source WITH =, key WITH =, "
        "tstzrange(starts_at, ends_at, '[)') WITH &&)",
    ),
}


def exclude(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for name, (table, rule) in CONSTRAINTS.items():
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, (table, _rule) in CONSTRAINTS.items():
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_append_only")]

    operations = [migrations.RunPython(exclude, allow)]
