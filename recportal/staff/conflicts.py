"""Two people edit one record: what the second one is told, and how nothing that either did is lost."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from recportal.documents.faults import Text
from recportal.documents.forms import DocumentFormField
from recportal.documents.forms.field import Typed
from recportal.records.models import ChangedMeanwhile, Record

from .history import ShownEntry, shown_entries


@dataclass(frozen=True)
class Conflict:
    """What happened to a record since the editor saw it.

    ``changes``: the writes, newest first. ``both``: the labels of fields that both have changed; they keep
    what this editor typed. ``data`` is the form as it is to be shown again: fields that this editor left
    alone have the newly stored values.
    """

    changes: list[ShownEntry]
    both: list[Text]
    data: QueryDict


def conflict_in(form: "forms.BaseModelForm[Any]", seen: int) -> Conflict:
    """The conflict in a bound form; its editor saw the version ``seen``, and the record has another one now.

    Of a version that history does not know (0), everything that was typed counts as typed.
    """
    record: Record = form.instance
    rows = ChangedMeanwhile(record, seen).since()
    base = rows[-1] if rows and rows[-1].version == seen else None
    data = QueryDict(mutable=True)
    data.update(form.data)
    both: list[Text] = []
    for name, field in form.fields.items():
        column = _column(record, name)
        if column is None:
            continue
        typed = form[name].data
        stored = column.value_from_object(record)
        if isinstance(field, DocumentFormField):
            before = base and column.value_from_object(base)
            renewed, contested = field.renewed(typed, before, stored, form[name].choice)  # type: ignore[attr-defined]
            _put(data, form.add_prefix(name), renewed)
            both += contested
            continue
        if base is not None and not field.has_changed(column.value_from_object(base), typed):
            data[form.add_prefix(name)] = _as_typed(field, stored)
        elif field.has_changed(stored, typed) and (base is None or column.value_from_object(base) != stored):
            both.append(field.label or name)
    data[form.add_prefix("seen")] = str(record.version)
    changes = shown_entries(type(record), rows, but_last=base is not None)
    return Conflict(changes, both, data)


def _put(data: QueryDict, name: str, typed: Typed) -> None:
    """Let a form say of the document ``name`` what ``typed`` says."""
    for key in [key for key in data if key == name or key.startswith(f"{name}-")]:
        del data[key]
    if typed.raw is not None:
        data[name] = typed.raw
    for key, text in typed.sheet.items():
        data[f"{name}-{key}"] = text


def _column(record: Record, name: str) -> Any:
    return next((column for column in record._meta.concrete_fields if column.name == name), None)


def _as_typed(field: forms.Field, value: Any) -> str:
    """A stored value as the browser would send it back."""
    prepared = field.prepare_value(value)
    return "" if prepared is None else str(prepared)
