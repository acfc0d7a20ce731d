"""The user id as it is compared, in a column of its own.

Where two stored user ids are one by now, the later keeps its own spelling there: `check_registry` names it.
"""

from typing import Any

from django.db import migrations, models

import recportal.records.fields
from recportal.text import compared


def compare(apps: Any, _schema_editor: Any) -> None:
    members = apps.get_model("members", "Member").objects.exclude(user_id="").order_by("pk")
    members.update(user_id_compared=models.F("user_id"))
    taken = set(members.values_list("community_id", "user_id"))
    for pk, community, user_id in list(members.values_list("pk", "community_id", "user_id")):
        code = compared(user_id)
        if code != user_id and (community, code) not in taken:
            taken.add((community, code))
            members.filter(pk=pk).update(user_id_compared=code)


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0005_history_of_64_bits"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="user_id_compared",
            field=recportal.records.fields.ComparedField(
                blank=True, default="", editable=False, max_length=512
            ),
        ),
        migrations.RunPython(compare, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="member", name="member_user_id"),
        migrations.RemoveIndex(model_name="member", name="member_user_anywhere"),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user_id_compared", ""), _negated=True),
                fields=("community", "user_id_compared"),
                name="member_user_id",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["user_id_compared"], name="member_user_anywhere"),
        ),
    ]
