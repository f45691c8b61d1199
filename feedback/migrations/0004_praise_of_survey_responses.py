"""Praise names the survey response it came from, whose id is a UUID."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_surveys")]

    operations = [
        migrations.AlterField(
            model_name="praisedraft",
            name="response_id",
            field=models.CharField(max_length=40, unique=True),
        ),
    ]
