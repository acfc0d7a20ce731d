"""The admin's page for importing: upload a file, read what it would do, do it, take the report along."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.text import readable, shown, text_flaw, within
from recportal.records.another import ANOTHER
from recportal.records.querysets import reach_of
from recportal.staff.scope import chosen_community, in_scope
from recportal.staff.site import site

from .models import Upload
from .parsing import LARGEST_FILE
from .spreadsheets.dialects import dialect_of
from .spreadsheets.reading import looks_like_a_table
from .uploads import carry_out, confirm, report_lines, report_of, side, take

_RECORDS_PER_PAGE: Final = 50
_MOST_COMMUNITIES: Final = 50
_LONGEST_SIDE: Final = 200
#: Bytes of HTML for the errors of the file, and for the changes and the errors of one record.
_ROOM_FOR_ERRORS: Final = 40 * 1024
_ROOM_IN_RECORD: Final = 3 * 1024
_ACTIONS: Final = {
    "refused": _("refused"),
    "remove": _("to remove"),
    "update": _("to change"),
    "create": _("to create"),
    "unchanged": _("unchanged"),
}
_QUESTIONS: Final = {
    "another_community": _("I have compared them: it is the same community under a new name."),
    "another_person": _("I have compared them: each is the same member under a new name."),
    "another_asset": _("I have compared them: each is the same asset under a new name."),
}
_KINDS: Final = {"community": _("community"), "member": _("members"), "asset": _("assets")}


class UploadForm(forms.Form):
    """A file, and for a table the community whose members or assets it has."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "A table (CSV) of members or of assets, or a bundle (YAML or JSON) of a whole community."
        ),
    )
    community = forms.ModelChoiceField(
        Community.objects.none(),
        required=False,
        label=_("Community"),
        help_text=_("For a table. A bundle names its community itself."),
        to_field_name="key",
    )
    replace = forms.BooleanField(
        required=False,
        label=_("Replace: make the community exactly what the bundle says"),
        help_text=_(
            "For a bundle only. Removes what the bundle does not name. The plan says how much, and asks for "
            "confirmation."
        ),
    )

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        managed = Community.objects.staffed_by(request.user, Level.MANAGER).order_by("key")
        field = self.fields["community"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = managed.only("key", "name")
        chosen = managed.filter(pk=chosen_community(request) or 0).values_list("key", flat=True).first()
        few = list(managed.values_list("key", flat=True)[:2])
        field.initial = chosen or (few[0] if len(few) == 1 else None)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            message = gettext("The file is larger than %(most)s MiB.") % {"most": LARGEST_FILE // 1024**2}
            raise forms.ValidationError(message, "file_too_large")
        return file

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        file = given.get("file")
        if file and looks_like_a_table(file.name) and not given.get("community") and not self.errors:
            self.add_error("community", gettext("Choose the community for which the table is meant."))
        return given


def may_import(request: HttpRequest) -> bool:
    return reach_of(request.user).allows_somewhere(Level.MANAGER)


def import_view(request: HttpRequest) -> HttpResponse:
    """The form for uploading, and the uploads that wait."""
    user = _importer(request)
    form = (
        UploadForm(request, request.POST, request.FILES) if request.method == "POST" else UploadForm(request)
    )
    if request.method == "POST" and form.is_valid():
        file, community = form.cleaned_data["file"], form.cleaned_data["community"]
        key = community.key if community else ""
        if form.cleaned_data["replace"] and looks_like_a_table(file.name):
            message = gettext(
                "“Replace” does nothing for a table: a table adds and changes, and removes no record. "
                "Members and assets that it does not name stay."
            )
            messages.warning(request, message)
        upload = take(user, file.name, file.read(), key, form.cleaned_data["replace"])
        return redirect("admin:import_plan", upload.pk)
    waiting = Upload.objects.filter(user=user, expires_at__gt=timezone.now()).defer("content", "report")
    communities = in_scope(request, Community.objects.order_by("key")).values_list("pk", "name")
    context = {
        "title": _("Import"),
        "form": form,
        "uploads": waiting,
        "communities": communities[:_MOST_COMMUNITIES],
    }
    return _page(request, "bundles/import.html", context)


def plan_view(request: HttpRequest, upload: int) -> HttpResponse:
    """What an upload would do; a POST does it, or throws the file away."""
    user = _importer(request)
    found = _upload(user, upload)
    if request.method == "POST":
        if "confirm" in request.POST and not found.applied_at:
            seen = {each["code"] for each in _others(report_of(found))}
            confirm(found, seen.intersection(request.POST.getlist("confirm")))
            return redirect("admin:import_plan", found.pk)
        if "discard" in request.POST:
            found.delete()
            messages.success(request, gettext("The file is thrown away. Nothing was changed."))
            return redirect("admin:import")
        return _apply(request, found)
    report = report_of(found)
    shown_action = request.GET.get("show", "")
    records = [each for each in report["records"] if shown_action in ("", each["action"])]
    errors, more_errors = within(report["errors"], _ROOM_FOR_ERRORS, dict, _html)
    page = Paginator(records, _RECORDS_PER_PAGE).get_page(request.GET.get("p"))
    context = {
        **_about(found, report),
        "title": _("What the file would do") if not found.applied_at else _("What the import did"),
        "show": shown_action if shown_action in _ACTIONS else "",
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "records": [_shown(each) for each in page.object_list],
        "errors": errors,
        "more_errors": more_errors + report.get("more", {}).get("errors", 0),
        "more_records": report.get("more", {}).get("records", 0),
        "others": _grouped(_others(report)),
        "only_to_confirm": _only_to_confirm(report),
    }
    return _page(request, "bundles/plan.html", context)


def _others(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of which the file would make others: code, key, the name before and the name after."""
    return [
        {**error, "key": record["key"]}
        for record in report["records"]
        for error in record["errors"]
        if error["code"] in ANOTHER
    ]


def _only_to_confirm(report: dict[str, Any]) -> bool:
    """Nothing is wrong with the file, but that it makes others of some records: a tick is enough."""
    faulty = [record for record in report["records"] if record["errors"]]
    # A long report does not list all of them.
    refused = sum(numbers.get("refused", 0) for numbers in report["counts"].values())
    return (
        0 < refused == len(faulty)
        and not report["errors"]
        and all(error["code"] in ANOTHER for record in faulty for error in record["errors"])
    )


def _grouped(others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By code, for a tick each: what is asked, how many records it is about, and the first of them."""
    found = []
    for code, question in _QUESTIONS.items():
        records = [each for each in others if each["code"] == code]
        if records:
            shown_records = records[:_RECORDS_PER_PAGE]
            more = len(records) - len(shown_records)
            found.append({"code": code, "question": question, "records": shown_records, "more": more})
    return found


def _apply(request: HttpRequest, upload: Upload) -> HttpResponse:
    report = report_of(upload)
    back = redirect("admin:import_plan", upload.pk)
    reason = request.POST.get("reason", "").strip()
    if report["refused"] or upload.applied_at:
        return back
    if text_flaw(reason):
        messages.error(request, gettext("The reason contains a character that cannot be stored."))
        return back
    # Asked a second time: what is replaced is gone, and a table of new records alone may be another's.
    if (upload.replace or report.get("all_new")) and request.POST.get("confirmed") != upload.plan:
        context = {**_about(upload, report), "title": _("Are you sure?"), "reason": shown(reason, 300)}
        return _page(request, "bundles/confirm.html", context)
    if carry_out(upload, shown(reason, 300)):
        messages.success(request, gettext("The import is done."))
    else:
        message = gettext(
            "Nothing was written: the register has changed since. This is what would be done now."
        )
        messages.warning(request, message)
    return back


def report_view(request: HttpRequest, upload: int, form: str) -> HttpResponse | StreamingHttpResponse:
    """The report, as JSON or as a table."""
    found = _upload(_importer(request), upload)
    report = report_of(found)
    headers = {"Content-Disposition": f'attachment; filename="report.{form}"', "Cache-Control": "no-store"}
    if form == "json":
        report.pop("all_new", None)
        return HttpResponse(readable(report), content_type="application/json", headers=headers)
    if form != "csv":
        raise Http404
    lines = report_lines(report, dialect_of(get_language() or "en"))
    return HttpResponse("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _importer(request: HttpRequest) -> User:
    if not may_import(request):
        raise PermissionDenied
    assert isinstance(request.user, User)
    return request.user


def _upload(user: User, pk: int) -> Upload:
    """An upload of the user's own: another's is not found."""
    found = None
    if pk < 2**63:
        waiting = Upload.objects.filter(user=user, pk=pk, expires_at__gt=timezone.now())
        found = waiting.defer("content").first()
    if found is None:
        raise Http404(_("There is no such upload, or it has expired."))
    return found


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), **context})


def _about(upload: Upload, report: dict[str, Any]) -> dict[str, Any]:
    counts = report["counts"]
    removed = {kind: counts.get(kind, {}).get("remove", 0) for kind in _KINDS}
    return {
        "upload": upload,
        "report": report,
        "actions": _ACTIONS.items(),
        "counts": [
            (_KINDS[kind], [counts[kind].get(action, 0) for action in _ACTIONS])
            for kind in _KINDS
            if counts.get(kind)
        ],
        "removed": removed,
        "removes": any(removed.values()),
        "changes_nothing": not report["records"] and not report["errors"],
    }


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the report for the page, with as much of what changes or is wrong as there is room for."""
    changes, more_changes = within(record["changes"], _ROOM_IN_RECORD, _shown_change, _html)
    errors, more_errors = within(record["errors"], _ROOM_IN_RECORD, dict, _html)
    unlisted = record.get("more", {})
    return {
        **record,
        "key": shown(str(record["key"]), 128),
        "label": _ACTIONS[record["action"]],
        "changes": changes,
        "more_changes": more_changes + unlisted.get("changes", 0),
        "errors": errors,
        "more_errors": more_errors + unlisted.get("errors", 0),
    }


def _shown_change(change: dict[str, Any]) -> dict[str, str]:
    return {
        "place": change["path"],
        "before": shown(side(change, "before"), _LONGEST_SIDE),
        "after": shown(side(change, "after"), _LONGEST_SIDE),
    }


def _html(entry: dict[str, Any]) -> int:
    """The bytes of an entry on the page, with some for what stands around it."""
    return sum(len(escape(value).encode()) for value in entry.values()) + 100
