"""Indexes over groups of three letters, for search with typing errors; PostgreSQL only.

The expressions are those of crm.fuzzy.Padded and of a case-blind search in what was said.
"""

from django.db import migrations

INDEXES = {
    "crm_customer_words": "crm_customer USING gin ((' ' || name_key || ' ') gin_trgm_ops)",
    "crm_organization_words": "crm_organization USING gin ((' ' || name_key || ' ') gin_trgm_ops)",
    "crm_case_words": "crm_case USING gin ((' ' || subject_key || ' ') gin_trgm_ops)",
    "crm_turn_words": "crm_turn USING gin (UPPER(text) gin_trgm_ops)",
}


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for name, expression in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {expression}")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("crm", "0012_privacy_requests_and_tombstones")]

    operations = [migrations.RunPython(add, remove)]
