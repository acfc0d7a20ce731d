"""The admin of a record: scoped to the communities of whoever looks, written through the one write path."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import model_ngettext, unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.admin.widgets import AdminTextareaWidget, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from recportal.accounts.roles import Level
from recportal.documents.faults import Fault, faults_of
from recportal.documents.field import DocumentField
from recportal.documents.text import text_flaw
from recportal.records.changes import Change, change
from recportal.records.fields import ParagraphField
from recportal.records.models import Record
from recportal.records.notices import Notice
from recportal.records.querysets import reach_of

from .autocomplete import RecordSelect
from .base import StaffAdmin
from .deletion import what_hangs_on
from .display import DescribedDocument
from .forms import ParagraphFormField, RecordForm
from .history import shown_entries
from .ids import as_id
from .lists import LONGEST_SEARCH, heavy_columns
from .neighbours import Neighbour, Neighbours
from .reverting import undo_urls
from .scope import community_to_begin_with
from .together import delete_together

#: Django takes a thousand fields from one form, and a page of more names is not read.
_MOST_AT_ONCE = 200
_ENTRIES_PER_PAGE = 20
_MOST_SAID = 20


class RecordAdmin(StaffAdmin):
    """The admin of a record class. A subclass declares; what it declares beside Django's own:

    ``needs``: the level of staff role that it takes to view, add, change and delete; None means a superuser.
    ``change_only``: fields of the fieldsets that a record has only once it exists.
    ``initial_fields``: what the address of the form for adding may fill in.
    ``notices()``: what looks wrong about a record.
    ``neighbours()``: what it is connected with.
    ``as_neighbour()``: how it looks on the page of another record.
    """

    needs: ClassVar[dict[str, Level | None]] = {
        "view": Level.VIEWER,
        "add": Level.EDITOR,
        "change": Level.EDITOR,
        "delete": Level.EDITOR,
    }
    change_only: Sequence[str] = ()
    initial_fields: Sequence[str] = ()
    has_history = True

    form = RecordForm
    formfield_overrides = {ParagraphField: {"form_class": ParagraphFormField, "widget": AdminTextareaWidget}}
    search_fields = ("search_text",)
    actions: Sequence[str] = ("delete_selected",)
    change_list_template = "staff/change_list.html"
    change_form_template = "staff/change_form.html"
    object_history_template = "staff/object_history.html"
    delete_confirmation_template = "staff/delete_confirmation.html"
    delete_selected_confirmation_template = "staff/delete_selected_confirmation.html"

    class Media:
        css = {"all": ["staff/forms.css"]}
        js = [Script("staff/forms.js", defer=True)]

    def notices(self, record: Any) -> Iterable[Notice]:
        """What looks wrong about a stored record."""
        return ()

    def get_urls(self) -> list[Any]:
        return [*undo_urls(self), *super().get_urls()]

    def neighbours(self, request: HttpRequest, record: Any) -> Iterable[Neighbours]:
        """What a stored record is connected with."""
        return ()

    def as_neighbour(self, record: Any) -> Neighbour:
        return Neighbour(str(record), record.get_absolute_url())

    # Who may see and do what

    def _may(self, request: HttpRequest, action: str, record: Any) -> bool:
        level = self.needs[action]
        if level is None:
            return request.user.is_active and request.user.is_superuser
        reach = reach_of(request.user)
        return reach.allows_somewhere(level) if record is None else reach.allows(level, _community_of(record))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: Any = super().get_queryset(request)
        return found.staffed_by(request.user)  # type: ignore[no-any-return]

    def choosable(self, request: HttpRequest, records: Any) -> Any:
        """Those of the records (of any class) that the user may choose in a form of this class."""
        return records.staffed_by(request.user, self._level_to_choose())

    def _level_to_choose(self) -> Level:
        return self.needs["change"] or Level.MANAGER

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **options: Any
    ) -> Any:
        related: Any = db_field.related_model
        records = self.choosable(request, related._default_manager.order_by("key"))
        options["queryset"] = records.defer(*heavy_columns(related))
        if records.community_column == "pk":
            options["initial"] = community_to_begin_with(request, self._level_to_choose())
        if db_field.name in self.get_autocomplete_fields(request):
            options["widget"] = RecordSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, DocumentField):
            schema = db_field.schema_of(None)
            options.setdefault("help_text", gettext(schema.definition["description"]) if schema else "")
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {name: request.GET[name] for name in self.initial_fields if name in request.GET}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        readonly = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            readonly += ["key", *(column.removesuffix("_id") for column in self.model.fixed_columns)]
        return readonly

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        editable = obj is None or self.has_change_permission(request, obj)
        left_out = self.change_only if obj is None else ()
        fieldsets = []
        for name, options in super().get_fieldsets(request, obj):
            fields = [each for each in options["fields"] if each not in left_out]
            if not editable:
                fields = [self._described(each) for each in fields]
            if fields:
                fieldsets.append((name, {**options, "fields": fields}))
        if editable:
            fieldsets.append((None, {"fields": ["reason"] if obj is None else ["reason", "seen"]}))
        return fieldsets

    def _described(self, name: Any) -> Any:
        """What stands for a field where it is only looked at."""
        columns = {column.name: column for column in self.model._meta.concrete_fields}
        column = columns.get(name) if isinstance(name, str) else None
        return DescribedDocument(column) if isinstance(column, DocumentField) else name

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **options)
        form.refused = getattr(request, "refused", ())
        return form

    # Writing

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except ValidationError as error:
                # save() had the last word. The same form again, with what it said as errors.
                request.refused = faults_of(error)  # type: ignore[attr-defined]
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Http404:
            last = self._last_entry(request, object_id)
            if last is None:
                raise
            return self._gone(request, last)

    def save_model(self, request: HttpRequest, obj: Record, form: Any, change: bool) -> None:
        with self._change(request, form.cleaned_data.get("reason", "")):
            obj.save(seen=form.cleaned_data["seen"] if change else None)

    def delete_model(self, request: HttpRequest, obj: Record) -> None:
        with self._change(request, request.POST.get("reason", "")):
            obj.delete()

    def _change(self, request: HttpRequest, reason: str) -> AbstractContextManager[Change]:
        return change(request.user, "admin", "" if text_flaw(reason) else reason.strip())  # type: ignore[arg-type]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        # A form that was refused has put its values into the record; notices are about what is stored.
        context["notices"] = list(self.notices(obj)) if change and not form.is_bound else []
        context["neighbours"] = list(self.neighbours(request, obj)) if change and not form.is_bound else []
        context["conflict"] = form.conflict
        context["others"], context["confirmed"] = form.others, form.confirmed
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Deletion

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            self._say(request, faults_of(error))
            return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        goes, in_the_way = what_hangs_on(list(objs))
        return [str(each) for each in objs], goes, set(), in_the_way

    @admin.action(permissions=["delete"], description=_("Delete selected %(verbose_name_plural)s"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Delete the chosen records after a page that asks for it: all of them or none."""
        records = self.chosen_records(request, queryset, "delete")
        if records is None:
            return None
        _names, goes, _lacking, in_the_way = self.get_deleted_objects(records, request)
        if "post" in request.POST and not in_the_way:
            self._delete_chosen(request, records)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cannot be deleted") if in_the_way else _("Delete several records"),
            "objects_name": model_ngettext(self.opts, len(records)),
            "records": records,
            "model_count": goes.items(),
            "protected": in_the_way,
            "opts": self.opts,
            "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "media": self.media,
        }
        return TemplateResponse(request, self.delete_selected_confirmation_template, context)

    def chosen_records(self, request: HttpRequest, queryset: QuerySet[Any], action: str) -> list[Any] | None:
        """The records that a bulk action is about; None, and a message, when they are too many.

        403 when the user may not do the action with one of them.
        """
        ids = list(queryset.values_list("pk", flat=True)[: _MOST_AT_ONCE + 1])
        if len(ids) > _MOST_AT_ONCE:
            said = gettext("At most %(most)s records are changed or deleted at once.")
            message = said % {"most": _MOST_AT_ONCE}
            self.message_user(request, message, messages.ERROR)
            return None
        records = list(self.get_queryset(request).filter(pk__in=ids))
        if not all(self._may(request, action, record) for record in records):
            raise PermissionDenied
        return records

    def _delete_chosen(self, request: HttpRequest, records: list[Any]) -> None:
        try:
            with self._change(request, request.POST.get("reason", "")):
                delete_together(records)
        except ValidationError as error:
            self._say(request, faults_of(error))
            return
        message = ngettext("%(count)d record was deleted.", "%(count)d records were deleted.", len(records))
        self.message_user(request, message % {"count": len(records)}, messages.SUCCESS)

    def _say(self, request: HttpRequest, faults: Iterable[Fault]) -> None:
        for fault in list(faults)[:_MOST_SAID]:
            self.message_user(request, "; ".join(fault.messages), messages.ERROR)

    # History

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self.get_object(request, unquote(object_id))
        rows = record.history.select_related("history_user").order_by("-history_date", "-history_id")
        paginator = self.get_paginator(request, rows, _ENTRIES_PER_PAGE)
        page = paginator.get_page(request.GET.get(PAGE_VAR, 1))
        start = (page.number - 1) * _ENTRIES_PER_PAGE
        # One row more than is shown: the last entry is compared with it.
        found = list(rows[start : start + _ENTRIES_PER_PAGE + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(record),
            "entries": shown_entries(self.model, found, but_last=len(found) > _ENTRIES_PER_PAGE),
            "undo": f"admin:{self.opts.app_label}_{self.opts.model_name}_undo"
            if self.has_change_permission(request, record)
            else "",
            "page": page,
            "page_range": paginator.get_elided_page_range(page.number),
            "page_var": PAGE_VAR,
            "original": record,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def _last_entry(self, request: HttpRequest, object_id: str | None) -> Any:
        """The row of history that tells of a record's deletion, if the user could have seen the record."""
        pk = as_id(unquote(object_id)) if object_id else None
        rows: Any = self.model.history.select_related("history_user")
        row = rows.filter(id=pk, history_type="-").first() if pk else None
        return row if row and self._may(request, "view", row) else None

    def _gone(self, request: HttpRequest, row: Any) -> HttpResponse:
        """The page that says that a record has been deleted; what was typed can be copied from it."""
        typed = {
            label: text
            for column in self.model._meta.concrete_fields
            for label, text in _typed_in(column, request.POST)
        }
        context = {
            **self.admin_site.each_context(request),
            "title": _("This record has been deleted"),
            "subtitle": str(row),
            "entry": shown_entries(self.model, [row])[0],
            "typed": typed,
            "opts": self.opts,
        }
        return TemplateResponse(request, "staff/gone.html", context, status=404)

    # Lists

    def get_list_display(self, request: HttpRequest) -> Any:
        """As declared; to whoever has one community only, it need not be said in every row."""
        columns = super().get_list_display(request)
        communities = reach_of(request.user).with_level(Level.VIEWER)
        if communities is None or len(communities) > 1:
            return columns
        return [each for each in columns if getattr(each, "relation", "") != "community"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: Any = queryset
        return found.search(search_term[:LONGEST_SEARCH]), False


def _typed_in(column: Any, sent: QueryDict) -> Iterator[tuple[str, str]]:
    """What was sent for a column, as (label, text): its own field, and the inputs inside a document."""
    label = str(column.verbose_name)
    if sent.get(column.name):
        yield label, str(sent[column.name])
    begin = f"{column.name}-"
    for name in sent if isinstance(column, DocumentField) else ():
        text = str(sent[name])
        if name.startswith(begin) and not name.endswith("-was") and text.strip():
            yield f"{label}: {name.removeprefix(begin)}", text


def _community_of(record: Any) -> int | None:
    """The id of the community to which a record, or a row of history, belongs."""
    pk: int | None = getattr(record, "community_id", record.id)
    return pk
