"""The admin's page that deletes a member with everything that is its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import faults_of
from recportal.records.changes import change
from recportal.records.fields import CODE_LIKE
from recportal.staff.reverting import ReasonForm

from .models import Member, purge_member


class PurgeForm(ReasonForm):
    """The member's key, typed by whoever means it, and the reason."""

    key = forms.CharField(
        label=_("Key of the member"),
        max_length=128,
        widget=AdminTextInputWidget(attrs={"autocomplete": "off", **CODE_LIKE}),
        help_text=_("Type the key to confirm: what is purged does not come back."),
    )

    field_order = ("key", "reason", "seen")

    def __init__(self, member: Member, data: Any = None) -> None:
        super().__init__(data, initial={"seen": member.version})
        self._member = member

    def clean_key(self) -> str:
        if self.cleaned_data["key"] != self._member.key:
            raise ValidationError(_("This is not the key of the member."), code="invalid")
        return self._member.key


def purge_urls(model_admin: Any) -> list[URLPattern]:
    """The address of the page, for the ``get_urls`` of the admin class of members."""

    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        return purge_view(model_admin, request, object_id)

    wrapped = model_admin.admin_site.admin_view(view)
    return [path("<path:object_id>/purge/", wrapped, name="members_member_purge")]


def purge_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Say what goes, ask for the key and the reason, then purge; for managers of the community."""
    member: Member = model_admin.get_object(request, unquote(object_id))
    if not model_admin.has_delete_permission(request, member):
        raise PermissionDenied
    form = PurgeForm(member, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = str(member)
        try:
            with change(request.user, "admin", form.cleaned_data["reason"]):  # type: ignore[arg-type]
                purge_member(member, seen=form.cleaned_data["seen"])
        except ValidationError as error:
            for fault in faults_of(error):
                form.add_error(None, "; ".join(fault.messages))
        else:
            said = gettext("%(member)s was purged. The history of what was stays.")
            messages.success(request, said % {"member": name})
            return HttpResponseRedirect(reverse("admin:members_member_changelist"))
    if form.is_bound:
        # What is looked at now is what the next try is about.
        form.data = {**form.data.dict(), "seen": member.version}  # type: ignore[attr-defined]  # a QueryDict
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Purge a member"),
        "opts": model_admin.opts,
        "original": member,
        "goes": what_goes(member),
        "form": form,
    }
    return TemplateResponse(request, "members/purge.html", context)


def what_goes(member: Member) -> list[tuple[str, int]]:
    """What is deleted with the member, as name and count, assets by type; counted, never loaded."""
    by_type = dict(member.assets.order_by().values_list("asset_type").annotate(number=Count("pk")))
    types: Any = member.assets.model._meta.get_field("asset_type")
    assets = gettext("Assets")
    goes = [(f"{assets}: {label}", by_type[value]) for value, label in types.flatchoices if value in by_type]
    for relation in ("holdings", "invitations", "corrections"):
        related = getattr(member, relation)
        goes.append((capfirst(str(related.model._meta.verbose_name_plural)), related.count()))
    if member.account_id:
        goes.append((gettext("Link to the account"), 1))
    return [(name, count) for name, count in goes if count]
