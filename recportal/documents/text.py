"""What no schema can say about a JSON value: the hostile values that a stock ``JSONField`` lets through."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from django.utils.translation import gettext_lazy as _

from recportal.text import SameKey, cleaned

from .faults import MOST_FAULTS, Fault, Path, Text, say, too_many

#: The largest integer that every JSON reader gives back exactly (RFC 8259, section 6).
LARGEST_NUMBER: Final = 2**53 - 1
DEEPEST_NESTING: Final = 32

_Thing = TypeVar("_Thing")
_Entry = TypeVar("_Entry")

_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class StrictEncoder(json.JSONEncoder):
    """Refuses NaN and Infinity, which are not JSON, also where a caller went around validation."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_nan": False})


def compact(value: Any) -> str:
    """The value as JSON in as few characters as possible."""
    return _COMPACT.encode(value)


def readable(value: Any) -> str:
    """The value as JSON for people: indented, keys sorted, letters as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)


def parse(text: str, path: Path = ()) -> Any:
    """The value that a JSON text stands for.

    Raises a ``Fault`` (``invalid_json``, ``duplicate_key``, ``too_deep``, ``number_too_large``) for a text
    that is not JSON or that readers would understand differently from one another.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except Fault as fault:
        raise Fault(fault.text, fault.code, path) from None
    except RecursionError:
        raise too_deep(path) from None
    except json.JSONDecodeError as error:
        message = _("This is not JSON. Line %(line)s, column %(column)s: %(problem)s")
        where = {"problem": _problem(error.msg), "line": error.lineno, "column": error.colno}
        raise Fault(say(message, **where), "invalid_json", path) from None


#: The beginnings of what Python's decoder says, in our words.
_PROBLEMS: Final[dict[str, Text]] = {
    "Expecting value": _("A value is expected here."),
    "Expecting ',' delimiter": _("A comma is missing, or the text ends too early."),
    "Expecting ':' delimiter": _("A colon is missing after the key."),
    "Expecting property name": _("A key in double quotes is expected here."),
    "Illegal trailing comma": _("There is a comma too many."),
    "Unterminated string": _("The quotes that open here are never closed."),
    "Invalid control character": _(
        "A line break or control character inside quotes is written as \\n or \\u…."
    ),
    "Invalid \\": _("The backslash is followed by something that it cannot stand before."),
    "Extra data": _("The value is complete, and more follows."),
}


def _problem(said: str) -> Text:
    found = (sentence for beginning, sentence in _PROBLEMS.items() if said.startswith(beginning))
    return next(found, _("This cannot be read."))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Fault(say(_("The key “%(key)s” stands there twice."), key=shown(twice)), "duplicate_key")
    return value


def _refuse_constant(name: str) -> Any:
    raise Fault(say(_("%(name)s is not a number that JSON knows."), name=name), "not_a_number")


def _integer(digits: str) -> int:
    if len(digits) > 20:  # far beyond any bound; Python itself refuses to read more than 4300 digits
        raise too_large()
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):  # 1e999: a number in JSON, and none in any reader
        raise too_large()
    return number


def too_deep(path: Path = ()) -> Fault:
    message = say(_("Nested deeper than %(depth)s levels."), depth=DEEPEST_NESTING)
    return Fault(message, "too_deep", path)


def too_large(path: Path = ()) -> Fault:
    message = say(_("Numbers beyond ±%(largest)s are not kept exactly."), largest=LARGEST_NUMBER)
    return Fault(message, "number_too_large", path)


def within(
    things: Sequence[_Thing],
    room: float,
    make: Callable[[_Thing], _Entry],
    weigh: Callable[[_Entry], int] | None = None,
) -> tuple[list[_Entry], int]:
    """What is made of the first of the things, of as many as there is room for, and how many are left out.

    ``weigh`` says how much room an entry takes; as a rule its bytes as JSON for people with every letter
    escaped, which is more than in any form that a report has. The first is there however large it is.
    """
    listed: list[_Entry] = []
    for thing in things:
        entry = make(thing)
        room -= (weigh or _weight)(entry)
        if room < 0 and listed:
            break
        listed.append(entry)
    return listed, len(things) - len(listed)


def _weight(entry: Any) -> int:
    return len(json.dumps(entry, indent=2)) + 12  # and the indentation of its list


def shown(text: str, length: int = 80) -> str:
    """A stranger's text, made fit to be quoted in a message: short, and without characters that do harm."""
    clean = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: length + 1]
    )
    return clean if len(clean) <= length else clean[:length] + "…"


def flaws(value: Any, path: Path, most_bytes: int) -> list[Fault]:
    """Every reason why ``value`` cannot be kept as JSON by both engines, whatever its schema says.

    Not JSON at all, ``NaN`` and ``Infinity``, numbers beyond ±(2^53-1), NUL and lone surrogates in texts and
    keys, nesting deeper than 32, more than ``most_bytes`` of UTF-8, two keys of an object that differ in
    invisible characters only.
    """
    return examined(value, path, most_bytes)[1]


def examined(value: Any, path: Path, most_bytes: int) -> tuple[Any, list[Fault]]:
    """``value`` without invisible characters, and its ``flaws``."""
    found: list[Fault] = []
    if not _sound(value, 0):
        _walk(value, path, 0, found)
        if found:
            return value, [*found, too_many(path)] if len(found) >= MOST_FAULTS else found
    text = compact(value)
    if len(text) * 4 > most_bytes and len(text.encode()) > most_bytes:
        message = _("Larger than %(most)s KiB.")
        return value, [Fault(say(message, most=most_bytes // 1024), "document_too_large", path)]
    if text.isascii():
        return value, []
    try:
        return cleaned(value), []
    except SameKey as twice:
        said = say(_("The key “%(key)s” stands there twice."), key=shown(str(twice)))
        return value, [Fault(said, "duplicate_key", (*path, *twice.path))]


def text_flaw(text: str) -> tuple[Text, str] | None:
    """Why a text can be kept by no database, as (message, code); None when it can."""
    if "\x00" in text:
        return _("The character NUL cannot be stored."), "null_character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return _("Half of a surrogate pair cannot be stored."), "lone_surrogate"
    return None


def _sound(value: Any, depth: int) -> bool:
    """The quick yes of ``flaws``: the same judgements, but no places."""
    kind = type(value)
    if kind is str:
        return (value.isascii() and "\x00" not in value) or text_flaw(value) is None
    if value is None or kind is bool:
        return True
    if kind is int or kind is float:
        return -LARGEST_NUMBER <= value <= LARGEST_NUMBER  # type: ignore[no-any-return]  # False for NaN
    if depth >= DEEPEST_NESTING:
        return False
    if kind is dict:
        return all(
            type(key) is str and _sound(key, 0) and _sound(item, depth + 1) for key, item in value.items()
        )
    return kind is list and all(_sound(item, depth + 1) for item in value)


def _walk(value: Any, path: Path, depth: int, found: list[Fault]) -> None:
    if len(found) >= MOST_FAULTS or _sound(value, depth):
        return
    if isinstance(value, str):
        flaw = text_flaw(value)
        if flaw:
            found.append(Fault(flaw[0], flaw[1], path))
    elif isinstance(value, float) and not math.isfinite(value):
        found.append(
            Fault(say(_("%(name)s is not a number that JSON knows."), name=str(value)), "not_a_number", path)
        )
    elif isinstance(value, int | float):
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            found.append(too_large(path))
    elif not isinstance(value, dict | list):
        kind = type(value).__name__
        found.append(Fault(say(_("A value of the kind %(kind)s is not JSON."), kind=kind), "not_json", path))
    elif depth >= DEEPEST_NESTING:
        found.append(too_deep(path))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, (*path, index), depth + 1, found)
    else:
        for key, item in value.items():
            if not isinstance(key, str):
                message = say(_("The key %(key)s is not text."), key=shown(str(key)))
                found.append(Fault(message, "not_json", path))
                continue
            flaw = text_flaw(key)
            if flaw:
                found.append(Fault(flaw[0], flaw[1], (*path, shown(key))))
            _walk(item, (*path, key if flaw is None else shown(key)), depth + 1, found)
