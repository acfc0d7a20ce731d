"""Changes of one column of one or several members: a page that shows whom they touch, and all or none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.documents.faults import Text, faults_of
from recportal.documents.text import text_flaw
from recportal.records.changes import LONGEST_REASON, change
from recportal.staff.together import write_together

from .models import Member, Status

#: More names than that nobody reads before agreeing.
MOST_CHANGED: Final = 200
_MOST_SAID: Final = 20

#: What each status means for a member, in the words of the page.
_EFFECTS: Final[dict[str, Text]] = {
    Status.PENDING: _("has applied: holds no delivery point and no sensor yet"),
    Status.ACTIVE: _("takes part: holds the delivery points and sensors, and sees the own assets"),
    Status.SUSPENDED: _("stopped for now: keeps the delivery points and sensors, sees no assets"),
    Status.INACTIVE: _("has left: from today, others can hold the delivery points and sensors"),
}


def validate_reason(reason: str) -> None:
    if text_flaw(reason):
        raise ValidationError(text_flaw(reason)[0], code="invalid")  # type: ignore[index]  # asked just above


class ChangeForm(forms.Form):
    """The new value, and why."""

    value = forms.ChoiceField()
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        validators=[validate_reason],
        help_text=_("Why you make this change. It is kept in the history."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


@dataclass(frozen=True)
class BulkChange:
    """A column that can be changed for several members: ``choices`` says to what, given the members."""

    column: str
    title: Text
    choices: Callable[[Sequence[Member]], list[tuple[str, Any]]]

    def shown(self, member: Member) -> str:
        """What the column says of a member now."""
        column: Any = Member._meta.get_field(self.column)
        value = getattr(member, self.column)
        return str(dict(column.flatchoices).get(value, value))

    def form(self, members: Sequence[Member], data: Any = None) -> ChangeForm:
        form = ChangeForm(data)
        value = form.fields["value"]
        value.label = Member._meta.get_field(self.column).verbose_name  # type: ignore[union-attr]
        value.choices = self.choices(members)  # type: ignore[attr-defined]  # a ChoiceField
        value.required = not any(key == "" for key, _label in self.choices(members))
        value.initial = getattr(members[0], self.column) if len(members) == 1 else None
        return form


def _statuses(members: Sequence[Member]) -> list[tuple[str, Any]]:
    return [(status.value, f"{status.label}: {_EFFECTS[status]}") for status in Status]


def _areas(members: Sequence[Member]) -> list[tuple[str, Any]]:
    """The areas of the one community of all; none when they belong to several."""
    communities = {member.community_id for member in members}
    if len(communities) != 1:
        return []
    areas = Community.objects.values_list("areas", flat=True).get(pk=communities.pop())
    return [("", _("No area")), *((key, area.get("name") or key) for key, area in sorted(areas.items()))]


STATUS: Final = BulkChange("status", _("Change the status"), _statuses)
AREA: Final = BulkChange("area", _("Change the area"), _areas)


def status_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page for one member's status, for the ``get_urls`` of the admin class."""

    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        member: Member = model_admin.get_object(request, unquote(object_id))
        return change_together(model_admin, request, [member], STATUS) or HttpResponseRedirect(
            reverse("admin:members_member_change", args=[member.pk])
        )

    name = "members_member_status"
    return [path("<path:object_id>/status/", model_admin.admin_site.admin_view(view), name=name)]


def change_chosen(
    model_admin: Any, request: HttpRequest, chosen: QuerySet[Member], what: BulkChange
) -> HttpResponse | None:
    """An action of the list: the page, or None when it is done, or there are too many."""
    ids = list(chosen.values_list("pk", flat=True)[: MOST_CHANGED + 1])
    if len(ids) > MOST_CHANGED:
        message = gettext("At most %(most)s members are changed at once.") % {"most": MOST_CHANGED}
        messages.error(request, message)
        return None
    members = list(model_admin.get_queryset(request).filter(pk__in=ids).select_related("community"))
    if not what.choices(members):
        messages.error(request, gettext("Choose members of one community: areas belong to a community."))
        return None
    return change_together(model_admin, request, members, what)


def change_together(
    model_admin: Any, request: HttpRequest, members: Sequence[Member], what: BulkChange
) -> HttpResponse | None:
    """The page that shows whom a change touches; None once it is made."""
    if not all(model_admin.has_change_permission(request, member) for member in members):
        raise PermissionDenied
    form = what.form(members, request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid() and _is_made(request, members, what, form.cleaned_data):
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": what.title,
        "opts": model_admin.opts,
        "members": [(member, what.shown(member)) for member in members],
        "column": form.fields["value"].label,
        "form": form,
        "action": request.POST.get("action", ""),
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "members/change_together.html", context)


def _is_made(request: HttpRequest, members: Sequence[Member], what: BulkChange, said: Any) -> bool:
    value = said["value"]
    touched = [member for member in members if getattr(member, what.column) != value]

    def write(member: Member) -> None:
        setattr(member, what.column, value)
        member.save()

    try:
        with change(request.user, "admin", said["reason"]):  # type: ignore[arg-type]  # signed in: it is the admin
            write_together(touched, write)
    except ValidationError as error:
        for fault in faults_of(error)[:_MOST_SAID]:
            messages.error(request, str(fault.text))
        for member in touched:
            member.refresh_from_db(fields=[what.column])
        return False
    text = ngettext("%(count)d member was changed.", "%(count)d members were changed.", len(touched))
    messages.success(request, text % {"count": len(touched)})
    return True
