import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0005_rules_references_and_gates"),
    ]

    operations = [
        migrations.AlterField(
            model_name="answer",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="quality.evaluationrevision",
            ),
        ),
        migrations.AlterField(
            model_name="disputeitem",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="quality.dispute",
            ),
        ),
        migrations.AlterField(
            model_name="evaluationrevision",
            name="evaluation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="quality.evaluation",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="answer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="quality.answer",
            ),
        ),
        migrations.AlterField(
            model_name="goldanswer",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gold",
                to="quality.calibrationsession",
            ),
        ),
        migrations.AlterField(
            model_name="mark",
            name="evaluation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="marks",
                to="quality.evaluation",
            ),
        ),
        migrations.AlterField(
            model_name="seat",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="quality.calibrationsession",
            ),
        ),
        migrations.AlterField(
            model_name="suggestion",
            name="evaluation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suggestions",
                to="quality.evaluation",
            ),
        ),
    ]
