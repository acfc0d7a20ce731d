from typing import Any

from django.db import migrations, models


def fold_names(apps: Any, schema_editor: Any) -> None:
    accounts = apps.get_model("accounts", "User").objects
    for pk, username in accounts.filter(username_folded="").values_list("pk", "username").iterator():
        accounts.filter(pk=pk).update(username_folded=username.casefold())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            "user",
            "username_folded",
            models.CharField(max_length=768, default="", db_default="", db_index=True, editable=False),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
    ]
