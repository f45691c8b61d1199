"""Facts of repeats know a further key, so all of them are made anew."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def mark_repeats(apps, schema_editor):
    days = apps.get_model("reports", "FactDay").objects.filter(family="repeats")
    days.update(marked=F("marked") + 1, marked_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0006_handle_time_by_active_time_and_slots"),
    ]

    operations = [
        migrations.RunPython(mark_repeats, migrations.RunPython.noop),
    ]
