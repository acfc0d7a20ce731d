"""The admin's page that undoes one change of a record: what it was, what it is, and what it will be."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text, dotted, faults_of
from recportal.documents.undoing import Reversal, undone
from recportal.records.changes import LONGEST_REASON, change
from recportal.records.history import tracked_values
from recportal.records.models import Record

from .history import label_of, names_of, short, shown_entries
from .ids import as_id

#: More places than this are counted, not listed.
_MOST_PLACES = 100


class ReasonForm(forms.Form):
    """Why something is done; ``seen`` is the version of the record that the page showed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=AdminTextInputWidget,
        help_text=_("Why you make this change. It is kept in the history."),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


@dataclass(frozen=True)
class ShownReversal:
    """One place of an undoing, as short texts. ``note`` says what is special about it."""

    place: str
    label: str
    then: str
    now: str
    result: str
    note: Text


def undo_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page, for the ``get_urls`` of an admin class of records."""

    def view(request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        return undo_view(model_admin, request, object_id, pk)

    name = f"{model_admin.opts.app_label}_{model_admin.opts.model_name}_undo"
    return [path("<path:object_id>/undo/<str:pk>/", model_admin.admin_site.admin_view(view), name=name)]


def undo_view(model_admin: Any, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
    """Undo the change that the row ``pk`` of the record's history tells of."""
    record: Record = model_admin.get_object(request, unquote(object_id))
    if not model_admin.has_change_permission(request, record):
        raise PermissionDenied
    row, before = _change_of(record, pk)
    reversals = _undo(record, before, row)
    works = any(not each.does_nothing for each in reversals)
    form = ReasonForm(initial={"reason": _reason_for(row), "seen": record.version})
    if request.method == "POST" and works:
        form = ReasonForm(request.POST)
        if form.is_valid() and _write(request, record, form):
            messages.success(request, gettext("The change is undone."))
            name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_history"
            return HttpResponseRedirect(reverse(name, args=[record.pk]))
        # What is looked at now is what the next try is about.
        form.data = {**form.data.dict(), "seen": record.version}  # type: ignore[attr-defined]  # a QueryDict
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Undo a change"),
        "subtitle": str(record),
        "opts": model_admin.opts,
        "original": record,
        "entry": shown_entries(type(record), [row, before], but_last=True)[0],
        "reversals": _shown(record, row, reversals[:_MOST_PLACES]),
        "more": max(0, len(reversals) - _MOST_PLACES),
        "works": works,
        "form": form,
    }
    return TemplateResponse(request, "staff/undo.html", context)


def _change_of(record: Record, pk: str) -> tuple[Any, Any]:
    """The row of history with this id, and the one before it; 404 for what is no change of this record."""
    rows: Any = record.history.select_related("history_user")
    row = rows.filter(history_id=as_id(pk) or 0, history_type="~").first()
    if row is None:
        raise Http404(_("There is no such change."))
    earlier = Q(history_date__lt=row.history_date) | Q(
        history_date=row.history_date, history_id__lt=row.history_id
    )
    before = rows.filter(earlier).order_by("-history_date", "-history_id").first()
    if before is None:
        raise Http404(_("There is no such change."))
    return row, before


def _undo(record: Record, before: Any, after: Any) -> list[Reversal]:
    """Undo the change in the record, which is not saved. What no form can edit stays as it is."""
    old, new = tracked_values(before), tracked_values(after)
    found: list[Reversal] = []
    for column in type(record)._meta.concrete_fields:
        name = column.attname
        if name in new and column.editable:
            value, reversals = undone(old[name], new[name], getattr(record, name), (name,))
            if any(not each.does_nothing for each in reversals):
                setattr(record, name, value)
            found += reversals
    return found


def _reason_for(row: Any) -> str:
    when = date_format(localtime(row.history_date), "DATETIME_FORMAT")
    return gettext("Undo of the change of %(when)s") % {"when": when}


def _write(request: HttpRequest, record: Record, form: ReasonForm) -> bool:
    """Whether the undone record was saved; if not, the form says why."""
    try:
        with change(request.user, "admin", form.cleaned_data["reason"]):  # type: ignore[arg-type]
            record.save(seen=form.cleaned_data["seen"])
    except ValidationError as error:
        for fault in faults_of(error):
            form.add_error(None, "; ".join(fault.messages))
        return False
    return True


def _shown(record: Record, row: Any, reversals: list[Reversal]) -> list[ShownReversal]:
    relations = {each.attname: each for each in type(record)._meta.concrete_fields if each.is_relation}
    sides = [(each.path, (each.before, each.now, each.result)) for each in reversals]
    names = names_of(relations, sides)
    shown = []
    for each in reversals:
        column = str(each.path[0])
        place = (relations[column].name if column in relations else column, *each.path[1:])
        then, now, result = (
            names.get((column, value if isinstance(value, int) else None)) or short(value)
            for value in (each.before, each.now, each.result)
        )
        label = label_of(row, each.path)
        shown.append(ShownReversal(dotted(place), label, then, now, result, _note(each)))
    return shown


def _note(reversal: Reversal) -> Text:
    if reversal.is_lost:
        return _("What this belonged to is not there any more: it stays gone.")
    if reversal.does_nothing:
        return _("It says that already.")
    if reversal.has_moved:
        return _("It has changed again since; that is overwritten.")
    return ""
