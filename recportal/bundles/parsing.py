"""From the bytes of a file to plain JSON values. A file is hostile until it is parsed."""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, NoReturn

import yaml
from django.utils.translation import gettext_lazy as _
from yaml import events
from yaml.reader import ReaderError

from recportal.documents.faults import MOST_FAULTS, Path, Text, say
from recportal.documents.text import shown, text_flaw
from recportal.text import SameKey, cleaned

from .faults import BundleUnreadable, FileFault, note, overflowed

LARGEST_FILE: Final = 64 * 1024 * 1024  # bytes
#: Levels of lists and objects. A document may have 32, and lies a few levels deep in the file.
DEEPEST_NESTING: Final = 64
#: What a file of 64 MiB holds when it is a register has about two thirds of these. 64 MiB of ``[],`` or
#: ``{"a":1},`` are valid JSON, and would be gigabytes of Python objects.
MOST_CONTAINERS: Final = 1_000_000
MOST_VALUES: Final = 2_500_000
#: The number of digits from which on an integer is refused here; the documents are stricter (±(2^53-1)).
#: Python itself reads no more than 4300.
MOST_DIGITS: Final = 20

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: An escape that may stand for NUL or for half of a surrogate pair (or for half of a whole one).
_SUSPECT_ESCAPE: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
#: At the start of a line, whichever of YAML's line breaks ended the one before.
_TAG_DIRECTIVE: Final = re.compile(r"(?<![ -~])%TAG")
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
#: What may stand between a key and its colon: blanks, line breaks and comments.
_BEFORE_COLON: Final = re.compile(r"(?:[\s\ufeff]|#[^\r\n\x85\u2028\u2029]*)*")
_JSON_WORDS: Final[dict[str, bool | None]] = {"": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class _Refused:
    """Stands in the place of a value that cannot be kept, until its place in the file is known."""

    code: str
    message: Text


_NOT_LISTED: Final = _Refused("not_listed", "")


def parse_file(content: bytes, name: str) -> dict[str, Any]:
    """The object that a file holds, as plain JSON values; ``name`` is the file's name, for its extension.

    JSON or YAML by the extension, and without one by the first character. YAML is read with JSON's scalars:
    ``null``, ``true``, ``false`` and JSON numbers mean what they mean there, an absent value is null, all
    else is text (dates, ``01234``, ``no`` and ``~`` included), and so are quoted scalars and the keys of
    mappings. Numbers have up to 20 digits: whether a number can be kept is for the documents to say.

    Raises ``BundleUnreadable`` with every fault that could be found: of the file (``file_too_large``,
    ``not_utf8``), of its syntax (``invalid_json``, ``invalid_yaml``; the first one only), and of what it
    holds (``too_deep``, ``too_many_values``, ``duplicate_key``, ``null_character``, ``lone_surrogate``,
    ``not_a_number``, ``number_too_large``, ``anchor``, ``tag``, ``invalid_key``, ``missing_colon``,
    ``several_documents``, ``wrong_type``).
    """
    text = decoded(content)
    value = _from_json(text) if _is_json(text, name) else _from_yaml(text)
    if not isinstance(value, dict):
        message = _("A bundle is an object with named values, and this file holds something else.")
        _refuse("wrong_type", message)
    if text.isascii() and "\\" not in text:
        return value
    try:
        return cleaned(value)  # type: ignore[no-any-return]  # an object stays one
    except SameKey as twice:
        fault = FileFault(twice.path, "duplicate_key", _twice(str(twice)))
        raise BundleUnreadable([fault]) from None


def _refuse(code: str, message: Text) -> NoReturn:
    raise BundleUnreadable([FileFault((), code, message)])


def decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        message = _("The file is larger than %(most)s MiB.")
        _refuse("file_too_large", say(message, most=LARGEST_FILE // 1024**2))
    start = len(_BYTE_ORDER_MARK) if content.startswith(_BYTE_ORDER_MARK) else 0
    try:
        # A view, so that a large file is not copied for the sake of three bytes.
        text = str(memoryview(content)[start:], "utf-8")
    except UnicodeDecodeError as error:
        offset = start + error.start
        message = _("The file is not UTF-8: line %(line)s, byte %(offset)s of the file, is 0x%(byte)s.")
        line = content.count(b"\n", 0, offset) + 1
        _refuse("not_utf8", say(message, line=line, offset=offset, byte=f"{content[offset]:02X}"))
    nul = text.find("\x00")
    if nul >= 0:
        message = _("The character NUL cannot be stored: line %(line)s, column %(column)s.")
        line, column = _line_and_column(text, nul)
        _refuse("null_character", say(message, line=line, column=column))
    return text


def _line_and_column(text: str, place: int) -> tuple[int, int]:
    """Both counted from 1, as editors do."""
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def _is_json(text: str, name: str) -> bool:
    lowered = name.lower()
    if lowered.endswith((".json", ".yaml", ".yml")):
        return lowered.endswith(".json")
    return text[:1024].lstrip().startswith(("{", "["))


def _too_deep() -> Text:
    return say(_("Nested deeper than %(depth)s levels."), depth=DEEPEST_NESTING)


def _too_many() -> Text:
    message = _("The file holds more than %(containers)s lists and objects, or more than %(values)s values.")
    return say(message, containers=MOST_CONTAINERS, values=MOST_VALUES)


def _twice(key: str) -> Text:
    return say(_("The key “%(key)s” stands there twice."), key=shown(key))


def _number(text: str, *, whole: bool) -> int | float | _Refused:
    """The number that a text of JSON's form stands for."""
    if whole and len(text) <= MOST_DIGITS:
        return int(text)
    value = math.inf if whole else float(text)
    if math.isinf(value):
        message = _("The number %(number)s is too large.")
        return _Refused("number_too_large", say(message, number=shown(text, 20)))
    return value


# JSON


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice, with all that stands in it."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _from_json(text: str) -> Any:
    """The value of a JSON text.

    The parser says of a flaw neither which others there are nor where it is. So a flawed value is marked, and
    only a text with a mark is searched: a sound file pays for one call per object and number.
    """
    # Those inside of texts are counted too, but no register has millions of them.
    containers = text.count("[") + text.count("{")
    if containers > MOST_CONTAINERS or containers + text.count(",") > MOST_VALUES:
        _refuse("too_many_values", _too_many())
    marks: list[Any] = []

    def mark(make: Callable[[], Any]) -> Any:
        # Those that are counted only share a mark: a million of them would be a gigabyte.
        if len(marks) <= MOST_FAULTS:
            marks.append(make())
            return marks[-1]
        return _NOT_LISTED

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs) and len(marks) <= MOST_FAULTS:
            value = mark(lambda: _Repeated(pairs))
        return value

    def integer(digits: str) -> Any:
        return int(digits) if len(digits) <= MOST_DIGITS else mark(lambda: _number(digits, whole=True))

    def decimal(digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else mark(lambda: _number(digits, whole=False))

    def constant(name: str) -> Any:
        message = _("%(name)s is not a number that JSON knows.")
        return mark(lambda: _Refused("not_a_number", say(message, name=name)))

    try:
        value = json.loads(
            text, object_pairs_hook=object_of, parse_int=integer, parse_float=decimal, parse_constant=constant
        )
    except RecursionError:
        _refuse("too_deep", _too_deep())
    except json.JSONDecodeError as error:
        message = _("This is not JSON: %(problem)s in line %(line)s, column %(column)s.")
        _refuse("invalid_json", say(message, problem=error.msg, line=error.lineno, column=error.colno))
    if marks or _SUSPECT_ESCAPE.search(text) or _is_too_deep(value):
        faults: list[FileFault] = []
        _search(value, (), faults)
        if faults:
            raise BundleUnreadable(faults)
    return value


def _is_too_deep(value: Any) -> bool:
    """Level by level, which costs a tenth of parsing; going down by calls would cost as much as parsing."""
    level = [value] if isinstance(value, dict | list) else []
    for _depth in range(DEEPEST_NESTING):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return False
    return True


def _search(value: Any, path: Path, faults: list[FileFault]) -> None:
    """Note everything in ``value`` that cannot be kept, as far as there is room for it."""
    if isinstance(value, str):
        flaw = text_flaw(value)
        if flaw:
            note(faults, path, flaw[1], flaw[0])
    elif isinstance(value, _Refused):
        note(faults, path, value.code, value.message)
    elif not isinstance(value, dict | list):
        return
    elif len(path) == DEEPEST_NESTING:
        note(faults, path, "too_deep", _too_deep())
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _search(item, (*path, index), faults)
    else:
        seen: set[str] = set()
        for key, item in value.pairs if isinstance(value, _Repeated) else value.items():
            flaw = text_flaw(key)
            place = (*path, shown(key) if flaw else key)
            if flaw:
                note(faults, place, flaw[1], flaw[0])
            if key in seen:
                note(faults, place, "duplicate_key", _twice(key))
            seen.add(key)
            _search(item, place, faults)


# YAML


def _from_yaml(text: str) -> Any:
    # Before parsing: libyaml compares each of them with all others, which takes minutes for a few megabytes.
    if _TAG_DIRECTIVE.search(text):
        _refuse("tag", _("Tags are not read: the file cannot have directives for them."))
    faults: list[FileFault] = []
    tree = _Tree(faults, text)
    try:
        for event in events_of(text):
            tree.take(event)
    except _Enough:
        pass
    except yaml.YAMLError as error:
        note(faults, tree.path(), "invalid_yaml", _syntax(error, text))
    except (ValueError, OverflowError) as error:  # from the parser in pure Python, for the escape \U99999999
        problem = say(_("This is not YAML: %(problem)s."), problem=str(error))
        note(faults, tree.path(), "invalid_yaml", problem)
    if faults:
        raise BundleUnreadable(faults)
    return tree.documents[0] if tree.documents else None


def events_of(source: str | IO[bytes]) -> Iterator[events.Event]:
    """What the parser finds. Neither parser calls itself, so that depth cannot exhaust the stack."""
    loader: Any = (yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader)(source)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    finally:
        loader.dispose()


class _Enough(Exception):
    """The rest of the file need not be read: it is refused, and reading on could cost gigabytes."""


class _Tree:
    """Builds the values of a YAML file straight from the parser's events, and notes what it refuses.

    The loaders of PyYAML make a tree of nodes first and guess at the kinds of scalars by patterns of their
    own; one pass by JSON's grammar is several times faster, and what it meets is checked before it takes any
    room.
    """

    def __init__(self, faults: list[FileFault], text: str) -> None:
        self.documents: list[Any] = []
        self._faults = faults
        self._text = text
        self._key_event: Any = None  # that of the last key
        self._open: Any = self.documents  # the list or object that takes the next value
        self._key: str | None = None  # of the next value; None in a list, and where an object expects a key
        # The lists and objects that `_open` lies in, outermost first, each with the key on the way to it.
        self._around: list[tuple[Any, str | None]] = []
        self._keys: dict[str, str] = {}  # one copy of each key: the same few stand in every record
        self._containers = 0
        self._values = 0

    def take(self, event: events.Event) -> None:
        kind = type(event)
        if kind is events.ScalarEvent:
            self._take_scalar(event)  # type: ignore[arg-type]
        elif kind is events.MappingStartEvent:
            self._open_container(event, {})
        elif kind is events.SequenceStartEvent:
            self._open_container(event, [])
        elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            self._open, _key = self._around.pop()
        elif kind is events.AliasEvent:
            self._refuse(event, "anchor", _("Aliases (*name) are not read: write the value out."))
            self._add(None) if self._expects_value() else self._begin_pair(event, "*")
        elif kind is events.DocumentStartEvent and self.documents:
            message = _("A second document begins: one file holds one community.")
            self._refuse(event, "several_documents", message)
            raise _Enough

    def path(self) -> Path:
        """Where the next value goes, or where a key is expected."""
        steps: list[str | int] = []
        for container, key in [*self._around, (self._open, self._key)][1:]:
            if isinstance(container, list):
                # What is open stands in its list already; the next value does not.
                steps.append(len(container) - (container is not self._open))
            elif key is not None:
                steps.append(key)
        return tuple(shown(step) if isinstance(step, str) and text_flaw(step) else step for step in steps)

    def _take_scalar(self, event: events.ScalarEvent) -> None:
        value: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        # A bare NUL does not get this far, nor half of a surrogate pair; only this style has escapes.
        if event.style == '"':
            self._check_text(event, value)
        if self._key is None and type(self._open) is dict:
            self._begin_pair(event, value)
        elif not event.implicit[0]:
            self._add(value)
        elif value in _JSON_WORDS:
            if not value and self._key is not None:
                self._check_colon()
            self._add(_JSON_WORDS[value])
        elif value[0] in "-0123456789" and (match := _JSON_NUMBER.fullmatch(value)):
            number = _number(value, whole=match[1] is None and match[2] is None)
            if isinstance(number, _Refused):
                self._refuse(event, number.code, number.message)
            self._add(number)
        else:
            self._add(value)

    def _begin_pair(self, event: events.Event, key: str) -> None:
        self._key = self._keys.setdefault(key, key)
        self._key_event = event
        if key in self._open:
            self._refuse(event, "duplicate_key", _twice(key))

    def _check_colon(self) -> None:
        """Refuse an entry without a colon, for which YAML makes up a null: ``{kwp: 5,94}`` has a key 94."""
        before = _BEFORE_COLON.match(self._text, self._key_event.end_mark.index)
        if before and not self._text.startswith(":", before.end()):
            message = _(
                "“%(key)s” is not followed by a colon. Write decimals with a point (5.94), and put a text "
                "with a comma into quotes."
            )
            self._refuse(self._key_event, "missing_colon", say(message, key=shown(self._key or "")))

    def _add(self, value: Any) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            note(self._faults, (), "too_many_values", _too_many())
            raise _Enough
        if self._key is None:
            self._open.append(value)
        else:
            self._open[self._key] = value
            self._key = None

    def _open_container(self, event: events.Event, container: dict[str, Any] | list[Any]) -> None:
        self._containers += 1
        if self._containers > MOST_CONTAINERS:
            note(self._faults, (), "too_many_values", _too_many())
            raise _Enough
        self._refuse_properties(event)
        if not self._expects_value():
            self._refuse(event, "invalid_key", _("A key must be text, not a list or an object."))
            raise _Enough
        if len(self._around) == DEEPEST_NESTING:
            self._refuse(event, "too_deep", _too_deep())
            raise _Enough
        key = self._key
        self._add(container)
        self._around.append((self._open, key))
        self._open = container

    def _expects_value(self) -> bool:
        return self._key is not None or type(self._open) is list

    def _check_text(self, event: events.Event, text: str) -> None:
        flaw = text_flaw(text)
        if flaw:
            self._refuse(event, flaw[1], flaw[0])

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            message = _("Anchors (&name) are not read: write the value out at each place.")
            self._refuse(event, "anchor", message)
        if event.tag is not None:
            words = say(_("The tag “%(tag)s” is not read: text goes in quotes."), tag=shown(event.tag))
            self._refuse(event, "tag", words)

    def _refuse(self, event: events.Event, code: str, message: Text) -> None:
        mark = event.start_mark
        line = mark.line + 1 if mark else 0  # every parser's events have one
        note(self._faults, self.path(), code, say(_("%(flaw)s (line %(line)s)"), flaw=message, line=line))
        if overflowed(self._faults):
            raise _Enough


def _syntax(error: yaml.YAMLError, text: str) -> Text:
    message = _("This is not YAML: %(problem)s in line %(line)s, column %(column)s.")
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return say(message, problem=error.problem, line=mark.line + 1, column=mark.column + 1)
    if isinstance(error, ReaderError):
        # One parser counts bytes, the other characters; the first such character is the one it met.
        place = max(text.find(chr(error.character)), 0)
        line, column = _line_and_column(text, place)
        return say(message, problem=error.reason, line=line, column=column)
    return say(_("This is not YAML: %(problem)s."), problem=shown(str(error)))
