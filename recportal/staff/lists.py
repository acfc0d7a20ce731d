"""Lists of records: what they load, and what they do with addresses that mean nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text
from recportal.documents.field import DocumentField
from recportal.documents.text import shown
from recportal.records.history import DERIVED
from recportal.records.querysets import RecordQuerySet

from .counting import count_values, is_countable
from .filters import CountedFilter
from .scope import PARAMETER, in_scope

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

#: More words than anybody types; without a limit, a long text makes a query that SQLite cannot parse.
LONGEST_SEARCH = 200
_LONGEST_CHIP = 40
#: So many records lie before a page to which nobody pages by hand.
DEEP = 5000


class SearchForm(forms.Form):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields = {SEARCH_VAR: forms.CharField(required=False, strip=False, max_length=LONGEST_SEARCH)}


class RelatedLink:
    """A column: the record to which a foreign key points, as a link to its page.

    ``shows`` names the attribute that stands for it.
    """

    def __init__(self, relation: str, title: Any, shows: str = "name") -> None:
        self.relation = relation
        self.shows = shows
        self.short_description = title
        self.__name__ = relation
        self.admin_order_field = f"{relation}__{shows}"

    def __call__(self, record: Any) -> str:
        related = getattr(record, self.relation)
        return format_html(
            '<a href="{}">{}</a>', related.get_absolute_url(), getattr(related, self.shows) or related.key
        )


class RelatedCount:
    """A column: how many records hang on each, as a link to the list of them.

    ``relation`` is the name of a reverse foreign key, ``parameter`` that of the filter in the other list.
    """

    def __init__(self, relation: str, title: Any, parameter: str) -> None:
        self.relation = relation
        self.parameter = parameter
        self.short_description = title
        self.__name__ = f"{relation}_count"

    def __call__(self, record: Any) -> str:
        related = record._meta.get_field(self.relation).related_model._meta
        url = reverse(f"admin:{related.app_label}_{related.model_name}_changelist")
        count = getattr(record, self.__name__)
        return format_html('<a href="{}?{}={}">{}</a>', url, self.parameter, record.pk, count)

    def annotation(self, model: type[models.Model]) -> Any:
        """The count as a subquery, which the database works out for the rows that it shows and no others."""
        column: Any = model._meta.get_field(self.relation).field.name  # type: ignore[union-attr]
        related: Any = model._meta.get_field(self.relation).related_model
        counts = related._base_manager.filter(**{column: OuterRef("pk")}).order_by().values(column)
        return Coalesce(Subquery(counts.annotate(number=Count("pk")).values("number")), 0)


class Badge:
    """A column: one of a column's choices, in its own colour beside the word."""

    def __init__(self, column: str, title: Any) -> None:
        self.column = column
        self.short_description = title
        self.__name__ = column
        self.admin_order_field = column

    def __call__(self, record: Any) -> str:
        value = getattr(record, self.column)
        label = getattr(record, f"get_{self.column}_display")()
        return format_html('<span class="badge {}-{}">{}</span>', self.column, slugify(value), label)


class LoadedColumn:
    """A column whose values are read for all records of a page at once."""

    def load(self, records: Iterable[Any]) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the list; ``without`` is the address of the list without it."""

    title: Text
    value: Text
    without: str


class StaffPaginator(_Paginator):
    """Pages of a list. Of one that lies deep, the ids are found first, and no more than they are read whole:
    else the database joins and reads a million rows to show the last fifty.
    """

    def page(self, number: int | str) -> Page[Any]:
        valid = self.validate_number(number)
        begin = (valid - 1) * self.per_page
        records: Any = self.object_list
        if begin < DEEP:
            return super().page(valid)
        ids = list(records.values_list("pk", flat=True)[begin : begin + self.per_page])
        return Page(records.filter(pk__in=ids), valid, self)


class StaffChangeList(ChangeList):
    """A list that loads no more than it shows.

    Documents stay where they are, but for the ``list_documents`` of the admin class: those of one page of
    communities can be 400 MB. Asked for a page that there is not, it shows the first.
    """

    search_form_class = SearchForm
    _request: HttpRequest

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            self.page_num = 1
            super().get_results(request)
        for column in self.list_display:
            if isinstance(column, LoadedColumn):
                column.load(self.result_list)

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        self._request = request
        found: QuerySet[Any] = self._scoped(super().get_queryset(request, exclude_parameters))
        counted = [column for column in self.list_display if isinstance(column, RelatedCount)]
        found = found.annotate(**{column.__name__: column.annotation(self.model) for column in counted})
        return found.defer(*self._heavy_columns())

    def _scoped(self, found: QuerySet[Any]) -> QuerySet[Any]:
        if isinstance(found, RecordQuerySet) and PARAMETER not in self.params:
            return in_scope(self._request, found)  # type: ignore[no-any-return]
        return found

    # What the filters say of the list

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list now."""
        specs: list[Any] = self.filter_specs
        active = [spec for spec in specs if spec.chosen is not None]
        chips = [
            Chip(spec.title, spec.said(), self.get_query_string(remove=spec.expected_parameters()))
            for spec in active
        ]
        if self.query:
            said = shown(self.query, _LONGEST_CHIP)
            chips.append(Chip(_("Search"), said, self.get_query_string(remove=[SEARCH_VAR])))
        return chips

    @property
    def unfiltered(self) -> str:
        """The address of the list with nothing that narrows it."""
        names = [str(name) for spec in self.filter_specs for name in spec.expected_parameters()]
        return self.get_query_string(remove=[*names, SEARCH_VAR])

    def counts_of(self, spec: Any) -> dict[str, int] | None:
        """Value → how many records there would be with it, all else being as it is; None where too many would
        have to be looked at.
        """
        if spec.chosen is None:
            return self._counts_of_unused.get(spec)
        is_countable = self._is_countable(spec) if _names_community(spec) else self._is_countable_as_it_is
        if not is_countable:
            return None
        return _as_parameters(spec, count_values(self._but_for(spec), [spec.counted])[0])

    @cached_property
    def _counts_of_unused(self) -> dict[Any, dict[str, int]]:
        """The counts of all filters that narrow nothing: they are about one list, so one query has them."""
        specs: list[Any] = [
            spec for spec in self.filter_specs if isinstance(spec, CountedFilter) and spec.chosen is None
        ]
        if not specs or not self._is_countable_as_it_is:
            return {}
        counted = count_values(self._but_for(None), [spec.counted for spec in specs])
        return {spec: _as_parameters(spec, each) for spec, each in zip(specs, counted, strict=True)}

    @cached_property
    def _is_countable_as_it_is(self) -> bool:
        return self._is_countable(None)

    def _is_countable(self, left_out: Any) -> bool:
        """Whether the communities of the list hold few enough records. What else narrows it helps nobody who
        has to look through them.
        """
        found = self._scoped(self.root_queryset)
        for spec in self.filter_specs:
            if spec is not left_out and _names_community(spec):
                found = spec.queryset(self._request, found)  # type: ignore[assignment]  # as below
        return is_countable(found)

    def _but_for(self, left_out: Any) -> QuerySet[Any]:
        """The records of the list, were it not for one filter."""
        found = self._scoped(self.root_queryset)
        for spec in self.filter_specs:
            if spec is not left_out:
                found = spec.queryset(self._request, found)  # type: ignore[assignment]  # ours never give None
        return self.model_admin.get_search_results(self._request, found, self.query)[0]

    def _heavy_columns(self) -> list[str]:
        shown = self.model_admin.list_documents  # type: ignore[attr-defined]  # a StaffAdmin
        heavy = [name for name in heavy_columns(self.model) if name not in shown]
        for relation in self.list_select_related if isinstance(self.list_select_related, tuple) else ():
            related: Any = self.model._meta.get_field(relation).related_model
            heavy += [f"{relation}__{name}" for name in heavy_columns(related)]
        return heavy


def _names_community(spec: Any) -> bool:
    return bool(spec.expected_parameters() == [PARAMETER])


def _as_parameters(spec: Any, counter: Counter[Any]) -> dict[str, int]:
    return {spec.parameter_of(value): number for value, number in counter.items()}


def heavy_columns(model: type[models.Model]) -> list[str]:
    """The columns of a model that no list, select or label shows."""
    return [
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, DocumentField) or column.name in DERIVED
    ]
