"""What is wrong, and where: the one kind of error that every door shows."""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise, lazystr

Text: TypeAlias = "str | Promise"
#: The way to a value: column, then keys and indexes, as in ``("areas", "north", "topology", 1)``.
Path: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[^\s.\[\]\"]+")


def dotted(path: Path) -> str:
    """The path as people read it: ``areas.north.topology[1]``.

    A key that would be misread (it holds a dot, a bracket or a blank) stands in brackets and quotes.
    """
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        elif not _PLAIN_KEY.fullmatch(step):
            words += '["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        else:
            words += f".{step}" if words else step
    return words


def pointer(path: Path) -> str:
    """The path as a JSON Pointer (RFC 6901): ``/areas/north/topology/1``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class Interpolated(Promise):
    """A translatable sentence with its values, put together when it is shown."""

    def __init__(self, message: Text, params: dict[str, Any]) -> None:
        self._message = message
        self._params = params

    def __str__(self) -> str:
        return str(self._message) % self._params

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash((str(self._message), repr(self._params)))


def say(message: Text, **params: Any) -> Text:
    """``message`` with ``params`` filled in, in the language of the moment at which it is shown."""
    return Interpolated(message, params) if params else message


class Fault(ValidationError):
    """One reason for refusing a write: a stable ``code``, the ``path``, and ``text`` for people.

    ``path`` starts with the column (``("properties", "tilt")``); empty, it means the record as a whole. Shown as an
    error of a form, a fault inside a document names its place by itself; ``text`` is the sentence without the place.
    """

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
    return lazystr(Interpolated("%(place)s: %(text)s", {"place": dotted(path), "text": text}))


def refuse(faults: Iterable[Fault]) -> None:
    """Raise the faults, if there are any, as one ``ValidationError`` keyed by column."""
    by_column: dict[str, list[ValidationError]] = {}
    for fault in faults:
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
    return Fault("; ".join(error.messages), error.code or "invalid", place)
