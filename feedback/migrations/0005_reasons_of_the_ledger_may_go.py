"""Erasure may empty the words of a points transaction; what moved, when and for whom stays."""

from django.db import migrations

from lib.migrations import let_texts_be_emptied


class Migration(migrations.Migration):
    dependencies = [("feedback", "0004_praise_of_survey_responses")]

    operations = [let_texts_be_emptied("feedback_pointstransaction", "reason")]
