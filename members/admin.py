from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.accounts.roles import Level
from recportal.records.notices import Notice
from recportal.staff.filters import ChoiceFilter, CommunityFilter
from recportal.staff.forms import RecordForm
from recportal.staff.ids import as_id
from recportal.staff.lists import RelatedCount, RelatedLink
from recportal.staff.records import RecordAdmin
from recportal.staff.site import site

from . import correction_admin  # noqa: F401  # registers itself
from .handover_admin import TakesOver, holding_urls
from .invitation_admin import access_urls
from .models import Member
from .notices import member_notices
from .purge_admin import purge_urls
from .status_admin import AREA, STATUS, Column, change_view, status_urls


class AreaFilter(admin.SimpleListFilter):
    """The areas of the one community that the list is about; ``?area=-`` are members without one."""

    title = _("area")
    parameter_name = "area"
    none = "-"

    def __init__(self, request: HttpRequest, params: Any, model: type[Member], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        communities = Community.objects.staffed_by(request.user)
        chosen = as_id(request.GET.get(CommunityFilter.parameter_name))
        if chosen:
            communities = communities.filter(pk=chosen)
        found = list(communities.order_by().values_list("pk", flat=True)[:2])
        if len(found) != 1:
            return []
        areas = communities.values_list("areas", flat=True).get(pk=found[0])
        choices = sorted((key, area.get("name") or key) for key, area in areas.items())
        return [*choices, (self.none, _("No area"))]

    def has_output(self) -> bool:
        return super().has_output() or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        if self.value() is None:
            return queryset
        return queryset.filter(area="" if self.value() == self.none else self.value())


class MemberForm(RecordForm):
    """The form of a member: once the community is known, the area is chosen from its areas."""

    instance: Member

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "area" in self.fields:
            self.fields["area"].widget = forms.Select(choices=self._areas())

    def _areas(self) -> list[tuple[str, Any]]:
        areas = Community.objects.values_list("areas", flat=True).get(pk=self.instance.community_id)
        choices = [(key, area.get("name") or key) for key, area in sorted(areas.items())]
        typed = str(self.data.get(self.add_prefix("area"), "")) if self.is_bound else ""
        others = {area for area in (self.instance.area, typed) if area and area not in areas}
        return [("", _("No area")), *choices, *((area, area) for area in sorted(others))]


@admin.register(Member, site=site)
class MemberAdmin(TakesOver):
    """Members: made and changed by editors, deleted by managers."""

    needs = {**RecordAdmin.needs, "delete": Level.MANAGER}

    list_display = (
        "key",
        "name",
        "role",
        "status",
        "area",
        RelatedCount("assets", _("assets"), "owner"),
        "user_id",
        RelatedLink("community", _("community"), "key"),
    )
    list_display_links = ("key", "name")
    list_filter = (CommunityFilter, ("role", ChoiceFilter), ("status", ChoiceFilter), AreaFilter)
    list_select_related = ("community",)
    search_help_text = _("Key, name, user id, e-mail address or delivery point")
    ordering = ("community_id", "key")

    form = MemberForm
    change_form_template = "members/change_form.html"
    delete_confirmation_template = "members/delete_confirmation.html"
    actions = ("change_status", "change_area", "delete_selected")
    fieldsets = (
        (None, {"fields": ("community", "key", "name", "role", "status", "area", "user_id")}),
        (_("Delivery points"), {"fields": ("delivery_points", "holdings_now")}),
        (_("Assets"), {"fields": ("assets_now",)}),
        (_("More"), {"fields": ("extra",)}),
        (_("Record"), {"fields": ("version", "created_at", "updated_at"), "classes": ("collapse",)}),
    )
    readonly_fields = ("holdings_now", "assets_now", "version", "created_at", "updated_at")
    change_only = readonly_fields
    initial_fields = ("community", "role", "area")

    def get_urls(self) -> list[Any]:
        return [
            *access_urls(self),
            *status_urls(self),
            *purge_urls(self),
            *holding_urls(self),
            *super().get_urls(),
        ]

    def notices(self, record: Member) -> Iterable[Notice]:
        return member_notices(record)

    @admin.action(permissions=["change"], description=_("Change the status"))
    def change_status(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        return self._change_together(request, queryset, STATUS)

    @admin.action(permissions=["change"], description=_("Move to another area"))
    def change_area(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        return self._change_together(request, queryset, AREA)

    def _change_together(
        self, request: HttpRequest, queryset: QuerySet[Member], column: Column
    ) -> HttpResponse | None:
        members = self.chosen_records(request, queryset, "change")
        if not members:
            return None
        if column is AREA and len({each.community_id for each in members}) > 1:
            said = _("Areas belong to a community: choose members of one community.")
            self.message_user(request, said, messages.ERROR)
            return None
        return change_view(self, request, members, column)

    @admin.display(description=_("holds now"))
    def holdings_now(self, member: Member) -> str:
        holdings = member.holdings.filter(until=None).order_by("kind", "code")
        rows = [(each.get_kind_display(), each.code, _("since"), each.since) for each in holdings]
        return format_html_join("", "<li>{} <code>{}</code> {} {}</li>", rows) or "–"

    @admin.display(description=_("assets"))
    def assets_now(self, member: Member) -> str:
        url = reverse("admin:assets_asset_changelist")
        return format_html('<a href="{}?owner={}">{}</a>', url, member.pk, member.assets.count())
