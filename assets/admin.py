from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from communities.area_lists import AreaFilter
from communities.models import Community
from members.handover_admin import TakesOver
from members.models import Member
from recportal.records.notices import Notice
from recportal.staff.filters import ChoiceFilter, CommunityFilter, FlagFilter, RecordFilter
from recportal.staff.lists import RelatedLink
from recportal.staff.neighbours import Neighbour, Neighbours
from recportal.staff.ranges import UpdatedRange
from recportal.staff.site import site

from .capacity import shown_capacity
from .models import Asset
from .notices import asset_notices
from .ranges import EnergyRange, InstalledRange, PeakPowerRange, PowerRange
from .relationships import related_assets
from .types import TypeColumn


class SensorFilter(FlagFilter):
    """Whether an asset has a sensor."""

    title = _("sensor")
    parameter_name = "sensor"
    condition = Q(sensor_id__isnull=False)
    with_it = _("with a sensor")
    without_it = _("without a sensor")


class OwnersAreaFilter(AreaFilter):
    counted = "owner__area"


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
        TypeColumn(),
        RelatedLink("owner", _("owner")),
        "sensor_id",
        "capacity",
        RelatedLink("community", _("community"), "key"),
    )
    list_display_links = ("key", "name")
    list_filter = (
        CommunityFilter,
        ("asset_type", ChoiceFilter),
        OwnersAreaFilter,
        SensorFilter,
        OwnerFilter,
        PeakPowerRange,
        EnergyRange,
        PowerRange,
        InstalledRange,
        UpdatedRange,
    )
    nothing_yet = _("No assets yet.")
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

    def neighbours(self, request: HttpRequest, record: Asset) -> Iterable[Neighbours]:
        around = related_assets(record)
        owner: Any = self.admin_site.get_model_admin(Member)
        community: Any = self.admin_site.get_model_admin(Community)
        yield Neighbours(_("owner"), [owner.as_neighbour(record.owner)])
        yield Neighbours(_("community"), [community.as_neighbour(record.community)])
        for title, found in (
            (_("measures"), around.measures),
            (_("is measured by"), around.measured_by),
            (_("is paired with"), around.paired_with),
            (_("is named as a pair by"), around.paired_by),
        ):
            if found:
                yield Neighbours(title, [self.as_neighbour(each) for each in found])

    def as_neighbour(self, record: Asset | str) -> Neighbour:
        """An asset with its size; a key that names none of the community's assets is shown as it is."""
        if isinstance(record, str):
            return Neighbour(record, notes=(_("not an asset of this community"),))
        notes = tuple(filter(None, [record.get_asset_type_display(), shown_capacity(record)]))
        return Neighbour(str(record), record.get_absolute_url(), notes, record.asset_type)

    @admin.display(description=_("capacity"))
    def capacity(self, asset: Asset) -> str:
        return shown_capacity(asset)
