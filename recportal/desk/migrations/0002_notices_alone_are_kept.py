from typing import Any

from django.db import migrations, models


def forget(apps: Any, schema_editor: Any) -> None:
    """What is kept is derived, and has another shape from now on: it is counted anew."""
    apps.get_model("desk", "CommunityFigures").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]

    operations = [
        migrations.RunPython(forget, forget, elidable=True),
        migrations.RemoveField("communityfigures", "figures"),
        migrations.AddField(
            "communityfigures", "notices", models.JSONField(default=dict, verbose_name="notices")
        ),
        migrations.AddField(
            "communityfigures", "unfinished", models.JSONField(null=True, verbose_name="unfinished count")
        ),
        migrations.AlterField(
            "communityfigures",
            "counted_at",
            models.DateTimeField(db_index=True, null=True, verbose_name="counted at"),
        ),
    ]
