"""A document for people: each value under its label, with its unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .faults import Path
from .schemas import Schema


@dataclass(frozen=True)
class Line:
    """One labelled value; ``depth`` says how far inside the document it stands, ``value`` is empty for a heading."""

    path: Path
    label: str
    value: str
    help: str = ""
    depth: int = 0
    known: bool = True


def describe(schema: Schema | None, document: Any) -> list[Line]:
    """The values of a document in the order of its schema; keys that the schema does not know follow as they are."""
    return list(_lines(schema, schema.definition if schema else {}, document, ()))


def _lines(schema: Schema | None, part: dict[str, Any], value: Any, path: Path) -> Iterator[Line]:
    for key, item in _steps(part, value):
        below = _part_of(schema, part, key)
        place = (*path, key)
        label = _label(below, key, item)
        about = gettext(below["description"]) if "description" in below else ""
        if isinstance(item, dict | list) and item and not _is_flat(item):
            yield Line(place, label, "", about, len(path), bool(below))
            yield from _lines(schema, below, item, place)
        else:
            yield Line(
                place, label, shown_value(item, below.get("x-unit", "")), about, len(path), bool(below)
            )


def _steps(part: dict[str, Any], value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, list):
        yield from enumerate(value)
        return
    known = [key for key in part.get("properties", {}) if key in value]
    yield from ((key, value[key]) for key in known)
    yield from ((key, value[key]) for key in sorted(value.keys() - set(known)))


def _part_of(schema: Schema | None, part: dict[str, Any], key: str | int) -> dict[str, Any]:
    if isinstance(key, int):
        below = part.get("items", {})
    else:
        below = part.get("properties", {}).get(key, part.get("additionalProperties", {}))
    return schema.resolve(below) if schema else {}


def _label(part: dict[str, Any], key: str | int, item: Any) -> str:
    if isinstance(key, int):
        return str(item["id"]) if isinstance(item, dict) and item.get("id") else str(key + 1)
    named = isinstance(item, dict) and item.get("name")
    if named:
        return str(item["name"])
    return gettext(part["title"]) if "title" in part else key


def _is_flat(value: dict[str, Any] | list[Any]) -> bool:
    """Whether a list reads well in one line: short texts and numbers only."""
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def shown_value(value: Any, unit: str = "") -> str:
    """A single value in the reader's language: numbers in the local format, with their unit."""
    if value is None or value in ("", [], {}):
        return str(_("not given"))
    if value is True:
        return str(_("yes"))
    if value is False:
        return str(_("no"))
    if isinstance(value, list):
        return ", ".join(shown_value(item) for item in value)
    if isinstance(value, int | float):
        number = str(localize(value)) if abs(value) < 1e15 else str(value)
        if not unit:
            return number
        return f"{number}{unit}" if unit == "°" else f"{number} {unit}"
    return str(value)
