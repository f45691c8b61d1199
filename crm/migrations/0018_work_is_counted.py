"""The counters of the rail begin with what there is."""

from django.db import migrations
from django.db.models import Count

# Counter, model, the person's column, and what counts.
COUNTED = (
    ("cases", "Case", "assignee", {"status__category__in": ["open", "waiting"]}),
    ("tasks", "Task", "assignee", {"state": "open"}),
    ("promises", "Promise", "made_by", {"state": "open"}),
)


def count(apps, schema_editor):
    cells = apps.get_model("crm", "CounterCell")
    for name, model, person, narrowed in COUNTED:
        rows = apps.get_model("crm", model).objects.filter(**narrowed).order_by()
        found = rows.exclude(**{person: None}).values_list(person).annotate(Count("pk"))
        cells.objects.bulk_create(
            cells(name=name, scope=f"user:{pk}", value=value) for pk, value in found
        )


class Migration(migrations.Migration):
    dependencies = [("crm", "0017_clock_events_stay")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
