"""A document in a form: readable JSON text, and an error where the text stands."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from . import text
from .faults import Fault
from .paths import same


class DocumentTextarea(forms.Textarea):
    """A text area for JSON, as high as its text up to a limit."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "rows": 4,
                "cols": 90,
                "spellcheck": "false",
                "class": "vLargeTextField document",
                **(attrs or {}),
            }
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        lines = (value or "").count("\n") + 2
        return super().get_context(name, value, {**(attrs or {}), "rows": max(3, min(lines, 24))})


class DocumentFormField(forms.Field):
    """JSON text in, a document out. What was typed comes back as it was typed until it can be read.

    An emptied field is the empty document. The schema is the model field's business, which knows the record.
    """

    widget = DocumentTextarea

    def __init__(self, *, kind: type = dict, column: str = "", **options: Any) -> None:
        self.kind = kind
        self.column = column
        super().__init__(**{**options, "required": False})
        # Django would put its own words over a fault of the same code, and the place would be lost.
        self.error_messages = {}

    def to_python(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and not value.strip()):
            return self.kind()
        if not isinstance(value, str):
            return value
        flaw = text.text_flaw(value)
        if flaw:
            raise Fault(flaw[0], flaw[1], (self.column,))
        document = text.parse(value, (self.column,))
        found = text.flaws(document, (self.column,), max(len(value) * 4, 1))
        if found:
            raise ValidationError(found)
        return document

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return "" if value in (None, {}, []) else text.readable(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not same(self.to_python(data), self.kind() if initial is None else initial)
        except ValidationError:
            return True
