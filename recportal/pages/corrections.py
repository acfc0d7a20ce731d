"""The pages on which members say what is wrong, and read what came of it."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.corrections import Place, place_in, propose, value_at
from members.corrections import withdraw as withdraw_correction
from members.models import Correction, Member
from recportal.accounts.models import User
from recportal.documents.display import shown_value
from recportal.documents.faults import Path, faults_of
from recportal.documents.forms.reading import read_value
from recportal.once.submissions import led_to, once
from recportal.records.models import Record

from .membership import asset_of, membership, page
from .rows import plain


class CorrectionForm(forms.Form):
    """What is right, and what there is to say about it."""

    message = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("In your own words. The community reads it."),
    )

    def __init__(self, place: Place | None, now: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.place = place
        if place and place.kind:
            self.fields = {"value": _value_field(place, now), **self.fields}
            self.fields["message"].label = gettext("Anything to add?")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text = cleaned.get("value", "")
        if self.place and text:
            try:
                cleaned["proposed"] = read_value(self.place.kind, text)
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned


def _value_field(place: Place, now: Any) -> forms.Field:
    label = gettext("What is right?")
    if place.unit:
        label = f"{label} ({place.unit})"
    if place.kind == "choice":
        return forms.ChoiceField(label=label, choices=[("", "—"), *place.choices], required=False)
    if place.kind == "boolean":
        choices = [("", "—"), ("true", gettext("yes")), ("false", gettext("no"))]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    attributes: dict[str, Any] = {"autocomplete": "off"}
    if place.kind in ("number", "integer"):
        attributes["inputmode"] = "decimal" if place.kind == "number" else "numeric"
    if place.kind == "date":
        attributes["type"] = "date"
    initial = now if isinstance(now, str) and place.kind == "text" else None
    return forms.CharField(
        label=label,
        max_length=2000,
        required=False,
        initial=initial,
        widget=forms.TextInput(attrs=attributes),
    )


@require_safe
@login_required
def listed(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member)
    corrections = Paginator(found.corrections.order_by("-made_at", "-pk"), 25).get_page(
        request.GET.get("page")
    )
    shown = [(each, *described(found, each)) for each in corrections]
    return page(request, "pages/corrections.html", found, corrections=corrections, shown=shown)


def described(member: Member, correction: Correction) -> tuple[str, str, str]:
    """What a correction is about, what stood there, and what is proposed, for people."""
    path: Path = tuple(correction.path)
    about = " · ".join(filter(None, [correction.asset_key, *_labels(member, correction, path)]))
    return about or gettext("Your record"), _value(path, correction.before), _value(path, correction.proposed)


def _labels(member: Member, correction: Correction, path: Path) -> list[str]:
    if not path:
        return []
    record: Record | None = member
    if correction.asset_key:
        return [str(step).replace("_", " ") for step in path[1:] or path]
    place = place_in(record, path) if record else None
    entry = [str(path[1])] if len(path) > 2 and path[0] == "delivery_points" else []
    return [*entry, place.label if place else str(path[-1])]


def _value(path: Path, value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return plain(path[-1], value) if path and plain(path[-1], value) else shown_value(value)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, community: str, member: str) -> HttpResponse:
    """Say that something is wrong: with a place (``?at=``, a JSON Pointer) of the record or of an asset."""
    return once(request, lambda: _new(request, community, member))


def _new(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member, with_areas=True)
    record = _record(request, found)
    path = _path(request)
    place = place_in(record, path) if path else None
    if path and place is None:
        raise Http404
    now = value_at(record, path)
    form = CorrectionForm(place, now, request.POST or None)
    if request.method == "POST" and form.is_valid():
        proposed = form.cleaned_data.get("proposed")
        if proposed == now:
            proposed = None
        assert isinstance(request.user, User)
        try:
            propose(found, request.user, record, path, proposed, form.cleaned_data["message"])
        except ValidationError as error:
            for fault in faults_of(error):
                form.add_error(None, str(fault.text))
        else:
            return led_to(request, redirect("pages:corrections", community, member))
    return page(
        request,
        "pages/correction.html",
        found,
        http_status=422 if form.errors else 200,
        form=form,
        place=place,
        about=record if record is not found else None,
        now=_value(path, now) if place else "",
        has_now=now not in (None, ""),
    )


def _record(request: HttpRequest, member: Member) -> Any:
    """The member's own record, or the asset that the address names."""
    key = request.GET.get("asset", "")
    return asset_of(request, member, key) if key else member


def _path(request: HttpRequest) -> Path:
    """The place that the address names."""
    at = request.GET.get("at", "")
    if not at:
        return ()
    if not at.startswith("/") or len(at) > 1000:
        raise Http404
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in at[1:].split("/"))


@require_POST
@login_required
def withdraw(request: HttpRequest, community: str, member: str, pk: int) -> HttpResponse:
    found = membership(request, community, member)
    if pk > 2**63 - 1:
        raise Http404
    correction = get_object_or_404(found.corrections.all(), pk=pk)
    with suppress(ValidationError):  # answered in the meantime: the page that follows says how
        withdraw_correction(correction)
    return redirect("pages:corrections", community, member)
