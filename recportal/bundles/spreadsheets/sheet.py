"""Where in a table a record and its values stand, so that what is wrong can be found there."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from recportal.bundles.faults import FileFault
from recportal.documents.faults import Path, Text, say
from recportal.documents.text import shown
from recportal.text import stored

from .columns import POINTS, Column, Kind


@dataclass(frozen=True)
class Place:
    """A row, counted as spreadsheets do, and the header of a column; empty for the row as a whole."""

    row: int
    column: str = ""

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> Text:
        if self.column:
            return say(_("row %(row)s, column “%(column)s”"), row=self.row, column=shown(self.column))
        return say(_("row %(row)s"), row=self.row)


@dataclass(frozen=True)
class CellFault(FileFault):
    """A reason for refusing a table; ``path`` is that of the same value in a bundle."""

    place: Place = Place(1)

    @property
    def where(self) -> str:
        return str(self.place)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass
class Sheet:
    """The table that a bundle was read from."""

    kind: Kind
    #: Key of a record → its row.
    rows: dict[str, int] = field(default_factory=dict)
    #: The columns that the table has, each with the header under which it stands there.
    headers: dict[Path, str] = field(default_factory=dict)
    #: (Key of a member, id of a delivery point) → the group in which it stands.
    groups: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, column: Column, header: str) -> None:
        self.headers[column.path] = header

    def place(self, key: str, record: Any, path: Path) -> Place | None:
        """Where a value of a record that would be stored stands; None where the table is silent about it."""
        row = self.rows.get(key)
        if row is None:
            return None
        return Place(row, self._header(key, record, path))

    def _header(self, key: str, record: Any, path: Path) -> str:
        match path:
            case (column, int(index), *rest) if column == POINTS:
                points = record.delivery_points
                point = points[index] if isinstance(points, list) and index < len(points) else None
                name = stored(str(point.get("id", ""))) if isinstance(point, dict) else ""
                group = self.groups.get((key, name), 0)
                below = rest[0] if rest else "id"
                return self.headers.get((POINTS, group, below)) or self.headers.get((POINTS,), "")
            case (column, str(below), *_rest):
                return self.headers.get((column, below)) or self.headers.get((column,), "")
            case (column, *_rest):
                return self.headers.get((column,), "")
        return ""
