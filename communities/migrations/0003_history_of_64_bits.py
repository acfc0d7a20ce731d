# Rewrites the table of the history, which nobody can write to meanwhile.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("communities", "0002_api_token"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalcommunity",
            name="history_id",
            field=models.BigAutoField(editable=False, primary_key=True, serialize=False),
        ),
    ]
