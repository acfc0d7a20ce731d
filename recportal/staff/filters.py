"""The filters of lists: each asks the database one small question at most, and copes with any value."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text
from recportal.documents.text import shown

from .ids import as_id
from .scope import PARAMETER, in_scope

if TYPE_CHECKING:
    from .lists import StaffChangeList

#: A list of more links than this is no help for choosing.
_MOST_OFFERED = 100
_LONGEST_SHOWN = 40


def parameters_of(list_filter: Any) -> tuple[str, ...]:
    """The names that a declared filter has in the address of a page."""
    if isinstance(list_filter, tuple):
        return (str(list_filter[0]),)
    return tuple(getattr(list_filter, "parameters", ())) or (str(list_filter.parameter_name),)


class CountedFilter:
    """A filter that offers values, and says how many records of the list have each of them.

    ``counted`` is what the list is grouped by: a column or an expression. The counts are left out where too
    many records would have to be looked at (``counting.MOST_COUNTED``).
    """

    template = "staff/filter.html"
    counted: Any = None

    @property
    def chosen(self) -> str | None:
        """The value that the list is narrowed to, as the address has it."""
        raise NotImplementedError

    def offered(self) -> Iterable[tuple[Any, Any]]:
        """The values to choose from, with their labels."""
        raise NotImplementedError

    def parameter_of(self, value: Any) -> str:
        """How the address writes a value that was counted."""
        return "" if value is None else str(value)

    def said(self) -> Text:
        """What is chosen, in words."""
        labels = {str(value): label for value, label in self.offered()}
        return labels.get(str(self.chosen)) or shown(str(self.chosen), _LONGEST_SHOWN)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        (name,) = self.expected_parameters()  # type: ignore[attr-defined]  # a ListFilter
        everything = changelist.get_query_string(remove=[name])
        yield {"selected": self.chosen is None, "query_string": everything, "display": _("All")}
        counts = cast("StaffChangeList", changelist).counts_of(self)
        for value, label in self.offered():
            yield {
                "selected": self.chosen == str(value),
                "query_string": changelist.get_query_string({name: value}),
                "display": label,
                "count": None if counts is None else counts.get(str(value), 0),
            }


class ChoiceFilter(CountedFilter, FieldListFilter):
    """``("role", ChoiceFilter)``: one value out of the column's choices, as ``?role=prosumer``."""

    def expected_parameters(self) -> list[str | None]:
        return [self.field_path]

    @property
    def counted(self) -> Any:
        return str(self.field_path)

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

    def parameter_of(self, value: Any) -> str:
        return str(int(value)) if isinstance(self.field, BooleanField) else str(value)

    def offered(self) -> Iterable[tuple[Any, Any]]:
        if isinstance(self.field, BooleanField):
            return [("1", _("Yes")), ("0", _("No"))]
        return list(self.field.flatchoices)


class NamedFilter(CountedFilter, SimpleListFilter):
    """A filter with a parameter of its own; a subclass has ``lookups()`` and ``queryset()``."""

    @property
    def chosen(self) -> str | None:
        return self.value()

    def offered(self) -> Iterable[tuple[Any, Any]]:
        return self.lookup_choices

    def has_output(self) -> bool:
        return super().has_output() or self.value() is not None


class FlagFilter(NamedFilter):
    """Whether something holds of a record: ``?sensor=1`` or ``?sensor=0``."""

    condition: ClassVar[Q]
    with_it: ClassVar[Text] = _("Yes")
    without_it: ClassVar[Text] = _("No")

    @property
    def counted(self) -> Any:
        return Case(When(self.condition, then=Value(1)), default=Value(0), output_field=models.IntegerField())

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", self.with_it), ("0", self.without_it)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "1":
                return queryset.filter(self.condition)
            case "0":
                return queryset.filter(~self.condition)
        return queryset.none()


class RecordFilter(NamedFilter):
    """Records that hang on one other record, as ``?community=<id>``; it offers what the user may see.

    A subclass names the foreign key as ``parameter_name``.
    """

    #: Whether other records than the chosen one are offered.
    offers_others = True

    @property
    def counted(self) -> Any:
        return str(self.parameter_name)

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
