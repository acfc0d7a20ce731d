"""Single values as people type them, and as they are typed back to them."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from ..faults import Fault, say
from ..text import compact

_NUMBER: Final = re.compile(
    r"[+-]?([0-9]{1,400}([.,][0-9]{1,400})?|[.,][0-9]{1,400})([eE][+-]?[0-9]{1,4})?", re.ASCII
)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"([+-]?[1-9][0-9]{0,2})([.,])([0-9]{3})", re.ASCII)


def kind_of(part: dict[str, Any]) -> str:
    """What a value of this part of a schema looks like: text, number, integer, number_or_text,
    whole_or_text, boolean or date; empty for what is no single value, or must not be there.
    """
    said = part.get("type") or []
    types: set[str] = {said} if isinstance(said, str) else set(said)
    if "not" in part or not types or types & {"object", "array"}:
        return ""
    if "string" in types:
        if len(types) > 1:
            return "number_or_text" if "number" in types else "whole_or_text"
        return "date" if part.get("format") == "date" else "text"
    return next(iter(types))


def read_value(kind: str, typed: str) -> Any:
    """What a person typed, as the value that it means. Raises ``Fault`` when it means none."""
    return _READERS.get(kind, str)(typed.strip())


def as_typed(value: Any) -> str:
    """A stored value as a person would type it; what is no single value, as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value).replace(".", get_format("DECIMAL_SEPARATOR"))
    return value if isinstance(value, str) else compact(value)


def _number(typed: str) -> float | int:
    """A number with a decimal point or a decimal comma.

    One separator before three digits, and not the one of the reader's language, is a thousand to some and
    a fraction to others: nobody guesses.
    """
    if not _NUMBER.fullmatch(typed):
        raise Fault(_("Enter a number."), "invalid")
    decimal = get_format("DECIMAL_SEPARATOR")
    match = _AMBIGUOUS.fullmatch(typed)
    if match and match[2] != decimal:
        choices = {"thousand": f"{match[1]}{match[3]}", "fraction": f"{match[1]}{decimal}{match[3]}"}
        message = _("This can be read in two ways. Write %(thousand)s or %(fraction)s.")
        raise Fault(say(message, **choices), "ambiguous_number")
    number = float(typed.replace(",", "."))
    if not math.isfinite(number):
        raise Fault(_("Enter a number."), "invalid")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _whole(typed: str) -> int:
    number = _number(typed)
    if not isinstance(number, int):
        raise Fault(_("Enter a whole number."), "invalid")
    return number


def _number_or_text(typed: str) -> Any:
    return _number(typed) if _NUMBER.fullmatch(typed) else typed


def _whole_or_text(typed: str) -> Any:
    return _whole(typed) if _WHOLE.fullmatch(typed) else typed


def _boolean(typed: str) -> bool:
    if typed not in ("true", "false"):
        raise Fault(_("Choose yes or no."), "invalid")
    return typed == "true"


def is_day(typed: str) -> bool:
    """Whether a browser's input for days can show it; it would drop anything else."""
    try:
        return date.fromisoformat(typed).isoformat() == typed
    except ValueError:
        return False


def _date(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise Fault(_("Enter a day as year-month-day, such as 2024-05-31."), "invalid") from None


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "number": _number,
    "integer": _whole,
    "number_or_text": _number_or_text,
    "whole_or_text": _whole_or_text,
    "boolean": _boolean,
    "date": _date,
}
