import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_segments_and_dispositions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reportitem",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="reports.reportrun",
            ),
        ),
    ]
