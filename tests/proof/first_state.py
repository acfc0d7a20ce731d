"""The register as the first migrations made it, with the demo in it: `first_state.jsonl` beside this file.

    python -m tests.proof.first_state load migrate dump …

does one thing after the other to the database of `DATABASE_URL`: `load` makes an empty one the register of
the file on the standard input, `dump` prints what a register of any later state says of the same columns,
`migrate` brings it to the newest migrations, `back` to the first ones, and `zero` removes everything of ours.

Rows are read and written with the models as they were, which Django takes from the migrations. The file was
made once, from the demo and a few changes to it. It is made again only while the first migrations themselves
may change, which ends with the first release.
"""

import json
import os
import sys
from datetime import date
from typing import Any, Final

import django
from django.core.management import call_command
from django.core.management.color import no_style

#: The last of the first migrations of each app.
FIRST: Final = [
    ("accounts", "0001_initial"),
    ("communities", "0001_initial"),
    ("members", "0002_holding_asset"),
    ("assets", "0001_initial"),
]


def models() -> list[Any]:
    """All models of that state, those first that others refer to."""
    from django.db.migrations.loader import MigrationLoader

    apps = MigrationLoader(None).project_state(FIRST).apps
    return [model for app, _name in FIRST for model in apps.get_app_config(app).get_models()]


def dump() -> None:
    """A line of JSON for each row, `["app.Model", {column: value}]`, and a last one with a dot."""
    for model in models():
        for row in model._base_manager.order_by("pk").values():
            said = [model._meta.label, row]
            print(json.dumps(said, default=_exact, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    print(".")


def _exact(moment: date) -> str:
    return moment.isoformat()  # all that JSON does not know are dates and times


def load() -> None:
    from django.db import connection, transaction

    back()
    made = models()
    by_label = {model._meta.label: model for model in made}
    rows: dict[str, list[Any]] = {label: [] for label in by_label}
    for line in sys.stdin:
        label, values = json.loads(line)
        rows[label].append(by_label[label](**values))
    with transaction.atomic(), connection.cursor() as cursor:
        for label, records in rows.items():
            by_label[label]._base_manager.bulk_create(records)
        for statement in connection.ops.sequence_reset_sql(no_style(), made):
            cursor.execute(statement)


def migrate() -> None:
    call_command("migrate", verbosity=0)


def back() -> None:
    for app, migration in FIRST:
        call_command("migrate", app, migration, verbosity=0)


def zero() -> None:
    from django.db import connection

    call_command("migrate", "accounts", "zero", verbosity=0)
    with connection.cursor() as cursor:
        left = [name for name in connection.introspection.table_names(cursor) if name.startswith(tuple(OURS))]
    assert not left, left


OURS: Final = [f"{app}_" for app, _name in FIRST]
VERBS: Final = {"load": load, "migrate": migrate, "dump": dump, "back": back, "zero": zero}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recportal.settings")
    django.setup()
    for verb in sys.argv[1:]:
        VERBS[verb]()
