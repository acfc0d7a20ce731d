"""In the admin's forms: what somebody else holds ends there and begins here; and the days of holdings."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.accounts.roles import Level
from recportal.documents.faults import Fault, faults_of, refuse
from recportal.records.changes import LONGEST_REASON, change
from recportal.records.models import Record
from recportal.records.querysets import reach_of
from recportal.staff.ids import as_id
from recportal.staff.records import RecordAdmin

from .handover import Dates, correct_dates, handed_over, holdings_in_the_way
from .models import Holding, Member

#: The names of the inputs that the form gets: which holdings end, and when.
CHOSEN = "take_over"
DAY = "take_over_on"


class TakesOver(RecordAdmin):
    """An admin class whose form offers, where somebody holds what the record claims, to end it there.

    It is offered to whoever may edit the holder's record as well. Whoever may only see it is told who holds
    it, and anybody else nothing.
    """

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        refused = getattr(request, "refused", ())
        holdings = holdings_in_the_way(form.instance, refused)
        chosen = self._chosen(request)
        known = {each.pk for each in holdings}
        holdings += [each for each in chosen if each.pk not in known]
        reach = reach_of(request.user)
        visible = [each for each in holdings if reach.allows(Level.VIEWER, each.member.community_id)]
        context["takeovers"] = [
            (each, reach.allows(Level.EDITOR, each.member.community_id), each in chosen) for each in visible
        ]
        context["may_take_over"] = any(may for _each, may, _chosen in context["takeovers"])
        context["take_over_on"] = request.POST.get(DAY) or _default_day(form.instance)
        return super().render_change_form(request, context, *args, **options)

    def save_model(self, request: HttpRequest, obj: Record, form: Any, change: bool) -> None:
        holdings = self._chosen(request)
        if not holdings:
            super().save_model(request, obj, form, change)
            return
        reason = form.cleaned_data.get("reason") or gettext("Handed over to the next holder")
        form.cleaned_data["reason"] = reason
        with self._change(request, reason), handed_over(obj, holdings, _day(request)):
            super().save_model(request, obj, form, change)

    def _chosen(self, request: HttpRequest) -> list[Holding]:
        """The open holdings that the user has chosen to end, as far as the form may offer them."""
        ids = [pk for each in request.POST.getlist(CHOSEN)[:100] if (pk := as_id(each))]
        if not ids:
            return []
        found = Holding.objects.filter(pk__in=ids, until=None, kind__in=("delivery_point", "sensor"))
        found = found.select_related("member__community", "asset").order_by("kind", "code", "scope")
        reach = reach_of(request.user)
        return [each for each in found if reach.allows(Level.EDITOR, each.member.community_id)]


def _day(request: HttpRequest) -> date:
    try:
        day: date = forms.DateField().clean(request.POST.get(DAY, ""))
    except ValidationError:
        refuse([Fault(_("Enter the day of the handover as year-month-day, such as 2024-05-31."), "invalid")])
        raise
    return day


def _default_day(record: Any) -> str:
    """Today on the community's calendar; on the server's while the form has none yet."""
    today = record.community.today() if record.community_id else timezone.localdate()
    return str(today.isoformat())


class DayInput(forms.DateInput):
    """The browser's own input for a day, which speaks ISO 8601 whatever the language."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DatesForm(forms.Form):
    """The days of a holding; ``until`` is asked only where it has ended."""

    since = forms.DateField(
        label=_("since"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day on which it is held no more."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=AdminTextInputWidget,
        help_text=_("Why you make this change. It is kept in the history."),
    )

    def __init__(self, holding: Holding, data: Any = None) -> None:
        super().__init__(data, initial={"since": holding.since, "until": holding.until})
        if holding.until is None:
            del self.fields["until"]


def holding_urls(model_admin: Any) -> list[URLPattern]:
    """The addresses of the pages, for the ``get_urls`` of the admin class of members."""

    def listed(request: HttpRequest, object_id: str) -> HttpResponse:
        return holdings_view(model_admin, request, object_id)

    def dates(request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        return dates_view(model_admin, request, object_id, pk)

    wrap = model_admin.admin_site.admin_view
    return [
        path("<path:object_id>/holdings/", wrap(listed), name="members_member_holdings"),
        path("<path:object_id>/holdings/<str:pk>/", wrap(dates), name="members_member_holding_dates"),
    ]


def holdings_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """What the member holds and held, from when to when."""
    member: Member = model_admin.get_object(request, unquote(object_id))
    holdings = member.holdings.select_related("asset").order_by("kind", "code", "-since", "-pk")
    context = {
        **_context(model_admin, request, member, gettext("What this member holds and held")),
        "page": model_admin.get_paginator(request, holdings, 100).get_page(request.GET.get("p", 1)),
        "may_correct": model_admin.has_change_permission(request, member),
    }
    return TemplateResponse(request, "members/holdings.html", context)


def dates_view(model_admin: Any, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
    """Correct the days of one holding; for editors of the community."""
    member: Member = model_admin.get_object(request, unquote(object_id))
    if not model_admin.has_change_permission(request, member):
        raise PermissionDenied
    holding = member.holdings.filter(pk=as_id(pk) or 0).first()
    if holding is None:
        raise Http404(_("There is no such holding."))
    form = DatesForm(holding, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _corrected(request, holding, form):
        messages.success(request, gettext("The days are corrected."))
        return HttpResponseRedirect(reverse("admin:members_member_holdings", args=[member.pk]))
    context = _context(model_admin, request, member, gettext("Correct the days"))
    return TemplateResponse(
        request, "members/holding_dates.html", {**context, "holding": holding, "form": form}
    )


def _corrected(request: HttpRequest, holding: Holding, form: DatesForm) -> bool:
    typed = form.cleaned_data
    said = gettext("Days of %(code)s corrected, from %(since)s: %(reason)s") % {
        "code": holding.code,
        "since": typed["since"].isoformat(),
        "reason": typed["reason"],
    }
    try:
        with change(request.user, "admin", said):  # type: ignore[arg-type]
            correct_dates(holding, Dates(typed["since"], typed.get("until")))
    except ValidationError as error:
        for fault in faults_of(error):
            form.add_error(fault.column if fault.column in form.fields else None, "; ".join(fault.messages))
        return False
    return True


def _context(model_admin: Any, request: HttpRequest, member: Member, title: str) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "original": member,
    }
