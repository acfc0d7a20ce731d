"""What is said of a value that is not as it should be: the same words for a column and inside a document."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext_lazy, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from jsonschema import ValidationError as SchemaError

from .faults import Fault, Path, Text, say
from .text import LARGEST_NUMBER, shown
from .units import with_unit_later

_REQUIRED: Final = _("This is required.")
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
_BOUNDS: Final[dict[str, tuple[Text, str]]] = {
    "minimum": (_("This must be at least %(limit)s."), "too_small"),
    "exclusiveMinimum": (_("This must be more than %(limit)s."), "too_small"),
    "maximum": (_("This must be at most %(limit)s."), "too_large"),
    "exclusiveMaximum": (_("This must be less than %(limit)s."), "too_large"),
}
_COUNTS: Final[dict[str, tuple[Text, str]]] = {
    "minLength": (
        ngettext_lazy("This must not be empty.", "This must have at least %(limit)s characters.", "limit"),
        "too_short",
    ),
    "maxLength": (
        ngettext_lazy(
            "This must have one character at most.", "This must have at most %(limit)s characters.", "limit"
        ),
        "too_long",
    ),
    "minItems": (
        ngettext_lazy("This must not be empty.", "This must have at least %(limit)s entries.", "limit"),
        "too_few",
    ),
    "maxItems": (
        ngettext_lazy(
            "This must have one entry at most.", "This must have at most %(limit)s entries.", "limit"
        ),
        "too_many",
    ),
}


def wrong_type(wanted: str, value: Any, path: Path) -> Fault:
    """``value`` is not of the JSON type ``wanted`` (``string``, ``object``, ...)."""
    return Fault(_wrong_type([wanted], value), "wrong_type", path)


def required(path: Path) -> Fault:
    return Fault(_REQUIRED, "required", path)


def too_long(limit: int, path: Path) -> Fault:
    """A text of more than ``limit`` characters."""
    sentence, code = _COUNTS["maxLength"]
    return Fault(say(sentence, limit=limit), code, path)


def invalid_choice(allowed: Iterable[Any], path: Path) -> Fault:
    return Fault(_one_of(allowed), "invalid_choice", path)


def translated(error: SchemaError, path: Path) -> list[Fault]:
    """An error of the validator in our words. Of alternatives, the one that was meant speaks."""
    place = (*path, *error.relative_path)
    keyword = str(error.validator)
    if keyword in ("anyOf", "oneOf"):
        return _of_alternatives(error, place)
    message, code = _words(keyword, error)
    return [Fault(message, code, place)]


def _of_alternatives(error: SchemaError, place: Path) -> list[Fault]:
    """What the first alternative says that has the value's type; where none has, which types there are."""
    context = error.context or []
    mistyped = {
        each.schema_path[0] for each in context if each.validator == "type" and not each.relative_path
    }
    meant = [each for each in context if each.schema_path[0] not in mistyped]
    if meant:
        first = meant[0].schema_path[0]
        return [fault for each in meant if each.schema_path[0] == first for fault in translated(each, place)]
    wanted = [each.validator_value for each in context if each.validator == "type" and not each.relative_path]
    return [Fault(_wrong_type(wanted, error.instance), "wrong_type", place)]


def _wrong_type(wanted: list[Any], value: Any) -> Text:
    names = [name for each in wanted for name in (each if isinstance(each, list) else [each])]
    if names == ["string"] and isinstance(value, int | float) and not isinstance(value, bool):
        number = repr(value) if abs(value) <= LARGEST_NUMBER else "…"
        return say(_("Text is expected here, and %(value)s is a number: put it in quotes."), value=number)
    if len(names) == 2:
        first, second = (_TYPES[name] for name in names)
        return say(_("This must be %(first)s or %(second)s."), first=first, second=second)
    return say(_("This must be %(type)s."), type=_TYPES[names[0]])


def _one_of(allowed: Iterable[Any]) -> Text:
    return say(_("This must be one of: %(allowed)s."), allowed=", ".join(map(str, allowed)))


def _words(keyword: str, error: SchemaError) -> tuple[Text, str]:
    limit: Any = error.validator_value
    definition: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    match keyword:
        case "type":
            return _wrong_type([limit], error.instance), "wrong_type"
        case "required":
            return _REQUIRED, "required"
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            sentence, code = _BOUNDS[keyword]
            return say(sentence, limit=with_unit_later(limit, definition.get("x-unit", ""))), code
        case "minLength" | "maxLength" | "minItems" | "maxItems":
            sentence, code = _COUNTS[keyword]
            return say(sentence, limit=limit), code
        case "const" | "enum":
            return _one_of(limit if keyword == "enum" else [limit]), "invalid_choice"
        case "format":
            return _FORMATS[limit], "invalid"
        case "pattern":
            return _pattern(definition), "invalid"
        case "propertyNames":
            return _(
                "A key is 1 to 128 letters, digits and _ . : @ -, and does not begin with a sign."
            ), "invalid"
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


def _pattern(definition: dict[str, Any]) -> Text:
    """What a text should look like is said by the description of its property."""
    if "description" not in definition:
        return _("This does not have the form that is expected here.")
    about = gettext_lazy(definition["description"])
    return say(_("This does not have the form that is expected here. %(description)s"), description=about)
