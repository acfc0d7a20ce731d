"""The admin's page for purging a member: what goes with it, and a yes that nobody says by accident."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import faults_of
from recportal.records.changes import LONGEST_REASON, change
from recportal.staff.deletion import what_hangs_on

from .bulk_admin import validate_reason
from .models import Member, purge_member


class PurgeForm(forms.Form):
    """The member's key, typed, and why."""

    key = forms.CharField(label=_("Key of the member"), max_length=128)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, validators=[validate_reason])

    def __init__(self, member: Member, data: Any = None) -> None:
        super().__init__(data)
        self.member = member
        self.fields["key"].help_text = gettext("Type %(key)s to confirm.") % {"key": member.key}

    def clean_key(self) -> str:
        if self.cleaned_data["key"] != self.member.key:
            raise ValidationError(_("This is not the key of this member."), code="invalid")
        return self.member.key


def purge_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page, for the ``get_urls`` of the admin class of members."""

    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        return purge_view(model_admin, request, object_id)

    name = "members_member_purge"
    return [path("<path:object_id>/purge/", model_admin.admin_site.admin_view(view), name=name)]


def purge_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    member: Member = model_admin.get_object(request, unquote(object_id))
    if not model_admin.has_delete_permission(request, member):
        raise PermissionDenied
    form = PurgeForm(member, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_purged(request, member, form.cleaned_data["reason"]):
        return HttpResponseRedirect(reverse("admin:members_member_changelist"))
    by_type = member.assets.order_by("asset_type").values_list("asset_type").annotate(count=Count("pk"))
    labels = dict(member.assets.model._meta.get_field("asset_type").flatchoices)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Purge this member"),
        "subtitle": str(member),
        "opts": model_admin.opts,
        "original": member,
        "assets": [(labels.get(kind, kind), count) for kind, count in by_type],
        "goes": what_hangs_on([member])[0].items(),
        "form": form,
    }
    return TemplateResponse(request, "members/purge.html", context)


def _is_purged(request: HttpRequest, member: Member, reason: str) -> bool:
    name = str(member)
    try:
        with change(request.user, "admin", reason):  # type: ignore[arg-type]  # signed in: it is the admin
            purge_member(member)
    except ValidationError as error:
        for fault in faults_of(error):
            messages.error(request, str(fault.text))
        return False
    messages.success(request, gettext("“%(name)s” was purged. Its history stays.") % {"name": name})
    return True
