"""What stands in a cell, and what it means: texts that no program runs, numbers and dates as people write.

A spreadsheet takes a text that begins with ``=`` for a formula, and ``01234`` for the number 1234. On the way
out such a text gets an apostrophe in front, and on the way in it loses it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text, say
from recportal.documents.paths import same
from recportal.documents.text import LARGEST_NUMBER, compact, shown
from recportal.text import visible

from .dialects import Dialect
from .spoilt import day_in, is_error_value

Value: TypeAlias = Any
CellKind = Literal["text", "number", "integer", "boolean", "date", "keys", "json"]

#: What the writer of a cell puts down to say "nothing, any more"; an empty cell says nothing at all.
CLEARING_WORDS: Final = ("(empty)", "(vuoto)")

#: A text that needs the apostrophe: what begins like a formula (also with the signs of East Asian keyboards)
#: or with an apostrophe, a number or date that a program would store in a form of its own, a word that it
#: takes for a truth, a word of ours.
_GUARDED: Final = re.compile(
    r"[=+\-@\t\r'\uff1d\uff0b\uff0d\uff20]"
    r"|(?!(?:0|[1-9][0-9]{0,10})\Z)[0-9][0-9.,:/+eE%\-]*\Z"
    r"|(?:true|false|vero|falso)\Z|\((?:empty|vuoto)\)\Z",
    re.IGNORECASE,
)
#: How spreadsheets show a number of many digits, most of which are lost then: 1,23457E+13.
_SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}")
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:([.,' ])[0-9]{3})+")
_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?")
_LOCAL_DATE: Final = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")
#: Days since the end of 1899, as spreadsheets count; five digits are 1927 to 2173.
_DAY_NUMBER: Final = re.compile(r"[1-9][0-9]{4}")
_FIRST_DAY: Final = date(1899, 12, 30)
_YES: Final = frozenset({"yes", "true", "1", "sì", "si", "vero"})
_NO: Final = frozenset({"no", "false", "0", "falso"})


class Doubt(Exception):
    """A cell that could mean two things, or that a program has spoilt; ``code`` and ``text`` as in faults."""

    def __init__(self, code: str, text: Text) -> None:
        self.code = code
        self.text = text
        super().__init__(code)


@dataclass(frozen=True, eq=False)
class Format:
    """What a column's cells mean.

    ``kinds`` are tried in turn; ``words`` are the values that have a word of their own in each language
    (``choices`` of a column of the record), ``unit`` may follow a number.
    """

    kinds: tuple[CellKind, ...] = ("text",)
    unit: str = ""
    words: Mapping[str, Text] = field(default_factory=dict)

    # Out

    def write(self, value: Value, dialect: Dialect) -> str | None:
        """The cell for a value; None for one that reading the cell would not give back."""
        if value is None or value == "":
            return ""
        cell = self._written(value, dialect)
        if cell is None:
            return None
        try:
            return cell if same(self.read(cell, dialect), value) else None
        except Doubt:
            return None

    def _written(self, value: Value, dialect: Dialect) -> str | None:
        if self.kinds == ("json",):
            return compact(value)
        if isinstance(value, bool):
            return _yes_or_no(dialect.language)[0 if value else 1]
        if isinstance(value, int | float):
            return number(value, dialect) if {"number", "integer"} & set(self.kinds) else None
        if isinstance(value, str):
            if value in self.words and dialect.language:
                return _words(self, dialect.language)[value]
            # A date may stand there naked: the program's own form of it is read, too.
            return value if self.kinds == ("date",) and _ISO_DATE.fullmatch(value) else guarded(value)
        if self.kinds == ("keys",) and isinstance(value, list) and all(isinstance(key, str) for key in value):
            return guarded(" ".join(value))
        return None

    # In

    def read(self, cell: str, dialect: Dialect) -> Value:
        """The value that a cell stands for; None for an empty one.

        What does not fit stays the text that it is, for the rules of the record to refuse. Raises ``Doubt``.
        """
        cell = trimmed(cell)
        if not cell:
            return None
        text = unguarded(cell)
        if text == cell and is_error_value(cell):
            raise error_value(cell)
        if (
            text == cell
            and "keys" in self.kinds
            and any(map(_SHORTENED.fullmatch, re.split(r"[\s;]+", cell)))
        ):
            raise _shortened()
        for kind in self.kinds:
            found = _READERS[kind](text, self, dialect) if kind in _READERS else None
            if found is not None:
                return found
        if text == cell and _SHORTENED.fullmatch(cell):
            raise _shortened()
        return _value_of_word(self, text) if self.words else text


def error_value(cell: str) -> Doubt:
    message = _(
        "“%(value)s” is what a spreadsheet program writes where it has an error, or no room. Correct the "
        "cell, or empty it."
    )
    return Doubt("error_value", say(message, value=shown(cell)))


def _shortened() -> Doubt:
    message = _(
        "A spreadsheet has shortened this number, and its last digits are lost. Format the column as text."
    )
    return Doubt("number_shortened", message)


def trimmed(cell: str) -> str:
    """The cell without blanks around it and invisible characters: spreadsheets bring no-break ones, too."""
    return visible(cell).strip()


def guarded(text: str) -> str:
    """The text as a cell that every program takes for text."""
    return f"'{text}" if _needs_guard(text) else text


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _needs_guard(cell[1:]) else cell


def _needs_guard(text: str) -> bool:
    return bool(_GUARDED.match(text)) or is_error_value(text) or day_in(text) is not None


def clears(cell: str) -> bool:
    """Whether the cell says that there shall be nothing any more."""
    return cell.lower() in CLEARING_WORDS


def number(value: float, dialect: Dialect) -> str:
    digits = repr(value)
    return digits.removesuffix(".0").replace(".", dialect.decimal)


def _read_number(text: str, column: Format, dialect: Dialect) -> Value:
    text = text.removesuffix(column.unit).strip() if column.unit else text
    text = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").replace("’", "'")
    text = _without_groups(text, dialect)
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) <= LARGEST_NUMBER else None


def _without_groups(text: str, dialect: Dialect) -> str:
    """A number with a point before its decimals and without signs between its thousands.

    ``1.234,5`` and ``1,234.5`` can be read in one way only; ``1.234`` is a little more than one where the
    comma goes between cells, and could be either where it goes before decimals.
    """
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        sign = grouped[1]
        if sign in (" ", "'"):
            return text.replace(sign, "")
        if text.count(sign) > 1:
            return text.replace(sign, "")
        if sign != dialect.decimal and not text.lstrip("+-").startswith("0"):
            raise Doubt(
                "ambiguous_number",
                _("This number can be read in two ways: write it without a sign between the thousands."),
            )
    whole, *rest = re.split(r"(?=[.,][0-9]*(?:[eE][+-]?[0-9]+)?\Z)", text, maxsplit=1)
    if rest:
        groups = _GROUPED.fullmatch(whole)
        if groups and groups[1] != rest[0][0]:
            whole = whole.replace(groups[1], "")
        return f"{whole}.{rest[0][1:]}"
    return text


def _read_integer(text: str, column: Format, dialect: Dialect) -> Value:
    value = _read_number(text, column, dialect)
    return value if isinstance(value, int) else None


def _read_boolean(text: str, _format: Format, _dialect: Dialect) -> Value:
    word = text.lower()
    return True if word in _YES else False if word in _NO else None


def _read_date(text: str, _format: Format, _dialect: Dialect) -> Value:
    try:
        if match := _ISO_DATE.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        if match := _LOCAL_DATE.fullmatch(text):
            return date(int(match[4]), int(match[3]), int(match[1])).isoformat()
    except ValueError:
        return None
    if _DAY_NUMBER.fullmatch(text):
        return (_FIRST_DAY + timedelta(days=int(text))).isoformat()
    return None


def _read_keys(text: str, _format: Format, _dialect: Dialect) -> Value:
    return [key for key in re.split(r"[\s,;]+", text) if key]


_READERS: Final[dict[str, Any]] = {
    "number": _read_number,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "date": _read_date,
    "keys": _read_keys,
}


@cache
def _yes_or_no(language: str) -> tuple[str, str]:
    with override(language or "en"):
        return gettext("yes"), gettext("no")


@cache
def _words(column: Format, language: str) -> dict[str, str]:
    with override(language):
        return {value: str(word) for value, word in column.words.items()}


@cache
def _values(column: Format) -> dict[str, str]:
    """Word, in any language and in small letters → the value that it stands for."""
    found: dict[str, str] = {}
    for language in ("it", "en"):
        found.update((word.lower(), value) for value, word in _words(column, language).items())
    return found | {value.lower(): value for value in column.words}


def _value_of_word(column: Format, text: str) -> str:
    return _values(column).get(" ".join(text.lower().split()), text)
