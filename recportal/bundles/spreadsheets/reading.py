"""From the bytes of a table to the neutral form of a bundle. A file is hostile until it is read."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NoReturn

from django.utils.translation import gettext_lazy as _

from recportal.bundles.bundle import Bundle
from recportal.bundles.faults import BundleUnreadable, FileFault, add
from recportal.bundles.garbage import garbage_left_alone
from recportal.bundles.parsing import decoded
from recportal.documents.faults import Fault, Path, Text, say
from recportal.documents.field import KIB
from recportal.documents.text import flaws, parse, shown
from recportal.text import stored

from .cells import Doubt, clears, error_value, trimmed
from .columns import POINTS, Column, Kind, column_named
from .dialects import Dialect
from .sheet import CellFault, Place, Sheet
from .spoilt import is_error_value

#: More rows than the largest community has, by far.
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 1_000
#: The header is looked for in so many rows.
_HEADER_WITHIN: Final = 50
_LONGEST_CELL: Final = 1024 * KIB
_MOST_GROUPS: Final = 100
_DIALECTS: Final = (Dialect(";", ","), Dialect(",", "."), Dialect("\t", ","))
_GROUP: Final = re.compile(r"delivery_point_([1-9][0-9]?)_|.* ([1-9][0-9]?)\s*:", re.IGNORECASE)
_ARCHIVES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

# The library's own limit is less than what a document may hold.
csv.field_size_limit(_LONGEST_CELL)


@dataclass
class _Header:
    """The row that names the columns, and how the table has to be read."""

    row: int
    kind: Kind
    dialect: Dialect
    columns: dict[int, Column]
    #: Headers that mean nothing, by their place.
    unknown: dict[int, str]
    names: list[str]


@dataclass
class _Row:
    """What one row says, on the way into a record."""

    number: int
    key: str
    record: dict[str, Any] = field(default_factory=dict)
    cleared: list[Path] = field(default_factory=list)


@garbage_left_alone()
def read_table(content: bytes, community: str) -> Bundle:
    """The bundle that a CSV file with members or with assets of ``community`` (its key) stands for.

    Raises ``BundleUnreadable`` where the file is no table of ours (``not_csv``, ``not_utf8``,
    ``invalid_csv``, ``no_header``, ``repeated_column``, ``too_many_rows``, ``too_many_columns``). What is
    wrong further inside is in the bundle's ``faults``, each with its row and column: ``unknown_column``,
    ``other_community``, ``required``, ``key_taken``, ``ambiguous_number``, ``number_shortened``,
    ``error_value``, and what JSON in a cell can have.
    """
    if content.startswith(_ARCHIVES):
        _refuse(
            "not_csv",
            _("This is a spreadsheet program's own file. Save it there as “CSV UTF-8”, and upload that."),
        )
    text = decoded(content)
    header = find_header(text)
    return _Table(header, community).read(rows_of(text, header.dialect))


def looks_like_a_table(name: str) -> bool:
    """Whether a file of this name is meant to be a table, and no bundle."""
    return name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"))


def _refuse(code: str, message: Text) -> NoReturn:
    raise BundleUnreadable([FileFault((), code, message)])


def rows_of(text: str, dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)


def find_header(text: str) -> _Header:
    """The first row, read in one of the ways, that names the most columns, the key among them."""
    best: _Header | None = None
    for dialect in _DIALECTS:
        rows = enumerate(islice(rows_of(text, dialect), _HEADER_WITHIN), 1)
        try:
            for number, row in rows:
                for found in _headers_in(number, row, dialect):
                    if best is None or len(found.columns) > len(best.columns):
                        best = found
        except csv.Error:
            continue  # not the way in which it is written, or told later with its row
    if best is None:
        message = _(
            "No row names the columns. A table of ours has at least the columns “key” and “name”: "
            "download the template to see all of them."
        )
        _refuse("no_header", message)
    return best


def _headers_in(number: int, row: list[str], dialect: Dialect) -> Iterator[_Header]:
    if len(row) < 2:
        return
    names = [trimmed(cell) for cell in row[: MOST_COLUMNS + 1]]
    groups = _groups_in(names)
    for kind in ("member", "asset"):
        columns: dict[int, Column] = {}
        unknown: dict[int, str] = {}
        for index, name in enumerate(names):
            column = column_named(kind, name, groups) if name else None
            if column:
                columns[index] = column
            elif not name.startswith("#") or _is_spoilt(name):
                unknown[index] = name
        if len(columns) > 1 and any(column.name == "key" for column in columns.values()):
            yield _Header(number, kind, dialect, columns, unknown, names)


def _is_spoilt(header: str) -> bool:
    """Whether the header, which begins with #, is an error value rather than that of a column left out."""
    return bool(header.strip("#")) and is_error_value(header)


def _groups_in(names: list[str]) -> int:
    numbers = [
        int(match[1] or match[2]) for name in names if len(name) < 200 and (match := _GROUP.match(name))
    ]
    return min(max(numbers, default=1), _MOST_GROUPS)


class _Table:
    """Reads the rows below the header into a bundle."""

    def __init__(self, header: _Header, community: str) -> None:
        self.header = header
        self.community = community
        self.sheet = Sheet(header.kind)
        self.bundle = Bundle("native", {"key": community}, sheet=self.sheet)
        self.records = self.bundle.members if header.kind == "member" else self.bundle.assets
        self.section = f"{header.kind}s"
        self._told: set[int] = set()

    def read(self, rows: Iterator[list[str]]) -> Bundle:
        self._check_header()
        number = 0
        try:
            for number, row in enumerate(rows, 1):
                if number > MOST_ROWS + self.header.row:
                    _refuse("too_many_rows", say(_("A table has at most %(most)s rows."), most=MOST_ROWS))
                if number > self.header.row and any(map(trimmed, row)):
                    self._read_row(number, row)
        except csv.Error:
            message = _(
                "From row %(row)s on this is no CSV any more: perhaps quotes open there and are never closed."
            )
            _refuse("invalid_csv", say(message, row=number + 1))
        return self.bundle

    def _check_header(self) -> None:
        if len(self.header.names) > MOST_COLUMNS:
            _refuse("too_many_columns", say(_("A table has at most %(most)s columns."), most=MOST_COLUMNS))
        for index, column in self.header.columns.items():
            if column.path in self.sheet.headers:
                message = say(_("The column “%(name)s” stands there twice."), name=shown(self._name(index)))
                _refuse("repeated_column", message)
            self.sheet.add(column, self._name(index))

    def _name(self, index: int) -> str:
        return self.header.names[index]

    def _fault(self, row: int, index: int | None, path: Path, code: str, message: Text) -> None:
        column = self._name(index) if index is not None and index < len(self.header.names) else ""
        add(self.bundle.faults, CellFault(path, code, message, Place(row, column)))

    def _doubt(self, row: int, index: int, path: Path, doubt: Doubt) -> None:
        self._fault(row, index, path, doubt.code, doubt.text)

    def _read_row(self, number: int, cells: list[str]) -> None:
        self._check_unknown(number, cells)
        row = _Row(number, self._key(number, cells))
        if not row.key:
            return
        rests: dict[str, Any] = {}
        points: dict[int, dict[str, Any]] = {}
        for index, column in self.header.columns.items():
            cell = trimmed(cells[index]) if index < len(cells) else ""
            if not cell or column.name == "key":
                continue
            if column.name == "community":
                self._check_community(number, index, cell)
            elif clears(cell):
                self._clear(row, column)
            elif column.is_rest:
                rests[column.name] = self._json(row, index, column, cell)
            else:
                self._take(row, index, column, cell, points)
        self._settle(row, rests, points)
        self.records[row.key] = row.record
        if row.cleared:
            self.bundle.cleared[row.key] = row.cleared

    def _key(self, number: int, cells: list[str]) -> str:
        index = next(index for index, column in self.header.columns.items() if column.name == "key")
        try:
            key = self.header.columns[index].format.read(
                cells[index] if index < len(cells) else "", self.header.dialect
            )
        except Doubt as doubt:
            self._doubt(number, index, (), doubt)
            return ""
        if not key:
            self._fault(
                number,
                index,
                (),
                "required",
                _("Each row needs a key: records are found by it, never by name."),
            )
            return ""
        if key in self.sheet.rows:
            message = _("The key “%(key)s” stands in row %(row)s already.")
            self._fault(
                number, index, (), "key_taken", say(message, key=shown(key), row=self.sheet.rows[key])
            )
            return ""
        self.sheet.rows[key] = number
        return str(key)

    def _check_unknown(self, number: int, cells: list[str]) -> None:
        """Nothing is dropped in silence: a column without meaning may stand there, and be empty."""
        for index, cell in enumerate(cells):
            if index in self.header.columns or index in self._told or not trimmed(cell):
                continue
            name = self._name(index) if index < len(self.header.names) else ""
            if index < len(self.header.names) and index not in self.header.unknown:
                continue  # begins with #, a column of the reader's own
            self._told.add(index)
            if _is_spoilt(name):
                self._doubt(self.header.row, index, (), error_value(name))
                continue
            if name:
                message = _(
                    "There is no column “%(name)s”. To leave it out, begin its header with #; to keep it as "
                    "further data, call it “extra.%(name)s”."
                )
            else:
                message = _("This cell stands under no header.")
            self._fault(
                number, index, (), "unknown_column", say(message, name=shown(name)) if name else message
            )

    def _check_community(self, number: int, index: int, cell: str) -> None:
        try:
            named = self.header.columns[index].format.read(cell, self.header.dialect)
        except Doubt as doubt:
            self._doubt(number, index, ("community",), doubt)
            return
        if named != self.community:
            message = _("This row is of the community “%(other)s”, and you chose “%(chosen)s”.")
            said = say(message, other=shown(str(named)), chosen=self.community)
            self._fault(number, index, ("community",), "other_community", said)

    def _clear(self, row: _Row, column: Column) -> None:
        if len(column.path) == 1 and not column.is_rest:
            row.record[column.name] = ""
        else:
            row.cleared.append(column.path)

    def _json(self, row: _Row, index: int, column: Column, cell: str) -> Any:
        path: Path = (self.section, row.key, column.name)
        if is_error_value(cell):
            self._doubt(row.number, index, path, error_value(cell))
            return None
        try:
            value = parse(cell)
            found = flaws(value, (), _LONGEST_CELL)
            wanted = list if column.name == POINTS else dict
            if not found and not isinstance(value, wanted):
                raise Fault(_("This column holds JSON, as the export writes it, or nothing."), "wrong_type")
            if found:
                raise found[0]
        except Fault as fault:
            self._fault(row.number, index, path, fault.code, fault.text)
            return None
        return value

    def _take(
        self, row: _Row, index: int, column: Column, cell: str, points: dict[int, dict[str, Any]]
    ) -> None:
        try:
            value = column.format.read(cell, self.header.dialect)
        except Doubt as doubt:
            self._doubt(row.number, index, (self.section, row.key, *column.path), doubt)
            return
        if value is None:
            return
        match column.path:
            case (str(name),):
                row.record[name] = value
            case (_points, int(group), str(key)):
                points.setdefault(group, {})[key] = value
            case (str(document), str(key)):
                row.record.setdefault(document, {})[key] = value

    def _settle(self, row: _Row, rests: dict[str, Any], points: dict[int, dict[str, Any]]) -> None:
        """Put what stands as JSON below what has a column of its own, and the points into one list."""
        named: list[Any] = []
        for group, point in sorted(points.items()):
            name = point.get("id")
            index = next(
                (i for i, each in self.header.columns.items() if each.path == (POINTS, group, "id")), None
            )
            if name is None:
                place: Path = (self.section, row.key, POINTS)
                message = _("A delivery point needs its id: without it nothing of the point can be told.")
                self._fault(row.number, index, place, "required", message)
                continue
            self.sheet.groups[row.key, stored(str(name))] = group
            named.append(point)
        row.cleared = self._by_id(row.cleared, points)
        if POINTS in rests or named:
            row.record[POINTS] = _joined(named, rests.pop(POINTS, None) or [])
        for document, rest in rests.items():
            if isinstance(rest, dict):
                row.record[document] = rest | row.record.get(document, {})

    def _by_id(self, cleared: list[Path], points: dict[int, dict[str, Any]]) -> list[Path]:
        """The cleared places with the id of a delivery point for the number of its group."""
        found: list[Path] = []
        for path in cleared:
            if len(path) == 3:
                name = points.get(int(path[1]), {}).get("id")
                if name is not None and path[2] != "id":
                    found.append((POINTS, str(name), path[2]))
            else:
                found.append(path)
        return found


def _joined(named: list[Any], rest: list[Any]) -> list[Any]:
    """Delivery points of the groups, each with what the rest has to say of it, then the others."""
    further = {
        point["id"]: point for point in rest if isinstance(point, dict) and isinstance(point.get("id"), str)
    }
    if len(further) < len(rest):
        return [*named, *rest]  # two of one id, or no points: for the rules to refuse
    joined = [further.pop(str(point["id"]), {}) | point for point in named]
    return [*joined, *further.values()]
