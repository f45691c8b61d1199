"""The database refuses to change or remove transactions and postings of points."""

from django.db import migrations

from lib.migrations import append_only


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_recognition")]

    operations = [append_only("feedback_pointstransaction", "feedback_posting")]
