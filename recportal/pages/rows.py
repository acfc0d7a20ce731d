"""A document as rows of a page: everything that could be known, in plain words, and what is not recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext

from recportal.documents.display import Line, describe
from recportal.documents.faults import Path, pointer
from recportal.documents.field import DocumentField
from recportal.documents.schemas import Schema
from recportal.records.models import Record

from .words import COMPASS, HELPS, POINT_TYPES, UNITS, VALUES


@dataclass(frozen=True)
class Row:
    """One labelled value. ``value`` is empty for what is not recorded, and for the heading of what follows.

    ``at`` is where it stands, as a correction names it (JSON Pointer); empty where none can be proposed.
    """

    label: str
    value: str
    help: str = ""
    at: str = ""
    depth: int = 0
    is_heading: bool = False


def rows(record: Record, name: str) -> list[Row]:
    """The document in the column ``name``: known properties first, recorded or not, then unknown keys."""
    column = _column(record, name)
    return list(document_rows(column.schema_of(record), getattr(record, name), (name,)))


def document_rows(schema: Schema | None, document: dict[str, Any], path: Path) -> Iterator[Row]:
    """Rows of an object; ``path`` leads to it, with the ids of list entries."""
    lines: dict[str, list[Line]] = {}
    for line in describe(schema, document):
        lines.setdefault(str(line.path[0]), []).append(line)
    definition = schema.definition if schema else {}
    for key, part in definition.get("properties", {}).items():
        part = schema.resolve(part) if schema else part
        if key in lines:
            yield from _shown(lines.pop(key), part, document[key], (*path, key))
        elif "not" not in part:
            yield Row(gettext(part.get("title", key)), "", _help(part, (*path, key)), pointer((*path, key)))
    for key, unknown in lines.items():
        yield from _shown(unknown, {}, document[key], (*path, key))


def entry_rows(record: Record, name: str, entry: dict[str, Any]) -> list[Row]:
    """One entry of a list of things with an id, such as a delivery point."""
    schema = _column(record, name).schema_of(record)
    part = schema.resolve(schema.definition.get("items", {})) if schema else {}
    return list(document_rows(Schema(f"{name} entry", part), entry, (name, entry.get("id", ""))))


def _shown(lines: list[Line], part: dict[str, Any], value: Any, path: Path) -> Iterator[Row]:
    first, *below = lines
    yield Row(
        first.label,
        plain(path[-1], value) or first.value,
        _help(part, path),
        pointer(path),
        is_heading=bool(below),
    )
    for line in below:
        yield Row(line.label, line.value, line.help, "", line.depth, is_heading=not line.value)


def plain(key: str | int, value: Any) -> str:
    """The value in plain words where there are some: vocabularies, directions of the compass, days."""
    if key == "orientation" and isinstance(value, int | float) and not isinstance(value, bool):
        word = VALUES["orientation"][COMPASS[round(value / 45) % 8]]
        return f"{word} ({value:g}°)"
    if isinstance(value, str):
        if key == "type" and value in POINT_TYPES:
            return value.upper()
        words = VALUES.get(str(key), {})
        if value in words:
            return str(words[value])
        if str(key).endswith(("_date", "_on")):
            try:
                return date_format(date.fromisoformat(value), "DATE_FORMAT")
            except ValueError:
                return ""
    return ""


def _help(part: dict[str, Any], path: Path) -> str:
    """The plain sentence about a property, and about the unit that it is given in."""
    plainer = HELPS.get((str(path[0]), str(path[-1]))) if len(path) == 2 else None
    own = str(plainer) if plainer else gettext(part["description"]) if part.get("description") else ""
    sentences = [own] if own else []
    unit = part.get("x-unit", "")
    if unit in UNITS and unit != "°":
        sentences.append(f"{unit}: {UNITS[unit]}")
    return " ".join(sentences)


def _column(record: Record, name: str) -> DocumentField:
    column = type(record)._meta.get_field(name)
    assert isinstance(column, DocumentField)
    return column
