"""From records to the lines of a table. Any number of them: nothing is kept."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import F, Func, IntegerField, Max, QuerySet

from recportal.bundles.plan import COLUMNS

from .cells import Format
from .columns import MOST_GROUPS, POINTS, Column, Kind, columns_of, headers
from .dialects import Dialect

_BYTE_ORDER_MARK: Final = "\ufeff"
_CHUNK: Final = 500
_TEXT: Final = Format()
#: The groups of delivery points that a template offers.
_TEMPLATE_GROUPS: Final = 2


class _Length(Func):
    """The number of entries of a list."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY_LENGTH", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **context)


class _Echo:
    """What the CSV writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def template_lines(kind: Kind, dialect: Dialect) -> Iterator[str]:
    """A table without rows, to be filled in."""
    return _lines(kind, _TEMPLATE_GROUPS if kind == "member" else 0, (), dialect)


def table_lines(kind: Kind, records: "QuerySet[Any]", dialect: Dialect) -> Iterator[str]:
    """The members or assets as the lines of a table, each as long as it takes to read a few hundred rows.

    Two queries for members, which are asked first how many delivery points one of them has, one for assets.
    """
    groups = _most_points(records) if kind == "member" else 0
    names = ["community__key", "key", *(["owner__key"] if kind == "asset" else []), *COLUMNS[kind]]
    keys = ["community", "key", *(["owner"] if kind == "asset" else []), *COLUMNS[kind]]
    rows = records.values_list(*names).iterator(chunk_size=_CHUNK)
    return _lines(kind, groups, (dict(zip(keys, row, strict=True)) for row in rows), dialect)


def _most_points(records: "QuerySet[Any]") -> int:
    most = records.order_by().aggregate(most=Max(_Length(F(POINTS))))["most"]
    return min(max(most or 0, 1), MOST_GROUPS)


def _lines(kind: Kind, groups: int, rows: Iterable[dict[str, Any]], dialect: Dialect) -> Iterator[str]:
    columns = columns_of(kind, groups)
    titles = headers(kind, groups, dialect.language)
    write = csv.writer(_Echo(), delimiter=dialect.delimiter).writerow
    yield _BYTE_ORDER_MARK + str(write([titles[column.name] for column in columns]))
    for row in rows:
        yield str(write(_cells(columns, row, groups, dialect)))


def _cells(columns: tuple[Column, ...], row: dict[str, Any], groups: int, dialect: Dialect) -> list[str]:
    """The cells of a record. What its column cannot carry is left to that of the rest, which comes later."""
    rests: dict[str, Any] = {name: dict(value) for name, value in row.items() if isinstance(value, dict)}
    points = row.get(POINTS)
    numbered = [dict(point) if isinstance(point, dict) else point for point in points or ()]
    if not all(_has_plain_id(point, dialect) for point in numbered):
        groups = 0  # without its id a group means nothing: the whole list goes into the rest
    cells = {}
    for column in columns:
        if column.is_rest:
            continue
        match column.path:
            case (str(name),):
                cells[column.name] = column.format.write(row.get(name), dialect) or ""
                continue
            case (_points, int(group), str(key)):
                holder = numbered[group - 1] if group <= min(groups, len(numbered)) else {}
            case (str(document), str(key)):
                holder = rests.get(document, {})
        cell = column.format.write(holder[key], dialect) if key in holder else ""
        if cell and not (column.group and key == "id"):
            del holder[key]
        cells[column.name] = cell or ""
    if numbered:
        rests[POINTS] = _further(numbered, groups)
    return [_rest(column, rests, dialect) if column.is_rest else cells[column.name] for column in columns]


def _has_plain_id(point: Any, dialect: Dialect) -> bool:
    return isinstance(point, dict) and bool(_TEXT.write(point.get("id"), dialect))


def _further(numbered: list[Any], groups: int) -> list[Any]:
    """The points that no group carries, and what of the others no cell says, with their id."""
    return [point for number, point in enumerate(numbered, 1) if number > groups or len(point) > 1]


def _rest(column: Column, rests: dict[str, Any], dialect: Dialect) -> str:
    rest = rests.get(column.name)
    return (column.format.write(rest, dialect) or "") if rest else ""
