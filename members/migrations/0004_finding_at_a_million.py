# Locks the table against writes while the indexes are made: seconds for a million rows.

from django.db import migrations, models

from recportal.records.search_index import search_index


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0003_invitation_correction"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["user_id"], name="member_user_anywhere"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["name"], name="member_name"),
        ),
        search_index("members", "member"),
    ]
