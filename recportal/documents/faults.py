"""What is wrong, and where: the one kind of error that every door shows."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: A sentence, perhaps one that is translated when it is shown.
Text: TypeAlias = "str | _StrPromise"
#: The way to a value: column, then keys and indexes, as in ``("areas", "north", "topology", 1)``.
Path: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[^\s.\[\]\"\\]+")
#: More faults than these, of one document, one record or one file, are counted and not listed: nobody reads
#: them, and a hostile file could fill the memory with them.
MOST_FAULTS: Final = 100
#: Longer keys are cut where people read them: a hundred errors below one key of a megabyte fill the memory.
_LONGEST_KEY: Final = 80
#: What a pointer cuts: a key of ours has 128 characters at most, and a document lies 32 levels deep.
_LONGEST_STEP: Final = 128
_LONGEST_POINTER: Final = 1000


def dotted(path: Path) -> str:
    """The path as people read it: ``areas.north.topology[1]``.

    A key that would be misread stands in brackets and quotes: one that is empty or long (it is cut), or holds
    a dot, a bracket, a blank or a character that a terminal would obey. A path of more than a thousand
    characters is cut.
    """
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        elif len(step) <= _LONGEST_KEY and step.isprintable() and _PLAIN_KEY.fullmatch(step):
            words += f".{step}" if words else step
        else:
            words += f'["{_escaped(step)}"]'
    return _cut(words, _LONGEST_POINTER)


def _escaped(key: str) -> str:
    cut = key[:_LONGEST_KEY].replace("\\", "\\\\").replace('"', '\\"')
    letters = (
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in cut
    )
    return "".join(letters) + ("…" if len(key) > _LONGEST_KEY else "")


def pointer(path: Path) -> str:
    """The path as a JSON Pointer (RFC 6901): ``/areas/north/topology/1``.

    A key of more than 128 characters is cut, and so is a pointer of more than a thousand: a refusal must not
    be larger than what it refuses. An ellipsis says so.
    """
    steps = (step if isinstance(step, int) else _cut(step, _LONGEST_STEP) for step in path)
    whole = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return _cut(whole, _LONGEST_POINTER)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"


def _interpolated(message: Text, params: dict[str, Any]) -> str:
    return str(cast(Any, message) % params)


_interpolated_later = lazy(_interpolated, str)


def say(message: Text, **params: Any) -> Text:
    """``message`` with ``params`` filled in, in the language of the moment at which it is shown."""
    return _interpolated_later(message, params) if params else message


class Fault(ValidationError):
    """One reason for refusing a write: a stable ``code``, the ``path``, and ``text`` for people.

    ``path`` starts with the column (``("properties", "tilt")``); empty, it means the record as a whole. Shown
    as an error of a form, a fault inside a document names its place by itself; ``text`` is the sentence
    without the place.
    """

    code: str
    #: What programs are told beside the sentence: name → text.
    more: Mapping[str, str] = MappingProxyType({})
    #: How many there are of it: more than one where faults are counted only.
    stands_for = 1

    def __init__(self, text: Text, code: str, path: Path = ()) -> None:
        self.text = text
        self.path = path
        super().__init__(_with_place(text, path) if len(path) > 1 else text, code=code)

    @property
    def column(self) -> str:
        return str(self.path[0]) if self.path else NON_FIELD_ERRORS

    def __repr__(self) -> str:
        return f"Fault({dotted(self.path)!r}, {self.code!r}, {str(self.text)!r})"


def _with_place(text: Text, path: Path) -> Text:
    return say("%(place)s: %(text)s", place=dotted(path), text=text)


def too_many(path: Path = (), count: int = 0) -> Fault:
    """Stands after the last fault that is listed: ``count`` more there are, or, with 0, nobody counted."""
    if count:
        message = and_more(count)
    else:
        message = say(_("There are more errors; the first %(count)s are listed."), count=MOST_FAULTS)
    fault = Fault(message, "too_many_errors", path)
    fault.stands_for = max(count, 1)
    return fault


def and_more(count: object) -> Text:
    return say(_("And %(count)s more errors, which are not listed."), count=count)


def first(faults: Iterable[Fault]) -> list[Fault]:
    """The first ``MOST_FAULTS``, and, where there are more, how many: ``too_many_errors``."""
    listed: list[Fault] = []
    more = 0
    for fault in faults:
        if len(listed) < MOST_FAULTS:
            listed.append(fault)
        else:
            more += fault.stands_for
    return [*listed, too_many((), more)] if more else listed


def refuse(faults: Iterable[Fault]) -> None:
    """Raise the faults, if there are any, as one ``ValidationError`` keyed by column."""
    by_column: dict[str, list[ValidationError]] = {}
    for fault in first(faults):
        by_column.setdefault(fault.column, []).append(fault)
    if by_column:
        raise ValidationError(by_column)


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults inside any ``ValidationError``; errors of Django's own get the column as their path."""
    if hasattr(error, "error_dict"):
        found = []
        for column, errors in error.error_dict.items():
            place: Path = () if column == NON_FIELD_ERRORS else (column,)
            found += [_as_fault(each, place) for each in errors]
        return found
    return [_as_fault(each, ()) for each in error.error_list]


def _as_fault(error: ValidationError, place: Path) -> Fault:
    if isinstance(error, Fault):
        return error
    return Fault(say(error.message, **(error.params or {})), error.code or "invalid", place)
