"""The model field of a document: a JSON column that is checked before it is stored."""

import json
from string import Formatter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from . import text
from .display import Line, describe
from .faults import Fault, Path
from .forms import DocumentFormField
from .schemas import Schema, schema
from .words import wrong_type

KIB = 1024

#: The value that a text begins with, and where it ends.
_read = json.JSONDecoder().raw_decode


class DocumentField(models.JSONField):
    """A JSON column with a schema file.

    ``schema`` names the file (``communities/areas``); attributes of the record may stand in it
    (``assets/properties/{asset_type}``), and a record whose attribute leads to no file has an unchecked
    document: its attribute is refused by the rule of its own. ``kind`` is what the column holds when it is
    empty, ``dict`` or ``list``. Never null: an empty document is ``{}`` or ``[]``.
    """

    def __init__(
        self, *args: Any, schema: str = "", kind: type = dict, most_bytes: int = 256 * KIB, **options: Any
    ) -> None:
        self.schema_name = schema
        self.kind = kind
        self.most_bytes = most_bytes
        options.setdefault("default", kind)
        options.setdefault("blank", True)
        options.setdefault("encoder", text.StrictEncoder)
        super().__init__(*args, **options)

    def schema_of(self, record: models.Model | None) -> Schema | None:
        """The schema that holds for this document of ``record``."""
        if not self.schema_name:
            return None
        try:
            return schema(self.schema_name.format_map(_Attributes(record)))
        except LookupError:
            return None

    def check_document(self, value: Any, record: models.Model | None) -> tuple[Any, list[Fault]]:
        """``value`` as it would be stored, and everything that speaks against storing it."""
        path: Path = (self.name,)
        if not isinstance(value, self.kind):
            return value, [wrong_type("array" if self.kind is list else "object", value, path)]
        if not value:
            return value, []
        value, found = text.examined(value, path, self.most_bytes)
        judge = None if found else self.schema_of(record)
        if judge is None or judge.is_fine(value):
            return value, found
        tidied = judge.tidy(value)
        return tidied, judge.faults(tidied, path)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """As Django's, without the search for blanks around, which takes as long as a small document."""
        if type(value) is str:
            try:
                document, end = _read(value)
            except ValueError:
                end = -1
            if end == len(value):
                return document
        return super().from_db_value(value, expression, connection)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        tidied, found = self.check_document(value, model_instance)
        if found:
            raise ValidationError(found)
        return tidied

    def describe(self, record: models.Model) -> list[Line]:
        """The document of ``record`` for people: labels, values, units."""
        return describe(self.schema_of(record), getattr(record, self.attname))

    def formfield(self, **options: Any) -> Any:
        own = {"form_class": DocumentFormField, "kind": self.kind, "column": self.name, **self._schemas()}
        # A hidden copy of what the document was would double the page; history knows it.
        return models.Field.formfield(self, **{**own, "show_hidden_initial": False, **options})

    def _schemas(self) -> dict[str, Any]:
        """The schemas that a form shows, and by what they are chosen where there are several."""
        chosen_by = next((name for _text, name, *_rest in Formatter().parse(self.schema_name) if name), "")
        if not chosen_by:
            only = self.schema_of(None)
            return {"schemas": {"": only} if only else {}}
        choices: Any = self.model._meta.get_field(chosen_by)
        return {
            "chosen_by": chosen_by,
            "schemas": {
                value: schema(self.schema_name.format_map({chosen_by: value}))
                for value, _label in choices.flatchoices
            },
        }


class _Attributes:
    """The attributes of a record as a mapping, for the placeholders in the name of a schema."""

    def __init__(self, record: models.Model | None) -> None:
        self._record = record

    def __getitem__(self, name: str) -> str:
        return str(getattr(self._record, name, ""))


def documents_of(model: type[models.Model] | models.Model) -> list[DocumentField]:
    """The document columns of a model, in the order in which it declares them."""
    return [field for field in model._meta.concrete_fields if isinstance(field, DocumentField)]
