"""The database refuses to change or remove what happened to a clock."""

from django.db import migrations

from lib.migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("crm", "0016_imports_of_every_kind")]

    operations = [append_only("crm_clockevent")]
