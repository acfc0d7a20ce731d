from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.handover_admin import TakesOver
from recportal.records.notices import Notice
from recportal.staff.filters import ChoiceFilter, CommunityFilter, RecordFilter
from recportal.staff.lists import RelatedLink
from recportal.staff.site import site

from .capacity import shown_capacity
from .models import Asset
from .notices import asset_notices


class SensorFilter(admin.SimpleListFilter):
    """Whether an asset has a sensor: ``?sensor=1`` or ``?sensor=0``."""

    title = _("sensor")
    parameter_name = "sensor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("with a sensor")), ("0", _("without a sensor"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Asset]) -> QuerySet[Asset]:
        if self.value() is None:
            return queryset
        return queryset.filter(sensor_id__isnull=self.value() != "1")


class OwnerFilter(RecordFilter):
    """The assets of one member, to which the member's own page leads."""

    title = _("owner")
    parameter_name = "owner"
    offers_others = False


@admin.register(Asset, site=site)
class AssetAdmin(TakesOver):
    """Assets: made, changed and deleted by editors. The community is the owner's."""

    list_display = (
        "key",
        "name",
        "asset_type",
        RelatedLink("owner", _("owner")),
        "sensor_id",
        "capacity",
        RelatedLink("community", _("community"), "key"),
    )
    list_display_links = ("key", "name")
    list_filter = (CommunityFilter, ("asset_type", ChoiceFilter), SensorFilter, OwnerFilter)
    list_select_related = ("owner", "community")
    list_documents = ("properties",)
    search_help_text = _("Key, name, sensor, serial number or delivery point")
    ordering = ("community_id", "key")

    change_form_template = "assets/change_form.html"
    autocomplete_fields = ("owner",)
    fieldsets = (
        (None, {"fields": ("community", "owner", "asset_type", "key", "name", "sensor_id")}),
        (_("Device"), {"fields": ("properties", "device")}),
        (_("More"), {"fields": ("relationships", "extra")}),
        (_("Record"), {"fields": ("version", "created_at", "updated_at"), "classes": ("collapse",)}),
    )
    readonly_fields = ("version", "created_at", "updated_at")
    change_only = ("community", *readonly_fields)
    initial_fields = ("owner", "asset_type")

    def notices(self, record: Asset) -> Iterable[Notice]:
        return asset_notices(record)

    @admin.display(description=_("capacity"))
    def capacity(self, asset: Asset) -> str:
        return shown_capacity(asset)
