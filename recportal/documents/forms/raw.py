"""A document as JSON text: what was typed, as a document."""

from typing import Any

from django.core.exceptions import ValidationError

from .. import text
from ..faults import Fault


def read_json(typed: str, kind: type, column: str) -> Any:
    """The document that ``typed`` says; an emptied text is the empty one.

    The schema is the model field's business, which knows the record.
    """
    if not typed.strip():
        return kind()
    flaw = text.text_flaw(typed)
    if flaw:
        raise Fault(flaw[0], flaw[1], (column,))
    document = text.parse(typed, (column,))
    found = text.flaws(document, (column,), max(len(typed) * 4, 1))
    if found:
        raise ValidationError(found)
    return document


def as_json(document: Any) -> str:
    """A document as readable JSON; empty for one that says nothing."""
    return "" if document in (None, {}, []) else text.readable(document)
