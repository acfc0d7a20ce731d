from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import Filter, FilterSet
from django_filters.filters import ChoiceFilter

from members.models import Holding
from recportal.api.filters import FlagFilter, NumberFilter, SearchFilter, TextFilter, UpdatedSinceFilter
from recportal.api.output import DocumentNumber
from recportal.documents.faults import say
from recportal.documents.schemas import schema
from recportal.text import compared

from .models import Asset, AssetType

_COMPARISONS: Final = {
    "gte": _("At least this: %(property)s"),
    "lte": _("At most this: %(property)s"),
    "gt": _("More than this: %(property)s"),
    "lt": _("Less than this: %(property)s"),
}


class PropertyFilter(NumberFilter):
    """A number among the properties, compared. Only the types whose schema has the number are looked at."""

    def __init__(self, name: str, comparison: str, types: list[str], **options: Any) -> None:
        self.name = name
        self.comparison = comparison
        self.types = types
        super().__init__(**options)

    def filter(self, qs: Any, value: Any) -> Any:
        if value is None:
            return qs
        found = qs.filter(asset_type__in=self.types).alias(
            **{f"number_{self.name}": DocumentNumber("properties", self.name)}
        )
        return found.filter(**{f"number_{self.name}__{self.comparison}": value})


def _property_filters() -> dict[str, Filter]:
    """``properties.<name>__gte`` and its like, for every number of the schemas."""
    types: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for asset_type in AssetType.values:
        for name, part in schema(f"assets/properties/{asset_type}").definition["properties"].items():
            kinds = part.get("type", [])
            if {"number", "integer"} & set([kinds] if isinstance(kinds, str) else kinds):
                types.setdefault(name, []).append(asset_type)
                unit = part.get("x-unit", "")
                titles[name] = f"{part['title']} ({unit})" if unit else part["title"]
    return {
        f"properties.{name}__{comparison}": PropertyFilter(
            name, comparison, types[name], help_text=say(words, property=titles[name])
        )
        for name in sorted(types)
        for comparison, words in _COMPARISONS.items()
    }


class SensorFilter(TextFilter):
    """The sensor as it is stored, or, where it is held, in any spelling."""

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        held = Holding.objects.filter(kind=Holding.Kind.SENSOR, code=compared(value), until=None)
        return qs.filter(Q(sensor_id=value) | Q(pk__in=held.values("asset")))


class AssetFilter(FilterSet):
    asset_type = ChoiceFilter(choices=AssetType.choices, help_text=_("The type of the asset."))
    owner = TextFilter("owner__key", help_text=_("The key of the member that owns the asset."))
    area = TextFilter("owner__area", help_text=_("The key of the owner's area."))
    sensor_id = SensorFilter(help_text=_("The name under which the sensor sends its data."))
    has_sensor = FlagFilter(
        "sensor_id", "isnull", exclude=True, help_text=_("Whether the asset has a sensor.")
    )
    updated_since = UpdatedSinceFilter()
    search = SearchFilter(
        help_text=_("Words, all of which occur in key, name, sensor, serial number or delivery point.")
    )

    class Meta:
        model = Asset
        fields: list[str] = []


AssetFilter.base_filters.update(_property_filters())
