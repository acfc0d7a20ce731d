"""Filters of lists, and what the description says of them."""

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet
from django_filters.fields import IsoDateTimeField
from django_filters.filters import ChoiceFilter, IsoDateTimeFilter

from recportal.text import compared, stored

from .openapi import Spec, query

if TYPE_CHECKING:
    from django.db.models import QuerySet


class FlagField(forms.Field):
    """``true`` or ``false``, and nothing else."""

    def to_python(self, value: Any) -> bool | None:
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError(_("This must be true or false."), code="invalid")
        return bool(value == "true")


class FlagFilter(Filter):
    field_class = FlagField


class NumberFilter(Filter):
    """A finite number, whole or not."""

    field_class = forms.FloatField


class TextField(forms.CharField):
    """A text as it would be stored; one of invisible characters alone would be no filter."""

    def to_python(self, value: Any) -> str:
        text = stored(super().to_python(value) or "")
        if value and not text:
            raise forms.ValidationError(_("This has no visible character."), code="invalid")
        return text


class TextFilter(Filter):
    field_class = TextField


class ComparedFilter(TextFilter):
    """An identity: every spelling that is compared as the same."""

    def filter(self, qs: Any, value: Any) -> "QuerySet[Any]":
        return super().filter(qs, compared(value)) if value else qs


class SearchFilter(Filter):
    """Words, all of which occur in a record."""

    field_class = forms.CharField

    def filter(self, qs: Any, value: Any) -> "QuerySet[Any]":
        return qs.search(value) if value else qs  # type: ignore[no-any-return]  # a RecordQuerySet


class MomentField(IsoDateTimeField):
    """A moment in RFC 3339. One that the clock of the database does not reach is refused."""

    def to_python(self, value: Any) -> Any:
        try:
            moment = super().to_python(value)
            if moment is not None:
                moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(_("This moment is too early or too late."), code="invalid") from None
        return moment


class UpdatedSinceFilter(IsoDateTimeFilter):
    """What was changed at a moment or later, for lists of records."""

    field_class = MomentField

    def __init__(self) -> None:
        super().__init__(
            "updated_at",
            "gte",
            help_text=_(
                "Changed at this time or later. A filter for people, and no way to stay in step with the "
                "register: a change that is committed late is missed by who asked in the meantime, and "
                "records that were deleted never appear."
            ),
        )


def parameters_of(filters: type[FilterSet]) -> tuple[Spec, ...]:
    """The filters as parameters of the query, in the order in which they are declared."""
    return tuple(
        query(name, _schema_of(each), str(each.extra.get("help_text", "")))
        for name, each in filters.base_filters.items()
    )


def _schema_of(each: Filter) -> Spec:
    match each:
        case ChoiceFilter():
            return {"type": "string", "enum": [str(value) for value, _words in each.extra["choices"]]}
        case IsoDateTimeFilter():
            return {"type": "string", "format": "date-time"}
        case NumberFilter():
            return {"type": "number"}
        case FlagFilter():
            return {"type": "string", "enum": ["true", "false"]}
    return {"type": "string", "minLength": 1}
