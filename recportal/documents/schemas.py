"""One JSON Schema file for each document: read once, and judged by ``jsonschema`` with cached validators."""

import json
import re
import zoneinfo
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

import iso4217
from django.apps import apps
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema import ValidationError as SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from recportal.text import KnownWords, compared, stored

from .faults import MOST_FAULTS, Fault, Path, too_many
from .quick import QuickYes
from .words import translated

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

formats = FormatChecker(formats=())


@formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    """RFC 3339 full-date; Python alone would also take ``20260101`` and ``2026-W01-1``."""
    return not isinstance(value, str) or bool(_DATE.fullmatch(value) and date.fromisoformat(value))


@formats.checks("timezone")
def _is_timezone(value: object) -> bool:
    return not isinstance(value, str) or value in timezones()


@formats.checks("currency")
def _is_currency(value: object) -> bool:
    return not isinstance(value, str) or value in currencies()


@formats.checks("country")
def _is_country(value: object) -> bool:
    return not isinstance(value, str) or value in countries()


@cache
def timezones() -> frozenset[str]:
    """The names of the IANA time zone database."""
    return frozenset(zoneinfo.available_timezones())


@cache
def currencies() -> frozenset[str]:
    """The alphabetic codes of ISO 4217."""
    return frozenset(currency.code for currency in iso4217.Currency)


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2, as the IANA time zone database lists them."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def _required(validator: Validator, names: list[str], value: Any, _schema: Any) -> Iterator[SchemaError]:
    """As the standard's, but placed at the missing key."""
    if validator.is_type(value, "object"):
        for name in names:
            if name not in value:
                yield SchemaError(f"{name!r} is required", path=[name])


def _property_names(validator: Any, schema: Any, value: Any, _schema: Any) -> Iterator[SchemaError]:
    """As the standard's, but placed at the key, so that a message can name it."""
    if validator.is_type(value, "object"):
        for key in value:
            if any(True for _error in validator.descend(key, schema)):
                yield SchemaError(f"{key!r} is not a key", path=[key], validator="propertyNames")


def _unique_by(validator: Validator, name: str, value: Any, _schema: Any) -> Iterator[SchemaError]:
    """``x-unique-by``: no two objects of the list have the same identity under ``name``."""
    if not validator.is_type(value, "array"):
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        mark = item.get(name) if isinstance(item, dict) else None
        if isinstance(mark, str):
            if compared(mark) in seen:
                yield SchemaError(
                    f"{mark!r} twice", path=[index, name], validator="x-unique-by", instance=mark
                )
            seen.add(compared(mark))


def _closed_ring(validator: Validator, wanted: bool, value: Any, _schema: Any) -> Iterator[SchemaError]:
    """``x-closed-ring``: the last position of a GeoJSON ring is its first (RFC 7946, 3.1.6)."""
    if wanted and validator.is_type(value, "array") and len(value) > 1 and value[0] != value[-1]:
        yield SchemaError("ring not closed")


_Judge: Any = extend(  # type: ignore[no-untyped-call]  # the stubs leave its result untyped
    Draft202012Validator,
    {
        "required": _required,
        "propertyNames": _property_names,
        "x-unique-by": _unique_by,
        "x-closed-ring": _closed_ring,
    },
)


class Schema:
    """A schema file: what a document may hold, and how it is put in order before it is stored."""

    def __init__(self, name: str, definition: dict[str, Any]) -> None:
        self.name = name
        self.definition = definition
        self._words: dict[int, KnownWords] = {}
        self._judge = _Judge(definition, format_checker=formats)
        self._quick_yes = QuickYes(self, formats)

    def resolve(self, part: Any) -> dict[str, Any]:
        """A part of the schema, with a ``$ref`` into the same file followed."""
        while isinstance(part, dict) and "$ref" in part:
            reference, part = part["$ref"], self.definition
            for step in reference.removeprefix("#/").split("/"):
                part = part[step]
        return part if isinstance(part, dict) else {}

    def is_fine(self, value: Any) -> bool:
        """A quick look at a value without flaws: True means valid and in order, False means nothing."""
        return self._quick_yes.to(value)

    def tidy(self, value: Any) -> Any:
        """``value`` as it is stored: known keys with ``null`` left out, identifiers trimmed, words of a
        vocabulary as the schema has them; itself when nothing is to do.
        """
        return self._tidy(value, self.definition)

    def _tidy(self, value: Any, part: dict[str, Any]) -> Any:
        if isinstance(value, dict):
            return self._tidy_object(value, part)
        if isinstance(value, list):
            items = part.get("items")
            if not items:
                return value
            items = self.resolve(items)
            tidied = [self._tidy(item, items) for item in value]
            return value if all(new is old for new, old in zip(tidied, value, strict=True)) else tidied
        return self._tidy_text(value, part) if isinstance(value, str) else value

    def _tidy_text(self, value: str, part: dict[str, Any]) -> str:
        text = stored(value) if part.get("x-trim") else value
        words = self.words_of(part)
        text = words.known(text) if words else text
        return value if text == value else text

    def words_of(self, part: dict[str, Any]) -> KnownWords | None:
        """The words of ``x-words``: each with those that mean the same in other languages."""
        if "x-words" not in part:
            return None
        if id(part) not in self._words:
            suggested = dict.fromkeys(part.get("examples", ()), ())
            self._words[id(part)] = KnownWords({**suggested, **part["x-words"]})
        return self._words[id(part)]

    def _tidy_object(self, value: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
        known: dict[str, Any] = part.get("properties", {})
        others = part.get("additionalProperties")
        tidied = {}
        same = True
        for key, item in value.items():
            below = known.get(key, others)
            if item is None and key in known:
                same = False
                continue
            new = self._tidy(item, self.resolve(below)) if below else item
            same = same and new is item
            tidied[key] = new
        return value if same else tidied

    def faults(self, value: Any, path: Path = ()) -> list[Fault]:
        """Everything in which ``value`` breaks the schema, each with its path below ``path``."""
        found: list[Fault] = []
        for error in self._judge.iter_errors(value):
            if len(found) >= MOST_FAULTS:
                return [*found, too_many(path)]
            found += translated(error, path)
        return found


@cache
def schema(name: str) -> Schema:
    """The schema of a document by its name: the app, then the file in its schemas folder (``assets/device``).

    Raises ``LookupError`` for a name without a file.
    """
    return Schema(name, json.loads(_files()[name].read_text(encoding="utf-8")))


def schema_names() -> list[str]:
    """The names of all schemas, sorted."""
    return sorted(_files())


@cache
def _files() -> dict[str, FilePath]:
    """Name → file. A name is looked up here and never made into a path: it may be a stranger's."""
    found = {}
    for app in apps.get_app_configs():
        folder = FilePath(app.path, "schemas")
        for file in folder.rglob("*.json"):
            found[f"{app.label}/{file.relative_to(folder).with_suffix('').as_posix()}"] = file
    return found
