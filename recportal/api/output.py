"""Records as JSON, put together by the database: one text for each row, and nothing in between."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.expressions import Combinable, Func
from django.db.models.sql.compiler import SQLCompiler


class JsonObject(Func):
    """An object of JSON as text: its names and the expressions of their values.

    The same value on both engines: a document is a document, and a time is RFC 3339 in UTC with six decimals.
    The names are our own, since they go into the statement as they are.
    """

    output_field = models.TextField()

    def __init__(self, values: Mapping[str, str | Combinable], **extra: Any) -> None:
        self.names = list(values)
        super().__init__(
            *(F(value) if isinstance(value, str) else value for value in values.values()), **extra
        )

    def as_sql(  # type: ignore[override]  # the stubs want the options of a template, and there is none
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        parts: list[str] = []
        params: list[Any] = []
        is_sqlite = connection.vendor == "sqlite"
        for name, expression in zip(self.names, self.get_source_expressions(), strict=True):
            sql, compiled = compiler.compile(expression)
            given = [*compiled]
            field = expression.output_field
            if isinstance(field, models.DateTimeField):
                sql, given = _timestamp(sql, is_sqlite), given * (2 if is_sqlite else 1)
            elif isinstance(field, models.DateField) and not is_sqlite:
                sql = f"to_char({sql}, 'YYYY-MM-DD')"
            elif isinstance(field, models.JSONField) and is_sqlite:
                sql = f"JSON({sql})"
            elif isinstance(field, models.BooleanField) and is_sqlite:
                sql = f"JSON(CASE WHEN {sql} THEN 'true' ELSE 'false' END)"
            parts.append(f"'{name}', {sql}")
            params.extend(given)
        if is_sqlite:
            return f"JSON_OBJECT({', '.join(parts)})", params
        return f"JSON_BUILD_OBJECT({', '.join(parts)})::text", params


def _timestamp(sql: str, is_sqlite: bool) -> str:
    if is_sqlite:  # "2026-01-31 12:00:00.123456" in UTC; the fraction is missing where it is nought
        fraction = f"SUBSTR(SUBSTR({sql}, 21) || '000000', 1, 6)"
        return f"(REPLACE(SUBSTR({sql}, 1, 19), ' ', 'T') || '.' || {fraction} || 'Z')"
    return f"to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


class DocumentNumber(Func):
    """A number inside a document as a float; NULL where there is none, or something else stands there."""

    output_field = models.FloatField()

    def __init__(self, column: str, name: str, **extra: Any) -> None:
        self.name = name
        super().__init__(F(column), **extra)

    def as_sql(  # type: ignore[override]  # see above
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        sql, given = compiler.compile(self.get_source_expressions()[0])
        if connection.vendor == "sqlite":
            place = f'$."{self.name}"'
            cast = f"CASE WHEN JSON_TYPE({sql}, %s) IN ('integer', 'real') THEN JSON_EXTRACT({sql}, %s) END"
            return cast, [*given, place, *given, place]
        cast = f"CASE WHEN jsonb_typeof({sql} -> %s) = 'number' THEN ({sql} ->> %s)::double precision END"
        return cast, [*given, self.name, *given, self.name]
