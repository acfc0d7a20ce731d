# Rewrites the table: on PostgreSQL some seconds for a million rows, while nobody writes.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0002_finding_at_a_million"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalasset",
            name="history_id",
            field=models.BigAutoField(editable=False, primary_key=True, serialize=False),
        ),
    ]
