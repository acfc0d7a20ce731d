"""The filters of lists: each asks the database one small question at most, and copes with any value."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import BooleanField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .ids import as_id
from .scope import PARAMETER, in_scope

#: A list of more links than this is no help for choosing.
_MOST_OFFERED = 100


def parameters_of(list_filter: Any) -> str:
    """The name that a declared filter has in the address of a page."""
    name = list_filter[0] if isinstance(list_filter, tuple) else getattr(list_filter, "parameter_name", "")
    return str(name)


class ChoiceFilter(FieldListFilter):
    """``("role", ChoiceFilter)``: one value out of the column's choices, as ``?role=prosumer``."""

    def expected_parameters(self) -> list[str | None]:
        return [self.field_path]

    @property
    def chosen(self) -> str | None:
        values: Any = self.used_parameters.get(self.field_path)
        return str(values[-1]) if values else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.chosen is None:
            return queryset
        if isinstance(self.field, BooleanField):
            return queryset.filter(**{self.field_path: self.chosen == "1"})
        return queryset.filter(**{self.field_path: self.chosen})

    def _offered(self) -> Sequence[tuple[Any, Any]]:
        if isinstance(self.field, BooleanField):
            return [("1", _("Yes")), ("0", _("No"))]
        return list(self.field.flatchoices)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything = changelist.get_query_string(remove=[self.field_path])
        yield {"selected": self.chosen is None, "query_string": everything, "display": _("All")}
        for value, label in self._offered():
            yield {
                "selected": self.chosen == value,
                "query_string": changelist.get_query_string({self.field_path: value}),
                "display": label,
            }


class RecordFilter(SimpleListFilter):
    """Records that hang on one other record, as ``?community=<id>``; it offers what the user may see.

    A subclass names the foreign key as ``parameter_name``.
    """

    #: Whether other records than the chosen one are offered.
    offers_others = True

    def _visible(self, request: HttpRequest) -> QuerySet[Any]:
        related: Any = self.model._meta.get_field(str(self.parameter_name)).related_model
        visible: QuerySet[Any] = related._default_manager.staffed_by(request.user)
        return visible.order_by("key")

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[models.Model], model_admin: Any
    ) -> None:
        self.model = model
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        columns = ("pk", "name", "key")
        visible = self._visible(request)
        offered = list(visible.values_list(*columns)[:_MOST_OFFERED]) if self.offers_others else []
        chosen = as_id(self.value())
        if chosen and chosen not in {pk for pk, _name, _key in offered}:
            offered += visible.filter(pk=chosen).values_list(*columns)
        return [(pk, f"{name} ({key})") for pk, name, key in offered]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1 or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if str(self.value()) not in {str(pk) for pk, _label in self.lookup_choices}:
            return queryset.none()
        return queryset.filter(**{str(self.parameter_name): as_id(self.value())})


class CommunityFilter(RecordFilter):
    """One of the user's communities; not shown to whoever has only one, or looks at one."""

    title = _("community")
    parameter_name = PARAMETER

    def _visible(self, request: HttpRequest) -> QuerySet[Any]:
        visible = super()._visible(request)
        return visible if self.value() else in_scope(request, visible)
