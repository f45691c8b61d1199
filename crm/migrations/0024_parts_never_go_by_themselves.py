import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0023_lately_ended_and_answered"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulkrefusal",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refusals",
                to="crm.bulkrun",
            ),
        ),
    ]
