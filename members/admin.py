from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from communities.area_lists import AreaColumn, AreaFilter
from communities.area_names import area_names
from communities.models import Community
from recportal.accounts.roles import Level
from recportal.records.notices import Notice
from recportal.staff.filters import ChoiceFilter, CommunityFilter, FlagFilter
from recportal.staff.forms import RecordForm
from recportal.staff.lists import Badge, RelatedCount, RelatedLink
from recportal.staff.neighbours import Neighbour, Neighbours, list_address
from recportal.staff.ranges import CreatedRange, UpdatedRange
from recportal.staff.records import RecordAdmin
from recportal.staff.site import site

from . import correction_admin, mail_admin  # noqa: F401  # register themselves
from .handover_admin import TakesOver, holding_urls
from .invitation_admin import access_urls
from .models import Member
from .notices import member_notices
from .purge_admin import purge_urls
from .status_admin import AREA, STATUS, Column, change_view, status_urls

#: A member with more assets than this is a firm; the list has the others.
_MOST_ASSETS = 50


class AccountFilter(FlagFilter):
    """Whether an account sees the member as its own."""

    title = _("account")
    parameter_name = "account"
    condition = Q(account__isnull=False)
    with_it = _("with an account")
    without_it = _("without an account")


class PointFilter(FlagFilter):
    """Whether a member has a delivery point, in use or not."""

    title = _("delivery point")
    parameter_name = "point"
    condition = ~Q(delivery_points=[])
    with_it = _("with a delivery point")
    without_it = _("without a delivery point")


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
        Badge("status", _("status")),
        AreaColumn(),
        RelatedCount("assets", _("assets"), "owner"),
        "user_id",
        RelatedLink("community", _("community"), "key"),
    )
    list_display_links = ("key", "name")
    list_filter = (
        CommunityFilter,
        ("status", ChoiceFilter),
        ("role", ChoiceFilter),
        AreaFilter,
        AccountFilter,
        PointFilter,
        CreatedRange,
        UpdatedRange,
    )
    nothing_yet = _("No members yet.")
    list_select_related = ("community",)
    search_help_text = _("Key, name, user id, e-mail address or delivery point")
    ordering = ("community_id", "key")

    form = MemberForm
    change_form_template = "members/change_form.html"
    delete_confirmation_template = "members/delete_confirmation.html"
    actions = ("change_status", "change_area", *RecordAdmin.actions)
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

    def neighbours(self, request: HttpRequest, record: Member) -> Iterable[Neighbours]:
        community: Any = self.admin_site.get_model_admin(Community)
        yield Neighbours(_("community"), [community.as_neighbour(record.community)])
        if record.area:
            name = area_names([record.community_id])[record.community_id].get(record.area, record.area)
            others = list_address(Member, community=record.community_id, area=record.area)
            yield Neighbours(_("area"), [Neighbour(name, others, (_("all members of this area"),))])
        assets: Any = self.admin_site.get_model_admin(record.assets.model)
        found = list(record.assets.order_by("key").defer("extra", "search_text")[: _MOST_ASSETS + 1])
        more = record.assets.count() - _MOST_ASSETS
        yield Neighbours(
            _("assets"),
            [assets.as_neighbour(asset) for asset in found[:_MOST_ASSETS]],
            list_address(record.assets.model, owner=record.pk),
            max(0, more),
        )

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
        rows = [
            (each.get_kind_display(), each.code, _("since"), date_format(each.since, "SHORT_DATE_FORMAT"))
            for each in holdings
        ]
        items = format_html_join("", "<li>{} <code>{}</code> {} {}</li>", rows)
        return format_html("<ul>{}</ul>", items) if rows else "–"

    @admin.display(description=_("assets"))
    def assets_now(self, member: Member) -> str:
        url = reverse("admin:assets_asset_changelist")
        return format_html('<a href="{}?owner={}">{}</a>', url, member.pk, member.assets.count())
