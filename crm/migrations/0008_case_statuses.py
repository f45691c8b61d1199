"""The statuses that a center begins with; it may add others."""

from django.db import migrations

STATUSES = (
    ("New", "open"),
    ("In progress", "open"),
    ("Waiting for the customer", "waiting"),
    ("Waiting for others", "waiting"),
    ("Resolved", "resolved"),
    ("Closed", "closed"),
)


def add(apps, schema_editor):
    status = apps.get_model("crm", "CaseStatus")
    for position, (name, category) in enumerate(STATUSES, start=1):
        status.objects.get_or_create(
            name=name, defaults={"category": category, "position": position}
        )


def remove(apps, schema_editor):
    apps.get_model("crm", "CaseStatus").objects.filter(cases=None).delete()


class Migration(migrations.Migration):
    dependencies = [("crm", "0007_cases_clocks_and_work")]

    operations = [migrations.RunPython(add, remove)]
