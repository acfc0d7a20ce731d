"""Single values as people type them, and as they are typed back to them."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django.utils.formats import get_format, sanitize_separators
from django.utils.translation import gettext_lazy as _

from ..faults import Fault
from ..text import compact


def kind_of(part: dict[str, Any]) -> str:
    """What a value of this part of a schema looks like: text, number, integer, number_or_text, boolean or
    date; empty for what is no single value, or must not be there.
    """
    said = part.get("type") or []
    types: set[str] = {said} if isinstance(said, str) else set(said)
    if "not" in part or not types or types & {"object", "array"}:
        return ""
    if "string" in types:
        if len(types) > 1:
            return "number_or_text"
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
    plain = str(sanitize_separators(typed)).replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Fault(_("Enter a number."), "invalid")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _whole(typed: str) -> int:
    number = _number(typed)
    if not isinstance(number, int):
        raise Fault(_("Enter a whole number."), "invalid")
    return number


def _number_or_text(typed: str) -> Any:
    try:
        return _number(typed)
    except Fault:
        return typed


def _boolean(typed: str) -> bool:
    if typed not in ("true", "false"):
        raise Fault(_("Choose yes or no."), "invalid")
    return typed == "true"


def _date(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise Fault(_("Enter a day as year-month-day, such as 2024-05-31."), "invalid") from None


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "number": _number,
    "integer": _whole,
    "number_or_text": _number_or_text,
    "boolean": _boolean,
    "date": _date,
}
