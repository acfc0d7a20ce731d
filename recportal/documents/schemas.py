"""One JSON Schema file for each document: read once, and judged by ``jsonschema`` with cached validators."""

import json
import re
import zoneinfo
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, Final

import iso4217
from django.apps import apps
from django.utils.translation import gettext_lazy as _
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema import ValidationError as SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from .faults import Fault, Path, Text, say
from .text import MOST_FAULTS, shown

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
    """``x-unique-by``: no two objects of the list have the same value under ``name``."""
    if not validator.is_type(value, "array"):
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        mark = item.get(name) if isinstance(item, dict) else None
        if isinstance(mark, str):
            if mark in seen:
                yield SchemaError(
                    f"{mark!r} twice", path=[index, name], validator="x-unique-by", instance=mark
                )
            seen.add(mark)


def _closed_ring(validator: Validator, wanted: bool, value: Any, _schema: Any) -> Iterator[SchemaError]:
    """``x-closed-ring``: the last position of a GeoJSON ring is its first (RFC 7946, 3.1.6)."""
    if wanted and validator.is_type(value, "array") and len(value) > 1 and value[0] != value[-1]:
        yield SchemaError("ring not closed")


_Judge: Any = extend(
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
        self.empty: type[dict[str, Any]] | type[list[Any]] = list if definition["type"] == "array" else dict
        self._judge = _Judge(definition, format_checker=formats)

    def resolve(self, part: Any) -> dict[str, Any]:
        """A part of the schema, with a ``$ref`` into the same file followed."""
        while isinstance(part, dict) and "$ref" in part:
            reference, part = part["$ref"], self.definition
            for step in reference.removeprefix("#/").split("/"):
                part = part[step]
        return part if isinstance(part, dict) else {}

    def tidy(self, value: Any) -> Any:
        """``value`` as it is stored: known keys with ``null`` left out, identifiers trimmed; itself when nothing is to do."""
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
        if isinstance(value, str) and part.get("x-trim"):
            trimmed = value.strip()
            return value if trimmed == value else trimmed
        return value

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
        found = []
        errors = self._judge.iter_errors(value)
        for error in errors:
            found += _translated(error, path)
            if len(found) >= MOST_FAULTS:
                more = sum(1 for _error in errors)
                message = say(_("And %(count)s more errors."), count=more)
                return [*found, Fault(message, "too_many_errors", path)] if more else found
        return found


@cache
def schema(name: str) -> Schema:
    """The schema of a document by its name, ``<app>/<file below its schemas folder>``: ``assets/properties/pv``.

    Raises ``LookupError`` for a name without a file.
    """
    label, _slash, rest = name.partition("/")
    file = FilePath(apps.get_app_config(label).path, "schemas", f"{rest}.json")
    if not file.is_file():
        raise LookupError(name)
    return Schema(name, json.loads(file.read_text(encoding="utf-8")))


_TYPES: Final[dict[str, Text]] = {
    "object": _("an object with named values"),
    "array": _("a list"),
    "string": _("text"),
    "number": _("a number"),
    "integer": _("a whole number"),
    "boolean": _("true or false"),
    "null": _("nothing"),
}
_FORMATS: Final[dict[str, Text]] = {
    "date": _("Not a date in the form YYYY-MM-DD."),
    "timezone": _("Not the name of a time zone, such as Europe/Rome."),
    "currency": _("Not a currency code of ISO 4217, such as EUR."),
    "country": _("Not a country code of ISO 3166-1, such as IT."),
}


def _translated(error: SchemaError, path: Path) -> list[Fault]:
    """An error of the validator in our words. Of alternatives, the one that was meant speaks."""
    place = (*path, *error.relative_path)
    keyword = str(error.validator)
    if keyword in ("anyOf", "oneOf"):
        meant = [
            each for each in error.context or [] if not (each.validator == "type" and not each.relative_path)
        ]
        if meant:
            first = meant[0].schema_path[0]
            return [
                fault for each in meant if each.schema_path[0] == first for fault in _translated(each, place)
            ]
        wanted = [each.validator_value for each in error.context or []]
        return [Fault(_wrong_type(wanted, error.instance), "wrong_type", place)]
    message, code = _words(keyword, error)
    return [Fault(message, code, place)]


def _wrong_type(wanted: list[Any], value: Any) -> Text:
    names = [name for each in wanted for name in (each if isinstance(each, list) else [each])]
    if isinstance(value, int | float) and not isinstance(value, bool) and names == ["string"]:
        return say(
            _("Text is expected here, and %(value)s is a number: put it in quotes."), value=repr(value)
        )
    if len(names) == 2:
        first, second = (_TYPES[name] for name in names)
        return say(_("This must be %(first)s or %(second)s."), first=first, second=second)
    return say(_("This must be %(type)s."), type=_TYPES[names[0]])


def _words(keyword: str, error: SchemaError) -> tuple[Text, str]:
    limit: Any = error.validator_value
    definition: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    unit = f" {definition['x-unit']}" if "x-unit" in definition else ""
    match keyword:
        case "type":
            return _wrong_type([limit], error.instance), "wrong_type"
        case "required":
            return _("This is required."), "required"
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            sentence, code = _BOUNDS[keyword]
            return say(sentence, limit=limit, unit=unit), code
        case "minLength" | "maxLength" | "minItems" | "maxItems":
            sentence, code = _COUNTS[keyword]
            return say(sentence, limit=limit), code
        case "const" | "enum":
            allowed = ", ".join(map(str, limit if keyword == "enum" else [limit]))
            return say(_("This must be one of: %(allowed)s."), allowed=allowed), "invalid_choice"
        case "format":
            return _FORMATS[limit], "invalid_format"
        case "pattern":
            return _("This does not have the form that is expected here."), "invalid_format"
        case "propertyNames":
            return _(
                "A key is 1 to 128 letters, digits and _ . : @ -, and does not begin with a sign."
            ), "invalid_key"
        case "uniqueItems":
            return _("The same value stands in the list twice."), "duplicate"
        case "x-unique-by":
            return say(_("“%(id)s” stands in the list twice."), id=shown(str(error.instance))), "duplicate"
        case "x-closed-ring":
            return _("A ring must end at the position at which it begins."), "ring_not_closed"
        case "not":
            kinds = ", ".join(definition.get("x-belongs-to", []))
            return say(
                _("This does not belong here: it is a property of %(kinds)s."), kinds=kinds
            ), "foreign_property"
    return _("This is not what is expected here."), "invalid"


_BOUNDS: Final[dict[str, tuple[Text, str]]] = {
    "minimum": (_("This must be at least %(limit)s%(unit)s."), "too_small"),
    "exclusiveMinimum": (_("This must be more than %(limit)s%(unit)s."), "too_small"),
    "maximum": (_("This must be at most %(limit)s%(unit)s."), "too_large"),
    "exclusiveMaximum": (_("This must be less than %(limit)s%(unit)s."), "too_large"),
}
_COUNTS: Final[dict[str, tuple[Text, str]]] = {
    "minLength": (_("This must have at least %(limit)s characters."), "too_short"),
    "maxLength": (_("This must have at most %(limit)s characters."), "too_long"),
    "minItems": (_("This must have at least %(limit)s entries."), "too_few"),
    "maxItems": (_("This must have at most %(limit)s entries."), "too_many"),
}
