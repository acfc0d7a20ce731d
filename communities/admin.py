from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from recportal.accounts.roles import Level
from recportal.once.models import Submission
from recportal.once.submissions import done, may_show_secret, secret_for
from recportal.records.notices import Notice
from recportal.records.querysets import reach_of
from recportal.staff.base import StaffAdmin
from recportal.staff.filters import ChoiceFilter, NamedFilter
from recportal.staff.forms import DayAndTime
from recportal.staff.ids import as_id
from recportal.staff.lists import RelatedCount, heavy_columns
from recportal.staff.neighbours import Neighbour, Neighbours, list_address
from recportal.staff.ranges import UpdatedRange
from recportal.staff.records import RecordAdmin
from recportal.staff.scope import community_to_begin_with, in_scope
from recportal.staff.site import StaffPage, site

from .area_admin import area_urls
from .grid_admin import grid_urls
from .models import ApiToken, Community, StaffRole
from .notices import community_notices
from .staffing import StaffRoleForm, may_staff, roles_staffed_by, tokens_staffed_by
from .switcher import switch, switcher

_MOST_COUNTRIES = 200

site.add_pages(StaffPage("switch/", switch, "switch"))
site.add_context(switcher)


class CountryFilter(NamedFilter):
    """The country of a community, where there are several."""

    title = _("country")
    parameter_name = "country"
    counted = KeyTextTransform("country", "settings")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = in_scope(request, Community.objects.order_by()).values_list(self.counted, flat=True)
        countries = sorted(filter(None, found.distinct()[:_MOST_COUNTRIES]))
        return [(country, country) for country in countries]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1 or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(settings__country=self.value())


@admin.register(Community, site=site)
class CommunityAdmin(RecordAdmin):
    """Communities: changed by their managers, made and deleted by superusers."""

    needs = {"view": Level.VIEWER, "add": None, "change": Level.MANAGER, "delete": None}

    list_display = (
        "key",
        "name",
        RelatedCount("members", _("members"), "community"),
        RelatedCount("assets", _("assets"), "community"),
        "updated_at",
    )
    list_display_links = ("key", "name")
    list_filter = (CountryFilter, UpdatedRange)
    nothing_yet = _("No communities yet.")
    search_help_text = _("Key, name, legal name or VAT number")
    ordering = ("key",)

    fieldsets = (
        (None, {"fields": ("key", "name", "description")}),
        (_("Grid"), {"fields": ("areas_now", "grid_now")}),
        (_("About the community"), {"fields": ("legal", "contact", "links", "settings", "extra")}),
        (_("Record"), {"fields": ("version", "created_at", "updated_at"), "classes": ("collapse",)}),
    )
    readonly_fields = ("areas_now", "grid_now", "version", "created_at", "updated_at")
    change_only = readonly_fields

    def get_urls(self) -> list[Any]:
        return [*area_urls(self), *grid_urls(self), *super().get_urls()]

    @admin.display(description=_("areas"))
    def areas_now(self, community: Community) -> str:
        count = len(community.areas)
        areas = ngettext("%(count)d area", "%(count)d areas", count) % {"count": count}
        return _linked(community, ("areas", areas), ("map", gettext("map")))

    @admin.display(description=_("grid"))
    def grid_now(self, community: Community) -> str:
        count = len(community.topology)
        return _linked(
            community, ("grid", ngettext("%(count)d node", "%(count)d nodes", count) % {"count": count})
        )

    def notices(self, record: Community) -> Iterable[Notice]:
        return community_notices(record)

    def neighbours(self, request: HttpRequest, record: Community) -> Iterable[Neighbours]:
        """How many members and assets there are, by area and by type, each with the way to their list."""
        members, assets = record.members.model, record.assets.model
        types = dict(assets._meta.get_field("asset_type").flatchoices)
        by_area = _numbers(record.members, "area")
        by_type = _numbers(record.assets, "asset_type")
        names = {key: area.get("name") or key for key, area in record.areas.items() if isinstance(area, dict)}
        areas = {key: names.get(key, key) for key in sorted({*record.areas, *by_area} - {""})}
        yield Neighbours(
            _("members"),
            [_counted(_("all members"), list_address(members, community=record.pk), sum(by_area.values()))],
        )
        yield Neighbours(
            _("areas"),
            [
                _counted(name, list_address(members, community=record.pk, area=key), by_area.get(key, 0))
                for key, name in areas.items()
            ],
        )
        yield Neighbours(
            _("assets"),
            [_counted(_("all assets"), list_address(assets, community=record.pk), sum(by_type.values()))]
            + [
                _counted(types[kind], list_address(assets, community=record.pk, asset_type=kind), count, kind)
                for kind, count in sorted(by_type.items())
            ],
        )


def _numbers(records: Any, column: str) -> dict[str, int]:
    return dict(records.order_by().values_list(column).annotate(Count("pk")))


def _counted(label: Any, url: str, count: int, icon: str = "") -> Neighbour:
    return Neighbour(label, url, (str(count),), icon)


def _linked(community: Community, *pages: tuple[str, str]) -> str:
    """Links to pages of the community: name of the page, text."""
    links = (
        (reverse(f"admin:communities_community_{name}", args=[community.pk]), text) for name, text in pages
    )
    return format_html_join(" · ", '<a href="{}">{}</a>', links)


def _to_choose(request: HttpRequest) -> dict[str, Any]:
    """Of the field `community` of roles and tokens: who manages single ones chooses one of them."""
    communities = Community.objects.staffed_by(request.user, Level.MANAGER).order_by("key")
    options: dict[str, Any] = {"queryset": communities.defer(*heavy_columns(Community))}
    options["required"] = not may_staff(request.user, None)
    if options["required"]:
        options["initial"] = community_to_begin_with(request, Level.MANAGER)
    return options


@admin.register(StaffRole, site=site)
class StaffRoleAdmin(StaffAdmin):
    """Who may do what: managers see and give roles in their communities, superusers everywhere."""

    form = StaffRoleForm
    list_display = ("user", "community", "level")
    list_filter = (("level", ChoiceFilter),)
    list_select_related = ("user", "community")
    search_fields = ("user__username", "user__name", "community__key", "community__name")
    search_help_text = _("User name, name, or community")
    ordering = ("community_id", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffRole]:
        return roles_staffed_by(request.user).order_by(*self.ordering)

    def get_fields(self, request: HttpRequest, obj: StaffRole | None = None) -> tuple[str, ...]:
        return ("user" if obj else "username", "community", "level")

    def get_readonly_fields(self, request: HttpRequest, obj: StaffRole | None = None) -> tuple[str, ...]:
        return ("user", "community") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **options | _to_choose(request))

    def _may_staff(self, request: HttpRequest, obj: StaffRole | None = None) -> bool:
        if obj is None:
            return reach_of(request.user).allows_somewhere(Level.MANAGER)
        return may_staff(request.user, obj.community_id)

    has_view_permission = has_change_permission = has_delete_permission = _may_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_staff(request)


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(StaffAdmin):
    """What external tools show. One makes tokens for oneself only, since a token acts in its owner's name;
    managers see and revoke those of their communities, whosever they are. Nothing else about one changes.
    """

    formfield_overrides = {models.DateTimeField: {"widget": DayAndTime}}
    list_display = (
        "name",
        "prefix",
        "user",
        "community",
        "read_only",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_filter = (("read_only", ChoiceFilter),)
    list_select_related = ("user", "community")
    search_fields = ("name", "prefix", "user__username", "community__key")
    search_help_text = _("Name, beginning, user name, or community")
    ordering = ("-created_at",)
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return tokens_staffed_by(request.user).order_by(*self.ordering)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        given = ("name", "community", "read_only", "expires_at")
        return ("user", "prefix", *given, "created_at", "last_used_at", "revoked_at") if obj else given

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        options |= _to_choose(request)
        if options["required"]:
            options["help_text"] = _("The only community that the token opens.")
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            return
        obj.user_id = request.user.pk or 0
        obj.renew(secret_for(request))
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page that shows the secret: in this answer, and kept nowhere, not even in the session."""
        done(request, str(obj.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The new token"),
            "opts": self.opts,
            "token": obj,
        }
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(
            request, "communities/token_made.html", context, status=HTTPStatus.CREATED, headers=headers
        )

    def response_again(self, request: HttpRequest, first: Submission) -> HttpResponse:
        made = self.get_queryset(request).filter(pk=as_id(first.result) or 0).first()
        if made and may_show_secret(first) and made.recall(secret_for(request)):
            return self.response_add(request, made)
        text = _("This token was made before, and is not shown again. If you do not have it, make a new one.")
        messages.warning(request, text)
        return self.response_post_save_add(request, made)

    @admin.action(description=_("Revoke the chosen tokens"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            token.revoke()
        messages.success(request, _("The chosen tokens open nothing any more."))

    def _may_staff(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        if obj is None:
            return reach_of(request.user).allows_somewhere(Level.MANAGER)
        return tokens_staffed_by(request.user).filter(pk=obj.pk).exists()

    has_view_permission = has_change_permission = _may_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
