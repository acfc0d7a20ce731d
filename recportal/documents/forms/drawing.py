"""How the inputs of a document look on a page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..display import Line, describe
from ..faults import Text, say
from ..units import with_unit
from .inputs import Group, Input, Rows, Single, Texts
from .reading import as_typed, is_day

if TYPE_CHECKING:
    from .field import DocumentBoundField

#: Blank rows after those that are filled in; a script can add more.
_SPARE_ROWS: Final = 2
_YES_NO: Final = (("", _("not given")), ("true", _("yes")), ("false", _("no")))


@dataclass
class Cell:
    """One input on the page. ``control`` is text, lines, choice, date, decimal or rows."""

    control: str
    name: str
    label: str
    value: str = ""
    help: str = ""
    bounds: str = ""
    unit: str = ""
    required: bool = False
    suggestions: list[str] = field(default_factory=list)
    choices: tuple[tuple[str, Text], ...] = ()
    errors: list[Text] = field(default_factory=list)
    rows: list["Row"] = field(default_factory=list)


@dataclass
class Row:
    """One object of a list or map. ``title`` is empty for a row that is not filled in yet."""

    begin: str
    was: str
    title: str
    cells: list[Cell]
    unknown: list[Line]
    removed: bool = False


@dataclass
class Variant:
    """The inputs under one schema; ``title`` says which, where there are several."""

    choice: str
    title: str
    cells: list[Cell]


class Drawing:
    """A document, bound or not, ready for its template."""

    def __init__(self, bound: "DocumentBoundField") -> None:
        self.bound = bound
        self.stored = bound.stored
        self.errors = bound.placed() if bound.typed is not None else {}

    def html(self) -> SafeString:
        return render_to_string("documents/field.html", self.context())

    def context(self) -> dict[str, Any]:
        variants = list(self._variants())
        raw = self.bound.value()
        return {
            "name": self.bound.html_name,
            "label": self.bound.label,
            "variants": variants,
            "is_choice_open": self.bound.is_choice_open,
            "unknown": self._unknown(),
            "raw": raw,
            "raw_rows": max(3, min(raw.count("\n") + 2, 24)),
            "raw_open": not variants or bool(self.bound.errors),
        }

    def _variants(self) -> Iterator[Variant]:
        field = self.bound.field
        choices = field.schemas if self.bound.is_choice_open else [self.bound.choice]
        for choice in choices:
            inputs = field.inputs(choice, self.stored)
            if inputs is None:
                continue
            sheet = self._sheet(inputs)
            own = [inputs] if isinstance(inputs, Rows) else inputs.inputs
            title = gettext(field.schemas[choice].definition["title"]) if choice else ""
            yield Variant(choice, title, [self._cell(each, sheet, self._below(each)) for each in own])

    def _below(self, each: Input) -> Any:
        if isinstance(self.stored, dict):
            return self.stored.get(each.key)
        return self.stored

    def _sheet(self, inputs: Group | Rows) -> dict[str, str]:
        """The texts in the inputs: what was typed, and what is stored where nothing was sent."""
        typed = self.bound.typed
        if typed is None:
            return inputs.shown(self.stored)
        if isinstance(inputs, Rows):
            return inputs.completed(typed.sheet, self.stored)
        shown = {} if typed.sheet else inputs.shown(self.stored)
        sheet = {**shown, **typed.sheet}
        for each in inputs.inputs:
            if isinstance(each, Rows):
                sheet = each.completed(sheet, self._below(each))
        return sheet

    def _unknown(self) -> list[Line]:
        field = self.bound.field
        inputs = field.inputs(self.bound.choice, self.stored)
        if not isinstance(inputs, Group):
            return []
        return describe(field.schemas[self.bound.choice], inputs.unknown(self.stored))

    def _cell(self, each: Input, sheet: Mapping[str, str], stored: Any) -> Cell:
        name = self._name(each.name)
        cell = Cell("text", name, each.label, help=each.help, required=each.required)
        cell.errors = self.errors.get(each.name, [])
        if isinstance(each, Rows):
            cell.control = "rows"
            cell.label = each.label if each.key else ""
            cell.rows = list(self._rows(each, sheet, stored))
            return cell
        cell.value = sheet.get(each.name, "")
        if isinstance(each, Texts):
            cell.control = "lines"
        elif isinstance(each, Single):
            _furnish(cell, each)
        return cell

    def _rows(self, rows: Rows, sheet: Mapping[str, str], stored: Any) -> Iterator[Row]:
        held = rows.stored_rows(stored)
        numbers = rows.numbers(sheet)
        spare = max(numbers, default=-1) + 1
        filled = [number for number in numbers if rows.is_filled_in(sheet, number)]
        for number in [*filled, *range(spare, spare + _SPARE_ROWS)]:
            begin = rows.prefix(number)
            was = sheet.get(f"{begin}was", "")
            group = rows.group(number)
            item = held.get(was)
            below = item if isinstance(item, dict) else {}
            cells = [self._cell(each, sheet, below.get(each.key)) for each in group.inputs]
            if rows.is_map:
                cells.insert(0, self._key_cell(rows, begin, sheet))
            unknown = describe(None, group.unknown(item))
            title = was.removeprefix("#") or (_("New") if number in filled else "")
            yield Row(self._name(begin), was, str(title), cells, unknown, bool(sheet.get(f"{begin}remove")))

    def _key_cell(self, rows: Rows, begin: str, sheet: Mapping[str, str]) -> Cell:
        value = sheet.get(f"{begin}key", "")
        errors = self.errors.get(f"{begin}key", [])
        return Cell("text", self._name(f"{begin}key"), gettext("Key"), value, errors=errors, required=True)

    def _name(self, name: str) -> str:
        return f"{self.bound.html_name}-{name}" if name else self.bound.html_name


def _furnish(cell: Cell, single: Single) -> None:
    """What the kind of a value means for its input."""
    part = single.part
    cell.unit = str(part.get("x-unit", ""))
    cell.bounds = _bounds(part)
    match single.kind:
        case "boolean":
            cell.control, cell.choices = "choice", _YES_NO
            if cell.value not in ("", "true", "false"):
                cell.choices = (*_YES_NO, (cell.value, cell.value))
        case "number" | "integer":
            cell.control = "decimal"
        case "date" if not cell.value or is_day(cell.value):
            cell.control = "date"
        case _:
            cell.suggestions = [as_typed(word) for word in part.get("examples", ())]
            if "\n" in cell.value or "\r" in cell.value:
                cell.control = "lines"


def _bounds(part: dict[str, Any]) -> str:
    least, most, unit = part.get("minimum"), part.get("maximum"), part.get("x-unit", "")
    above = part.get("exclusiveMinimum")
    if least is not None and most is not None:
        return str(say(_("%(least)s to %(most)s"), least=with_unit(least), most=with_unit(most, unit)))
    if above is not None and most is not None:
        text = _("more than %(least)s, up to %(most)s")
        return str(say(text, least=with_unit(above), most=with_unit(most, unit)))
    return ""
