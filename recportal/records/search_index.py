"""The index under searches for a part of a word, for migrations. PostgreSQL needs an extension for it."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.transaction import atomic
from django.db.utils import ProgrammingError


def search_index(app: str, model: str) -> RunPython:
    """Index the ``search_text`` of a model by trigrams where PostgreSQL has `pg_trgm` or takes it.

    Elsewhere, SQLite included, nothing is done: searches find the same, and read more for it. The extension
    stays when the migration is taken back, since others may use it.
    """
    name = f"{model}_search"

    def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql" and _has_trigrams(schema_editor):
            table = schema_editor.quote_name(apps.get_model(app, model)._meta.db_table)
            schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin (search_text gin_trgm_ops)")

    def drop(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")

    steps: tuple[Callable[..., None], Callable[..., None]] = (create, drop)
    return RunPython(*steps)


def _has_trigrams(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    """Whether the extension is there by now; a role without the right to it does without."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm'")
        found = cursor.fetchone()
        if found is None or found[0] is not None:
            return found is not None
        try:
            with atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except ProgrammingError:
            return False
    return True
