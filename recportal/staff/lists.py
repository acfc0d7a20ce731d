"""Lists of records: what they load, and what they do with addresses that mean nothing."""

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
from django.utils.html import format_html

from recportal.documents.field import DocumentField
from recportal.records.querysets import RecordQuerySet

from .scope import PARAMETER, in_scope

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

#: More words than anybody types; without a limit, a long text makes a query that SQLite cannot parse.
LONGEST_SEARCH = 200
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

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            self.page_num = 1
            super().get_results(request)

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        if isinstance(found, RecordQuerySet) and PARAMETER not in self.params:
            found = in_scope(request, found)
        counted = [column for column in self.list_display if isinstance(column, RelatedCount)]
        found = found.annotate(**{column.__name__: column.annotation(self.model) for column in counted})
        return found.defer(*self._heavy_columns())

    def _heavy_columns(self) -> list[str]:
        shown = self.model_admin.list_documents  # type: ignore[attr-defined]  # a StaffAdmin
        heavy = [name for name in heavy_columns(self.model) if name not in shown]
        for relation in self.list_select_related if isinstance(self.list_select_related, tuple) else ():
            related: Any = self.model._meta.get_field(relation).related_model
            heavy += [f"{relation}__{name}" for name in heavy_columns(related)]
        return heavy


def heavy_columns(model: type[models.Model]) -> list[str]:
    """The columns of a model that no list, select or label shows."""
    return [
        column.name
        for column in model._meta.concrete_fields
        if isinstance(column, DocumentField) or column.name == "search_text"
    ]
