"""The admin of corrections: what members say is wrong, as a difference, with an answer."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.display import shown_value
from recportal.documents.faults import dotted, faults_of
from recportal.documents.text import text_flaw
from recportal.records.querysets import reach_of
from recportal.staff.base import StaffAdmin
from recportal.staff.filters import ChoiceFilter, CommunityFilter
from recportal.staff.ids import as_id
from recportal.staff.scope import in_scope
from recportal.staff.site import site

from .corrections import accept, answerable_by, decline, record_of, value_at
from .models import Correction


class CorrectionCommunityFilter(CommunityFilter):
    """The corrections of one of the communities that the user edits."""

    counted = "member__community"

    def _visible(self, request: HttpRequest) -> QuerySet[Any]:
        visible = Community.objects.staffed_by(request.user, Level.EDITOR).order_by("key")
        return visible if self.value() else in_scope(request, visible)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset.filter(member__community__in=in_scope(request, Community.objects).values("pk"))
        if str(self.value()) not in {str(pk) for pk, _label in self.lookup_choices}:
            return queryset.none()
        return queryset.filter(member__community=as_id(self.value()))


@admin.register(Correction, site=site)
class CorrectionAdmin(StaffAdmin):
    """Corrections: read and answered by editors. Nobody makes, rewrites or deletes one here."""

    list_display = ("about", "member", "community", "made_at", "state")
    list_filter = (CorrectionCommunityFilter, ("state", ChoiceFilter))
    ordering = ("-made_at", "-pk")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return answerable_by(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        reach = reach_of(request.user)
        if obj is None:
            return reach.allows_somewhere(Level.EDITOR)
        return reach.allows(Level.EDITOR, obj.member.community_id)

    has_change_permission = has_view_permission
    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("about"))
    def about(self, correction: Correction) -> str:
        place = dotted(tuple(correction.path))
        return " ".join(filter(None, [correction.asset_key, place])) or gettext("the record")

    @admin.display(description=_("community"))
    def community(self, correction: Correction) -> str:
        return correction.member.community.name

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The difference, and the two buttons."""
        correction: Correction = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, correction):
            raise PermissionDenied
        answer = request.POST.get("answer", "")[:2000]
        if request.method == "POST" and self._answered(request, correction, answer):
            return HttpResponseRedirect(reverse("admin:members_correction_changelist") + "?state=open")
        record = record_of(correction)
        path = tuple(correction.path)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Correction"),
            "opts": self.opts,
            "original": correction,
            "about": self.about(correction),
            "record": record,
            "before": shown_value(correction.before),
            "now": shown_value(value_at(record, path)) if record and path else "",
            "has_moved": bool(record and path and value_at(record, path) != correction.before),
            "proposed": shown_value(correction.proposed),
            "has_proposal": correction.proposed is not None,
            "is_open": correction.state == Correction.State.OPEN,
            "answer": answer,
        }
        return TemplateResponse(request, "members/correction.html", context)

    def _answered(self, request: HttpRequest, correction: Correction, answer: str) -> bool:
        """Whether the answer was taken; if not, messages say why."""
        assert isinstance(request.user, User)
        flaw = text_flaw(answer)
        if flaw:
            messages.error(request, str(flaw[0]))
            return False
        try:
            if "accept" in request.POST:
                accept(correction, request.user, answer)
                messages.success(request, gettext("Accepted: the record says it now."))
            else:
                decline(correction, request.user, answer)
                messages.success(request, gettext("Declined: the member reads your answer."))
        except ValidationError as error:
            for fault in faults_of(error):
                messages.error(request, str(fault.text))
            return False
        return True
