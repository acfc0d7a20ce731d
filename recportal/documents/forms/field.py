"""The form field of a document: one field that holds an input for each value that its schema knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorList
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..faults import Fault, Text, faults_of
from ..paths import ABSENT, same, untouched
from ..schemas import Schema
from .drawing import Drawing
from .inputs import MOST_ROWS, Group, Reading, Rows, inputs_of, value_at
from .raw import as_json, read_json


@dataclass
class Typed:
    """What a form says of a document: its JSON text (None: not sent), and the texts of its inputs."""

    raw: str | None = None
    sheet: dict[str, str] = field(default_factory=dict)


class DocumentWidget(forms.Widget):
    """Gathers what belongs to a document. The bound field draws it, since it takes the errors to do so."""

    use_fieldset = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Typed:
        begin = f"{name}-"
        sheet = {key.removeprefix(begin): str(data[key]) for key in data if key.startswith(begin)}
        raw = data.get(name)
        return Typed(raw if raw is None else str(raw), sheet)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key == name or key.startswith(f"{name}-") for key in data)


class DocumentFormField(forms.Field):
    """Inputs and JSON text in, a document out: what was typed is merged into what is stored.

    ``schemas`` are those that may hold, by the value of the field or attribute ``chosen_by`` (such as
    ``asset_type``); of a document with one schema, its only key is empty. What was typed comes back as it was
    typed until it can be read. Whether the document is valid is the model field's business.
    """

    widget = DocumentWidget

    def __init__(
        self,
        *,
        kind: type = dict,
        column: str = "",
        schemas: Mapping[str, Schema] | None = None,
        chosen_by: str = "",
        **options: Any,
    ) -> None:
        self.kind = kind
        self.column = column
        self.schemas = schemas or {}
        self.chosen_by = chosen_by
        super().__init__(**{**options, "required": False})
        # Django would put its own words over a fault of the same code, and the place would be lost.
        self.error_messages = {}

    def inputs(self, choice: str, stored: Any) -> Group | Rows | None:
        """The inputs under one of the schemas; None where only JSON can say what the document holds."""
        if choice not in self.schemas:
            return None
        inputs = inputs_of(self.schemas[choice], f"{choice}-" if choice else "")
        lists = [inputs] if isinstance(inputs, Rows) else inputs.inputs if inputs else []
        too_long = any(
            isinstance(each, Rows) and len(each.stored_rows(value_at(each.key, stored))) > MOST_ROWS
            for each in lists
        )
        return None if too_long else inputs

    def read(self, typed: Typed, stored: Any, choice: str) -> tuple[Any, Reading]:
        """The document that ``typed`` means where ``stored`` is stored. Raises ``ValidationError``."""
        stored = self.kind() if stored is None else stored
        by_json = self._by_json(typed, stored)
        reading = Reading()
        inputs = self.inputs(choice, stored)
        value = inputs.read(typed.sheet, stored, (), reading) if inputs else stored
        value = self.kind() if value is ABSENT else value
        if by_json is None:
            return value, reading
        if reading.faults or not same(value, stored):
            message = _("You have changed both the fields and the JSON text: please undo one of them.")
            raise Fault(message, "ambiguous", (self.column,))
        return by_json[0], Reading()

    def _by_json(self, typed: Typed, stored: Any) -> tuple[Any] | None:
        """The document that the JSON text says, in a tuple; None when it says what it was shown with."""
        if typed.raw is None or _lines(typed.raw) == _lines(as_json(stored)):
            return None
        document = read_json(typed.raw, self.kind, self.column)
        return None if same(document, stored) else (document,)

    def merged(self, typed: Typed, stored: Any, choice: str) -> Any:
        document, reading = self.read(typed, stored, choice)
        if reading.faults:
            found = [*reading.faults, *self._others(document, stored, choice, reading)]
            raise ValidationError([Fault(each.text, each.code, (self.column, *each.path)) for each in found])
        return document

    def _others(self, document: Any, stored: Any, choice: str, reading: Reading) -> Iterator[Fault]:
        """What the schema says of the values that could be read, so that all errors are told at once."""
        told = {fault.path for fault in reading.faults}
        schema = self.schemas[choice]
        tidied = schema.tidy(document)
        for fault in schema.faults(tidied):
            if fault.path not in told and not untouched(fault.path, stored, tidied):
                yield fault

    def renewed(self, typed: Typed, base: Any, stored: Any, choice: str) -> tuple[Typed, list[Text]]:
        """What was typed over ``base``, put over ``stored``, which somebody else has written since.

        Inputs that were left alone show what is stored now; the labels of those that both have changed come
        with it, and they keep what was typed. Of a ``base`` that nobody knows (None), all counts as typed.
        """
        inputs = self.inputs(choice, stored)
        sheet, both = dict(typed.sheet), list[Text]()
        for each in [inputs] if isinstance(inputs, Rows) else inputs.inputs if inputs else []:
            before, now = (value_at(each.key, document) for document in (base, stored))
            if base is None:
                both += [] if each.is_untouched(typed.sheet, now) else [each.label]
                continue
            texts, contested = each.renewed(typed.sheet, before, now)
            sheet = {name: text for name, text in sheet.items() if not each.owns(name)} | texts
            both += contested
        if base is not None and typed.raw is not None and _lines(typed.raw) == _lines(as_json(base)):
            return Typed(as_json(stored), sheet), both
        if typed.raw is not None and _lines(typed.raw) != _lines(as_json(stored)):
            both.append(self.label or self.column)
        return Typed(typed.raw, sheet), both

    def _clean_bound_field(self, bound: "DocumentBoundField") -> Any:
        document = self.merged(bound.data, bound.initial, bound.choice)
        self.run_validators(document)
        return document

    def clean(self, value: Any) -> Any:
        return self.merged(value, self.kind(), "") if isinstance(value, Typed) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        stored = self.kind() if initial is None else initial
        return any(self._has_changed(data, stored, choice) for choice in self.schemas or ("",))

    def _has_changed(self, data: Typed, stored: Any, choice: str) -> bool:
        try:
            return not same(self.merged(data, stored, choice), stored)
        except ValidationError:
            return True

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, Typed):
            return value.raw or ""
        return value if isinstance(value, str) else as_json(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def get_bound_field(self, form: Any, field_name: str) -> "DocumentBoundField":
        return DocumentBoundField(form, self, field_name)


class DocumentBoundField(forms.BoundField):
    """A document in a form: draws its inputs, each with the faults that have their place in it."""

    field: DocumentFormField

    @property
    def choice(self) -> str:
        """Under which of the field's schemas the document stands."""
        name = self.field.chosen_by
        if not name:
            return ""
        if name in self.form.fields:
            return str(self.form[name].value() or "")
        return str(getattr(getattr(self.form, "instance", None), name, ""))

    @property
    def is_choice_open(self) -> bool:
        return bool(self.field.chosen_by) and self.field.chosen_by in self.form.fields

    @property
    def stored(self) -> Any:
        return self.field.kind() if self.initial is None else self.initial

    @property
    def typed(self) -> Typed | None:
        return self.data if self.form.is_bound else None

    @property
    def errors(self) -> ErrorList:
        """The faults that have no place in an input; the others stand there."""
        unplaced = self._sorted_faults()[0]
        return self.form.error_class(unplaced, renderer=self.form.renderer)

    def placed(self) -> dict[str, list[Text]]:
        """The name of an input → what is wrong there."""
        return self._sorted_faults()[1]

    def _sorted_faults(self) -> tuple[list[ValidationError], dict[str, list[Text]]]:
        unplaced: list[ValidationError] = []
        placed: dict[str, list[Text]] = {}
        reading = self._reading()
        for error in self.form.errors.as_data().get(self.name, []):
            fault = faults_of(error)[0] if isinstance(error, Fault) else None
            name = reading.name_at(fault.path[1:]) if fault and reading else None
            if fault and name is not None:
                placed.setdefault(name, []).append(fault.text)
            else:
                unplaced.append(error)
        return unplaced, placed

    def _reading(self) -> Reading | None:
        if self.typed is None:
            return None
        try:
            return self.field.read(self.typed, self.stored, self.choice)[1]
        except ValidationError:
            return None

    def value(self) -> Any:
        if self.typed is not None and self.typed.raw is not None:
            return self.typed.raw
        return as_json(self.stored)

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> SafeString:
        return Drawing(self).html()

    def label_tag(
        self, contents: Any = None, attrs: Any = None, label_suffix: Any = None, tag: Any = None
    ) -> SafeString:
        # A group of inputs has no input of its own to which a label could belong.
        attrs = {**(attrs or {}), "class": "document-label"}
        return super().label_tag(contents, attrs, label_suffix, tag or "span")

    @property
    def id_for_label(self) -> str:
        return ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
