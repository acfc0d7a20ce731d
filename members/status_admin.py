"""The admin's pages that change the status or the area of members, after showing what that means."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.documents.faults import Fault, Text, faults_of, refuse
from recportal.records.changes import LONGEST_REASON, change
from recportal.staff.ids import as_id
from recportal.staff.together import named_fault, save_together

from .holdings import AlreadyHeld, holdings_synced_once
from .models import HOLDING_STATUSES, Holding, Member, Status

#: More refusals than this are not read.
_MOST_SAID = 50

#: What each status means, for whoever chooses one.
MEANINGS: Final[dict[str, Text]] = {
    Status.PENDING: _("Has applied and does not take part yet. Holds no delivery point and no sensor."),
    Status.ACTIVE: _("Takes part. Holds its delivery points and sensors from today, unless it did already."),
    Status.SUSPENDED: _("Stopped for now. Keeps its delivery points and sensors, for it still lives there."),
    Status.INACTIVE: _(
        "Has left. What it holds ends today; others can have its delivery points and sensors."
    ),
}


class NewValueForm(forms.Form):
    """What the members get, and why."""

    value = forms.ChoiceField(widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=AdminTextInputWidget,
        help_text=_("Why you make this change. It is kept in the history."),
    )

    def __init__(self, data: Any, choices: list[tuple[str, Any]], label: Text) -> None:
        super().__init__(data)
        field = self.fields["value"]
        field.label = str(label)
        field.choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        field.required = all(value for value, _label in choices)


@dataclass(frozen=True)
class Move:
    """One member on the page: what it has and gets, and what follows."""

    member: Member
    before: Text
    after: Text
    means: Text
    is_unchanged: bool


@dataclass(frozen=True)
class Column:
    """A column of members that can be changed for several at once."""

    name: str
    action: str
    title: Text
    choices: Callable[[list[Member]], list[tuple[str, Any]]]
    meanings: dict[str, Text]
    consequence: Callable[[Member, str, int], Text]


def _statuses(_members: list[Member]) -> list[tuple[str, Any]]:
    return list(Status.choices)


def _what_follows(member: Member, status: str, held: int) -> Text:
    """What a new status does to what the member holds, which is so many things now."""
    if status not in HOLDING_STATUSES:
        return ngettext("ends %(count)d holding", "ends %(count)d holdings", held) % {"count": held}
    if member.status in HOLDING_STATUSES:
        return gettext("keeps what it holds")
    return gettext("begins to hold its delivery points and sensors")


def _areas(members: list[Member]) -> list[tuple[str, Any]]:
    """The areas of the members' one community, and none."""
    areas = Community.objects.values_list("areas", flat=True).get(pk=members[0].community_id)
    return [("", _("No area")), *((key, area.get("name") or key) for key, area in sorted(areas.items()))]


def _nothing_follows(_member: Member, _value: str, _held: int) -> Text:
    return ""


STATUS: Final = Column("status", "change_status", _("Change the status"), _statuses, MEANINGS, _what_follows)
AREA: Final = Column("area", "change_area", _("Move to another area"), _areas, {}, _nothing_follows)


def status_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page about one member, for the ``get_urls`` of the admin class of members."""

    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        member: Member = model_admin.get_object(request, unquote(object_id))
        if not model_admin.has_change_permission(request, member):
            raise PermissionDenied
        address = reverse("admin:members_member_change", args=[member.pk])
        answer = change_view(model_admin, request, [member], STATUS)
        return answer or HttpResponseRedirect(address)

    wrapped = model_admin.admin_site.admin_view(view)
    return [path("<path:object_id>/status/", wrapped, name="members_member_status")]


def change_view(
    model_admin: Any, request: HttpRequest, members: list[Member], column: Column
) -> HttpResponse | None:
    """Ask for the new value and the reason, show what follows, then write; None once it is written.

    The steps are told apart by the button: ``look`` shows what follows, ``confirm`` writes. ``seen`` says
    which versions the page showed, so that nobody overwrites what has happened since.
    """
    members = sorted(members, key=lambda each: (each.community_id, each.key))
    asked = request.method == "POST" and ("look" in request.POST or "confirm" in request.POST)
    form = NewValueForm(request.POST if asked else None, column.choices(members), column.title)
    refused: list[str] = []
    moves: list[Move] = []
    if asked and form.is_valid():
        if "confirm" in request.POST:
            refused = _written(request, members, column, form)
            if not refused:
                return None
            # What others have done meanwhile is shown, and the refused values are not.
            by_pk = Member.objects.in_bulk([each.pk for each in members])
            members = [by_pk[each.pk] for each in members if each.pk in by_pk]
        moves = _moves(members, column, form.cleaned_data["value"])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": column.title,
        "opts": model_admin.opts,
        "column": column,
        "members": members,
        "form": form,
        "choices": [(radio, column.meanings.get(radio.data["value"], "")) for radio in form["value"]],
        "moves": moves,
        "works": any(not each.is_unchanged for each in moves),
        "refused": refused,
        "single": members[0] if "/status/" in request.path and members else None,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "members/change_together.html", context)


def _moves(members: list[Member], column: Column, value: str) -> list[Move]:
    held = _held_by(members)
    labels = dict(column.choices(members)) if members else {}
    return [
        Move(
            member,
            labels.get(getattr(member, column.name), getattr(member, column.name)),
            labels[value],
            column.consequence(member, value, held.get(member.pk, 0)),
            getattr(member, column.name) == value,
        )
        for member in members
    ]


def _held_by(members: Iterable[Member]) -> dict[int, int]:
    """Member → how many things it holds now."""
    rows = Holding.objects.filter(member__in=[each.pk for each in members], until=None).order_by()
    return dict(rows.values_list("member").annotate(number=Count("pk")))


def _written(request: HttpRequest, members: list[Member], column: Column, form: NewValueForm) -> list[str]:
    """Write all of it or nothing; what was refused, as sentences."""
    value, reason = form.cleaned_data["value"], form.cleaned_data["reason"]
    moved = [each for each in members if getattr(each, column.name) != value]
    for member in moved:
        setattr(member, column.name, value)
    try:
        with change(request.user, "admin", reason):  # type: ignore[arg-type]
            _save(moved, _seen(request))
    except ValidationError as error:
        return sorted("; ".join(fault.messages) for fault in faults_of(error))[:_MOST_SAID]
    said = ngettext("%(count)d member was changed.", "%(count)d members were changed.", len(moved))
    sentences = [said % {"count": len(moved)}]
    unchanged = len(members) - len(moved)
    if unchanged:
        said = ngettext("%(count)d was so already.", "%(count)d were so already.", unchanged)
        sentences.append(said % {"count": unchanged})
    messages.success(request, " ".join(sentences))
    return []


def _save(members: list[Member], seen: dict[int, int]) -> None:
    """Save the members together: what passes from one of them to another is held by one at the end."""
    by_pk = {each.pk: each for each in members}
    try:
        with transaction.atomic(), holdings_synced_once():
            save_together(members, seen)
    except ValidationError as error:
        refuse(_with_name(fault, by_pk) for fault in faults_of(error))


def _with_name(fault: Fault, members: dict[int, Member]) -> Fault:
    member = members.get(fault.claim.member_id) if isinstance(fault, AlreadyHeld) else None
    return named_fault(str(member), Fault(fault.text, fault.code)) if member else fault


def _seen(request: HttpRequest) -> dict[int, int]:
    """Id → version, as the page sent them back."""
    seen = {}
    for pair in request.POST.getlist("seen"):
        pk, _sep, version = pair.partition("-")
        if (known := as_id(pk)) and (number := as_id(version)):
            seen[known] = number
    return seen
