# Rewrites the table of the history, which nobody can write to meanwhile.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0004_finding_at_a_million"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalmember",
            name="history_id",
            field=models.BigAutoField(editable=False, primary_key=True, serialize=False),
        ),
    ]
