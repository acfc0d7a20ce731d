# Locks the table against writes while the indexes are made: seconds for a million rows.

from django.db import migrations, models

from recportal.records.search_index import search_index


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["name"], name="asset_name"),
        ),
        search_index("assets", "asset"),
    ]
