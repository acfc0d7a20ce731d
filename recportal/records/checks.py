"""System checks of the program's own files, and of the tables of a database."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import CheckConstraint, Model, UniqueConstraint


@register(Tags.security, deploy=True)
def program_is_not_the_accounts_own(**_options: Any) -> list[CheckMessage]:
    """``records.E001`` when the account that runs the program could change it.

    A fault in the service would then be a way to run code as the next account that starts the program, such
    as root during an upgrade. Run as root, the check cannot ask on behalf of the service's account, and
    reports nothing.
    """
    if os.geteuid() == 0:
        return []
    program, packages = Path(settings.BASE_DIR), Path(sys.prefix).resolve()
    folders = [program] if packages.is_relative_to(program) else [program, packages]
    found = next(changeable(folders, apart=settings.DATA_DIR), None)
    if found is None:
        return []
    return [
        Error(
            f"The account that runs the program can change it: {found} is its own, or open to it.",
            hint="Make root the owner of the program and of the folders above it; DATA_DIR is for data.",
            id="records.E001",
        )
    ]


def changeable(folders: list[Path], apart: Path) -> Iterator[Path]:
    """Paths of the program, and of the folders above it, that this account could write or replace."""
    for folder in folders:
        folder = folder.resolve()
        # An account that may write a folder can replace what lies in it.
        yield from filter(_is_replaceable_in, folder.parents)
        for parent, names, files in os.walk(folder):
            here = Path(parent)
            names[:] = [name for name in names if here / name != apart]
            yield from filter(_is_writable, [here, *(here / name for name in files)])


def _is_writable(path: Path) -> bool:
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        return False  # the folder that it lies in decides
    return about.st_uid == os.geteuid() or os.access(path, os.W_OK, effective_ids=True)


def _is_replaceable_in(folder: Path) -> bool:
    """In a folder such as /tmp, the sticky bit leaves each file to its owner."""
    return _is_writable(folder) and not (
        folder.stat().st_mode & stat.S_ISVTX and folder.stat().st_uid != os.geteuid()
    )


@register(Tags.database)
def tables_are_those_of_this_version(
    databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """``records.E002`` when a database claims our migrations, and has other tables.

    Until the first release, the one initial migration of an app is made anew when its tables change.
    `migrate`, which runs this check first, would find nothing to do in an older development database.
    """
    try:
        found = [each for alias in databases or () for each in differences(connections[alias])]
    except DatabaseError:
        return []  # what asked for the check says that the database is away
    if not found:
        return []
    return [
        Error(
            "This database was made by an earlier development version of recportal, whose tables this "
            f"version cannot take over ({found[0]}).",
            hint="Export its communities with that version (export_bundle) and import them into a new "
            "database. Where it holds the demo only, remove it and start over (a checkout has it in var/).",
            id="records.E002",
        )
    ]


def differences(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """What the tables lack of the models whose migrations have all been applied, by table and name."""
    loader = MigrationLoader(connection)
    for config in apps.get_app_configs():
        if not (settings.BASE_DIR / config.name.partition(".")[0]).is_dir():
            continue  # Django's or another package's
        newest = loader.graph.leaf_nodes(config.label)
        if not newest or not set(newest) <= loader.applied_migrations.keys():
            continue  # `migrate` has something to do
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            for model in config.get_models(include_auto_created=True):
                table = model._meta.db_table
                if table not in tables:
                    yield table
                    continue
                columns = {row.name for row in connection.introspection.get_table_description(cursor, table)}
                named = connection.introspection.get_constraints(cursor, table).keys()
                yield from (f"{table}.{name}" for name in _names(model) if name not in {*columns, *named})


def _names(model: type[Model]) -> Iterator[str]:
    """The columns, constraints and indexes that the model declares."""
    yield from (field.column for field in model._meta.local_concrete_fields if field.column)
    yield from (index.name for index in model._meta.indexes)
    # SQLite does not know the names of foreign keys, such as that of an asset's owner.
    named = (CheckConstraint, UniqueConstraint)
    yield from (each.name for each in model._meta.constraints if isinstance(each, named))
