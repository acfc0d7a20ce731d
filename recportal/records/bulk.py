"""Writing many rows at once, as fast as each engine can."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models

from recportal.documents.text import compact

_BATCH = 1000


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model and give them their ids. Sends no signals, checks nothing but constraints.

    Raises ``IntegrityError`` as any insert does. PostgreSQL takes them as a ``COPY``: a third of the time of
    an ``INSERT`` whose parameters have to be quoted.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(type(rows[0]), rows)
    else:
        type(rows[0])._base_manager.bulk_create(rows, batch_size=_BATCH)


def _copy(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = model._meta.concrete_fields
    names = ", ".join(quote(str(column.column)) for column in columns)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, str(model._meta.pk.column), len(rows)],
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(_values(row, columns)))
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _values(row: models.Model, columns: Sequence[Any]) -> Iterator[Any]:
    for column in columns:
        value = column.pre_save(row, add=True)
        if isinstance(column, models.JSONField):
            yield compact(value)
        else:
            yield column.get_db_prep_save(value, connection)
