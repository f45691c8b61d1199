"""The list of customers puts those without contact last; PostgreSQL needs an index that does, too.

SQLite reads the existing index in that order already, and cannot make one with NULLS LAST.
"""

from django.db import migrations

NAME = "crm_customer_latest_first"


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {NAME} ON crm_customer (last_interaction_at DESC NULLS LAST, id DESC)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {NAME}")


class Migration(migrations.Migration):
    dependencies = [("crm", "0004_interaction_found_by_external_id")]

    operations = [migrations.RunPython(make, drop)]
