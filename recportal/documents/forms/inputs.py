"""The inputs of a document, built from its schema: one for each value, rows for lists and maps of objects.

What a form says is a flat mapping of names to texts (``Sheet``): ``tilt``, ``operators-0-name``. Each input
knows the texts that stand for a stored value, and reads them back *against* that value: what still says what
was shown is left exactly as it is stored, so that 30 does not become 30.0, an old fault that nobody touches
stays a notice, and whatever no input shows survives. A name that was not sent at all counts as untouched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..faults import Fault, Path
from ..paths import ABSENT, same
from ..schemas import Schema
from ..text import text_flaw
from ..words import required
from .reading import as_typed, kind_of, read_value

Sheet: TypeAlias = Mapping[str, str]

#: Django takes a thousand values from one form: longer lists are edited as JSON.
MOST_ROWS: Final = 50
#: What no page sends, and what would be slow to read.
_MOST_TYPED: Final = 200


@dataclass
class Reading:
    """What came of reading: faults with their paths below the document, and the input at each path."""

    faults: list[Fault] = field(default_factory=list)
    places: dict[Path, str] = field(default_factory=dict)

    def name_at(self, path: Path) -> str | None:
        """The name of the input in which the value at ``path``, or the one that holds it, was typed."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None

    def is_sound(self, typed: str, path: Path) -> bool:
        flaw = text_flaw(typed)
        if flaw:
            self.faults.append(Fault(flaw[0], flaw[1], path))
        return flaw is None


class Input:
    """The input, or inputs, of one part of a document; all their names begin with ``name``."""

    def __init__(self, name: str, key: str, part: dict[str, Any], *, required: bool = False) -> None:
        self.name = name
        self.key = key
        self.part = part
        self.required = required

    @property
    def label(self) -> str:
        return _title(self.part) or self.key

    @property
    def help(self) -> str:
        return gettext(self.part["description"]) if "description" in self.part else ""

    def shown(self, value: Any) -> dict[str, str]:
        """The texts that stand for a stored value (``ABSENT``: none)."""
        raise NotImplementedError

    def read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> Any:
        """The value that ``sheet`` means, where ``stored`` is stored now; ``ABSENT`` for none.

        Faults and places are noted in ``reading``.
        """
        raise NotImplementedError

    def owns(self, name: str) -> bool:
        return not self.name or name == self.name or name.startswith(f"{self.name}-")

    def is_untouched(self, sheet: Sheet, value: Any) -> bool:
        """Whether the sheet says of this part what stands for ``value``, or nothing at all."""
        shown = self.shown(value)
        own = (name for name in sheet if self.owns(name))
        return all(_plain(sheet[name]) == _plain(shown.get(name, "")) for name in own)

    def renewed(self, sheet: Sheet, before: Any, now: Any) -> tuple[dict[str, str], list[str]]:
        """The texts for what was typed over ``before`` where ``now`` is stored, and the labels of inputs that
        both have changed, which keep what was typed.
        """
        if self.is_untouched(sheet, before):
            return self.shown(now), []
        both = [] if same(before, now) or self.is_untouched(sheet, now) else [self.label]
        return {name: text for name, text in sheet.items() if self.owns(name)}, both


class Single(Input):
    """One value in one input."""

    @property
    def kind(self) -> str:
        return kind_of(self.part)

    def shown(self, value: Any) -> dict[str, str]:
        return {self.name: "" if value is ABSENT else as_typed(value)}

    def read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> Any:
        reading.places[path] = self.name
        if self.is_untouched(sheet, stored) or not reading.is_sound(sheet[self.name], path):
            return stored
        typed = _plain(sheet[self.name])
        if not typed.strip():
            return ABSENT
        try:
            return read_value(self.kind, typed)
        except Fault as fault:
            reading.faults.append(Fault(fault.text, fault.code, path))
            return stored


class Texts(Input):
    """A list of texts, one in each line."""

    def shown(self, value: Any) -> dict[str, str]:
        lines = value if isinstance(value, list) else []
        return {self.name: "\n".join(as_typed(line) for line in lines)}

    def read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> Any:
        reading.places[path] = self.name
        if self.is_untouched(sheet, stored) or not reading.is_sound(sheet[self.name], path):
            return stored
        return [line.strip() for line in sheet[self.name].splitlines() if line.strip()] or ABSENT


class Group:
    """The inputs of an object: those of its properties that an input can show."""

    def __init__(self, schema: Schema, part: dict[str, Any], prefix: str = "") -> None:
        made = (
            _input(schema, schema.resolve(below), f"{prefix}{key}", key, key in part.get("required", ()))
            for key, below in part.get("properties", {}).items()
        )
        self.inputs = [each for each in made if each]

    def shown(self, value: Any) -> dict[str, str]:
        held = value if isinstance(value, dict) else {}
        shown = (each.shown(held.get(each.key, ABSENT)) for each in self.inputs)
        return {name: text for texts in shown for name, text in texts.items()}

    def is_untouched(self, sheet: Sheet, value: Any) -> bool:
        return all(each.is_untouched(sheet, value_at(each.key, value)) for each in self.inputs)

    def read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> dict[str, Any]:
        found = dict(stored) if isinstance(stored, dict) else {}
        for each in self.inputs:
            value = each.read(sheet, found.get(each.key, ABSENT), (*path, each.key), reading)
            if value is ABSENT:
                found.pop(each.key, None)
            else:
                found[each.key] = value
        return found

    def unknown(self, value: Any) -> dict[str, Any]:
        """What of an object no input shows."""
        known = {each.key for each in self.inputs}
        held = value if isinstance(value, dict) else {}
        return {key: item for key, item in held.items() if key not in known}


class Rows(Input):
    """A list of objects, or a map of them under keys: a row each, and blank ones for more.

    A row says by ``was`` which stored object it shows; one that no row shows is kept.
    """

    def __init__(self, schema: Schema, name: str, key: str, part: dict[str, Any]) -> None:
        super().__init__(name, key, part)
        self.schema = schema
        self.is_map = part.get("type") == "object"
        self.below = schema.resolve(part.get("additionalProperties" if self.is_map else "items"))

    def prefix(self, number: int) -> str:
        return f"{self.name}-{number}-" if self.name else f"{number}-"

    def group(self, number: int) -> Group:
        return Group(self.schema, self.below, self.prefix(number))

    def numbers(self, sheet: Sheet) -> list[int]:
        """The numbers of the rows that a sheet speaks of, in order."""
        pattern = re.compile(re.escape(f"{self.name}-" if self.name else "") + r"([0-9]{1,4})-")
        return sorted({int(match[1]) for name in sheet if (match := pattern.match(name))})

    def stored_rows(self, value: Any) -> dict[str, Any]:
        """The stored objects by what ``was`` says of them: the key, the id, or the position."""
        if self.is_map:
            return dict(value) if isinstance(value, dict) else {}
        rows: dict[str, Any] = {}
        for index, item in enumerate(value if isinstance(value, list) else []):
            mark = item.get("id") if isinstance(item, dict) else None
            rows[mark if isinstance(mark, str) and mark and mark not in rows else f"#{index}"] = item
        return rows

    def shown(self, value: Any) -> dict[str, str]:
        return self._shown(enumerate(self.stored_rows(value).items()))

    def _shown(self, rows: Any) -> dict[str, str]:
        texts: dict[str, str] = {}
        for number, (was, item) in rows:
            texts[f"{self.prefix(number)}was"] = was
            if self.is_map:
                texts[f"{self.prefix(number)}key"] = was
            texts |= self.group(number).shown(item)
        return texts

    def completed(self, sheet: Sheet, stored: Any) -> dict[str, str]:
        """The sheet, and after its rows those for stored objects that it does not speak of."""
        numbers = self.numbers(sheet)
        spoken_of = {sheet.get(f"{self.prefix(number)}was") for number in numbers}
        left = [each for each in self.stored_rows(stored).items() if each[0] not in spoken_of]
        return {**sheet, **self._shown(enumerate(left, max(numbers, default=-1) + 1))}

    def renewed(self, sheet: Sheet, before: Any, now: Any) -> tuple[dict[str, str], list[str]]:
        texts: dict[str, str] = {}
        both: list[str] = []
        rows_before, rows_now = self.stored_rows(before), self.stored_rows(now)
        was_of = {number: sheet.get(f"{self.prefix(number)}was", "") for number in self.numbers(sheet)}
        row_of = {was: number for number, was in reversed(was_of.items()) if was in rows_before}
        for number, (was, item) in enumerate(rows_now.items()):
            if was in row_of:
                texts |= self._renewed_row(sheet, row_of[was], number, rows_before[was], item, both)
            else:
                texts |= self._shown([(number, (was, item))])
        end = len(rows_now)
        for number, was in was_of.items():
            if was in rows_now and row_of.get(was) == number:
                continue
            begin = self.prefix(number)
            if was in rows_before:
                # Somebody else has removed it. What was typed in it is all that is left to show.
                if sheet.get(f"{begin}remove") or self.group(number).is_untouched(sheet, rows_before[was]):
                    continue
                both.append(_title(self.below) or self.label)
            texts |= _moved(sheet, begin, self.prefix(end)) | {f"{self.prefix(end)}was": ""}
            end += 1
        return texts, both

    def _renewed_row(
        self, sheet: Sheet, number: int, target: int, before: Any, now: Any, both: list[str]
    ) -> dict[str, str]:
        """What was typed in the row ``number``, as the row ``target``; contested labels go to ``both``."""
        begin, end = self.prefix(number), self.prefix(target)
        own = ("was", "key", "remove")
        texts = {f"{end}{name}": sheet[f"{begin}{name}"] for name in own if f"{begin}{name}" in sheet}
        for each in self.group(number).inputs:
            renewed, contested = each.renewed(sheet, value_at(each.key, before), value_at(each.key, now))
            texts |= _moved(renewed, begin, end)
            both += contested
        return texts

    def read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> Any:
        own = Reading()
        found = self._read(sheet, stored, path, own)
        reading.places |= own.places
        if self.is_untouched(sheet, stored):
            return stored
        reading.faults += own.faults
        return found

    def _read(self, sheet: Sheet, stored: Any, path: Path, reading: Reading) -> Any:
        numbers = self.numbers(sheet)
        if len(numbers) > _MOST_TYPED:
            reading.faults.append(Fault(_("These are too many rows for a form."), "too_many", path))
            return stored
        left = self.stored_rows(stored)
        kept: list[tuple[str, Any]] = []
        for number in numbers:
            was = sheet.get(f"{self.prefix(number)}was", "")
            before = left.pop(was, ABSENT) if was else ABSENT
            if not self._is_left_out(sheet, number, before):
                kept.append(self._row(sheet, number, before, len(kept), path, reading))
        kept += left.items()
        self._note_twins(kept, path, reading)
        return (dict(kept) if self.is_map else [item for _key, item in kept]) or ABSENT

    def _is_left_out(self, sheet: Sheet, number: int, before: Any) -> bool:
        """Whether a row is to be removed, or was never filled in."""
        begin = self.prefix(number)
        if sheet.get(f"{begin}remove"):
            return True
        return before is ABSENT and not self.is_filled_in(sheet, number)

    def is_filled_in(self, sheet: Sheet, number: int) -> bool:
        """Whether a row says anything, or stands for something stored."""
        begin = self.prefix(number)
        return any(text.strip() for name, text in sheet.items() if name.startswith(begin))

    def _row(
        self, sheet: Sheet, number: int, before: Any, index: int, path: Path, reading: Reading
    ) -> tuple[str, Any]:
        begin = self.prefix(number)
        group = self.group(number)
        key = sheet.get(f"{begin}key", sheet.get(f"{begin}was", "")).strip()
        place = (*path, key if self.is_map else index)
        reading.places[place] = f"{begin}key" if self.is_map else group.inputs[0].name
        if self.is_map and not key:
            reading.faults.append(required(place))
        if not reading.is_sound(key, place) or (before is not ABSENT and not isinstance(before, dict)):
            return key, before if before is not ABSENT else {}
        return key, group.read(sheet, {} if before is ABSENT else before, place, reading)

    def _note_twins(self, kept: list[tuple[str, Any]], path: Path, reading: Reading) -> None:
        """Two rows of a map under one key: the second would replace the first."""
        seen = set()
        for key, _item in kept if self.is_map else ():
            if key in seen:
                reading.faults.append(Fault(_("This key stands there twice."), "duplicate", (*path, key)))
            seen.add(key)


def _input(schema: Schema, part: dict[str, Any], name: str, key: str, needed: bool) -> Input | None:
    """The input for a part of a schema; None where only JSON can say it."""
    if kind_of(part):
        return Single(name, key, part, required=needed)
    if part.get("type") == "array" and schema.resolve(part.get("items")).get("type") == "string":
        return Texts(name, key, part, required=needed)
    if part.get("type") == "object" and schema.resolve(part.get("additionalProperties")).get("properties"):
        return Rows(schema, name, key, part)
    return None


def inputs_of(schema: Schema, prefix: str = "") -> Group | Rows | None:
    """The inputs of a whole document; None where only JSON can say it."""
    part = schema.definition
    if part.get("type") == "array":
        rows = schema.resolve(part.get("items")).get("properties")
        return Rows(schema, prefix.rstrip("-"), "", part) if rows else None
    group = Group(schema, part, prefix)
    return group if group.inputs else None


def value_at(key: str, document: Any) -> Any:
    """What an input is about: the value under its key, or all of a list."""
    if key:
        return document.get(key, ABSENT) if isinstance(document, dict) else ABSENT
    return ABSENT if document is None else document


def _moved(texts: Sheet, begin: str, end: str) -> dict[str, str]:
    """The texts of one row under the names of another."""
    return {end + name.removeprefix(begin): text for name, text in texts.items() if name.startswith(begin)}


def _title(part: dict[str, Any]) -> str:
    return gettext(part["title"]) if "title" in part else ""


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
