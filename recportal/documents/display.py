"""A document for people: each value under its label, with its unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from .faults import Path
from .schemas import Schema
from .units import with_unit

#: A day, or a moment that says how far it is from UTC, as documents hold them.
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2}))?"
)


@dataclass(frozen=True)
class Line:
    """One labelled value; ``depth`` says how far inside the document it stands, ``value`` is empty for a
    heading.
    """

    path: Path
    label: str
    value: str
    help: str = ""
    depth: int = 0
    known: bool = True


def describe(schema: Schema | None, document: Any) -> list[Line]:
    """The values of a document in the order of its schema; unknown keys follow as they are."""
    return list(_lines(schema, schema.definition if schema else {}, document, ()))


def _lines(schema: Schema | None, part: dict[str, Any], value: Any, path: Path) -> Iterator[Line]:
    for key, item in _steps(part, value):
        below = _part_of(schema, part, key)
        line = Line(
            path=(*path, key),
            label=_label(below, key, item, is_property=key in part.get("properties", {})),
            value="",
            help=gettext(below["description"]) if "description" in below else "",
            depth=len(path),
            known=bool(below),
        )
        if isinstance(item, dict | list) and item and not _is_flat(item):
            yield line
            yield from _lines(schema, below, item, line.path)
        else:
            yield replace(line, value=shown_value(item, below.get("x-unit", "")))


def trail(schema: Schema | None, document: Any, path: Path) -> list[str]:
    """The labels on the way to a place; entries of lists are named by index or by ``id``.

    Empty where the schema knows nothing of the place: then the path says all there is.
    """
    part = schema.definition if schema else {}
    labels = []
    for step in path:
        is_property = step in part.get("properties", {})
        if isinstance(document, list):
            item, below = _entry(document, step), _part_of(schema, part, 0)
        else:
            item = document.get(step) if isinstance(document, dict) else None
            below = _part_of(schema, part, step)
        if not below:
            return []
        labels.append(_label(below, step, item, is_property=is_property))
        part, document = below, item
    return labels


def _entry(listed: list[Any], step: str | int) -> Any:
    if isinstance(step, int):
        return listed[step] if step < len(listed) else None
    return next((each for each in listed if isinstance(each, dict) and each.get("id") == step), None)


def _steps(part: dict[str, Any], value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, list):
        yield from enumerate(value)
    elif isinstance(value, dict):
        known = [key for key in part.get("properties", {}) if key in value]
        yield from ((key, value[key]) for key in (*known, *sorted(value.keys() - set(known))))


def _part_of(schema: Schema | None, part: dict[str, Any], key: str | int) -> dict[str, Any]:
    if isinstance(key, int):
        below = part.get("items", {})
    else:
        below = part.get("properties", {}).get(key, part.get("additionalProperties", {}))
    return schema.resolve(below) if schema else {}


def _label(part: dict[str, Any], key: str | int, item: Any, *, is_property: bool) -> str:
    """The title of a property, the own name of an entry of a list or of a known map, else the key."""
    if is_property and "title" in part:
        return gettext(part["title"])
    if isinstance(item, dict) and (part or isinstance(key, int)):
        own = item.get("id" if isinstance(key, int) else "name")
        if own and isinstance(own, str):
            return own
    return str(key + 1) if isinstance(key, int) else key


def _is_flat(value: dict[str, Any] | list[Any]) -> bool:
    """Whether a list reads well in one line: short texts and numbers only."""
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def shown_value(value: Any, unit: str = "") -> str:
    """A single value in the reader's language: numbers in the local format, with their unit."""
    if value is None or value in ("", [], {}):
        return gettext("not given")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(shown_value(item) for item in value)
    if isinstance(value, int | float):
        return with_unit(value, unit)
    return as_moment(value) or str(value)


def as_moment(value: object) -> str:
    """A day or a moment as people write it, the moment in the current time zone; empty for other texts."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return ""
    try:
        if moment := parse_datetime(value) if "T" in value else None:
            return date_format(localtime(moment), "DATETIME_FORMAT")
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except (ValueError, OverflowError):
        return ""
