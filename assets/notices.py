"""What looks wrong about an asset."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices import countries_of
from members.identifiers import compact, possible_codes
from members.models import Member, points_of
from recportal.documents.display import shown_value
from recportal.documents.faults import Path, say
from recportal.documents.schemas import schema
from recportal.documents.text import shown
from recportal.records.notices import Notice, document_notices, future_date, look_alikes, notice

from .capacity import CAPACITY
from .compass import degrees
from .models import Asset, AssetType

#: The least and the most that is usual. A number outside is more often mistyped than true: a wrong unit, a
#: shifted decimal point. The best of 511 heat pumps on the market has a COP of 7.95.
_USUAL: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "pv": {"capacity_kwp": (0.3, 1000)},
    "ev_charger": {"max_power_kw": (3.7, 400)},
    "heat_pump": {"cop": (1, 8), "thermal_power_kw": (2, 70)},
}
#: A private person's storage is smaller than this, in kWh and in kW.
_MOST_OF_A_PERSON: Final = 200
#: Power divided by capacity of a storage, in 1/h.
_USUAL_C_RATE: Final = (0.1, 3)
#: In kWp, by GSE's operating rules of 2024: larger plants are outside the incentive.
_MOST_IN_ITALY: Final = 1000
#: In kW: the most that the European plug (IEC 62196-2, type 2) carries as alternating current, on
#: three phases of 63 A.
_MOST_OF_TYPE_2: Final = 43
#: Panels face away from north, in degrees of the compass: this is the northern hemisphere.
_USUAL_ORIENTATION: Final = (45, 315)
#: Steeper panels, in degrees, are on façades.
_MOST_TILT: Final = 60


@dataclass(frozen=True)
class Background:
    """What the notices of assets need to know of other records, read once for any number of assets."""

    #: Community → its country.
    countries: Mapping[int, str]
    #: Those of the assets (community, key) that relationships name which exist.
    assets: frozenset[tuple[int, str]]
    #: The delivery points (member, code) of the owners.
    points: frozenset[tuple[int, str]]
    #: The owners that are private persons.
    persons: frozenset[int]


def background_of(assets: Iterable[Asset]) -> Background:
    """The background of some assets, in three queries at most, however many they are."""
    assets = list(assets)
    points, persons = set(), set()
    owners = Member.objects.filter(pk__in={asset.owner_id for asset in assets}).order_by()
    for pk, delivery_points, extra in owners.values_list("pk", "delivery_points", "extra"):
        points |= {(pk, compact(point["type"], point["id"])) for _index, point in points_of(delivery_points)}
        if extra.get("type") == "schema:Person":
            persons.add(pk)
    return Background(
        countries=countries_of(asset.community_id for asset in assets),
        assets=_existing(assets),
        points=frozenset(points),
        persons=frozenset(persons),
    )


def _existing(assets: list[Asset]) -> frozenset[tuple[int, str]]:
    """The assets that the relationships of these name, as far as they exist."""
    named = {(asset.community_id, key) for asset in assets for _path, key in _named_assets(asset)}
    if not named:
        return frozenset()
    communities, keys = {community for community, _key in named}, {key for _community, key in named}
    found = Asset.objects.filter(community__in=communities, key__in=keys).order_by()
    return frozenset(found.values_list("community_id", "key"))


def asset_notices(
    asset: Asset, background: Background | None = None, today: date | None = None
) -> list[Notice]:
    """Everything that looks wrong about an asset, by itself, beside its owner and the assets that it names.

    Without a ``background`` the asset's own is read; a page over many assets reads one for all of them.
    """
    background = background or background_of([asset])
    today = today or timezone.localdate()
    return [
        *_capacity(asset),
        *_usual_numbers(asset, background),
        *_panels(asset, background),
        *_storage(asset, background),
        *_plug(asset),
        *_delivery_point(asset, background),
        *_relationships(asset, background),
        *future_date(asset.properties.get("installation_date"), today, "properties", "installation_date"),
        *look_alikes(asset.sensor_id, "sensor_id"),
        *look_alikes(asset.properties.get("pod"), "properties", "pod"),
        *document_notices(asset),
    ]


def _capacity(asset: Asset) -> Iterator[Notice]:
    name = CAPACITY.get(asset.asset_type)
    if name is None:
        return
    value = asset.properties.get(name)
    if value is None:
        yield notice("no_capacity", _("It is not said how large this asset is."), "properties", name)
    elif value == 0:
        message = _("An asset of size 0 does nothing. Leave the size out where it is not known.")
        yield notice("zero_capacity", message, "properties", name)


def _usual_numbers(asset: Asset, background: Background) -> Iterator[Notice]:
    for name, (least, most) in _USUAL.get(asset.asset_type, {}).items():
        value = _number(asset, name)
        if not value or least <= value <= most or _outside_incentive(asset, background):
            continue
        message = say(
            _("%(value)s is unusual: it is %(least)s to %(most)s as a rule."),
            value=_with_unit(asset, name, value),
            least=shown_value(least),
            most=_with_unit(asset, name, most),
        )
        yield notice("unusual_value", message, "properties", name)


def _panels(asset: Asset, background: Background) -> Iterator[Notice]:
    if asset.asset_type != AssetType.PV:
        return
    if _outside_incentive(asset, background):
        message = say(
            _("In Italy, plants of more than %(most)s get no incentive for shared energy."),
            most=shown_value(_MOST_IN_ITALY, "kWp"),
        )
        yield notice("outside_incentive", message, "properties", "capacity_kwp")
    orientation = degrees(asset.properties.get("orientation"))
    if orientation is not None and not _USUAL_ORIENTATION[0] <= orientation <= _USUAL_ORIENTATION[1]:
        message = _("Panels seldom face north. Degrees count from north here: 90 is east, 180 is south.")
        yield notice("unusual_value", message, "properties", "orientation")
    tilt = _number(asset, "tilt")
    if tilt is not None and tilt > _MOST_TILT:
        message = say(
            _("Panels steeper than %(most)s are found on façades only."), most=shown_value(_MOST_TILT, "°")
        )
        yield notice("unusual_value", message, "properties", "tilt")


def _outside_incentive(asset: Asset, background: Background) -> bool:
    power = _number(asset, "capacity_kwp") or 0
    in_italy = background.countries.get(asset.community_id) == "IT"
    return asset.asset_type == AssetType.PV and in_italy and power > _MOST_IN_ITALY


def _storage(asset: Asset, background: Background) -> Iterator[Notice]:
    if asset.asset_type != AssetType.STORAGE:
        return
    capacity, power = _number(asset, "capacity_kwh"), _number(asset, "max_power_kw")
    if asset.owner_id in background.persons:
        for name, value in (("capacity_kwh", capacity), ("max_power_kw", power)):
            if value and value > _MOST_OF_A_PERSON:
                message = say(
                    _("%(value)s is unusual for a storage of a private person."),
                    value=_with_unit(asset, name, value),
                )
                yield notice("unusual_value", message, "properties", name)
    if capacity and power and not _USUAL_C_RATE[0] <= power / capacity <= _USUAL_C_RATE[1]:
        message = say(
            _("%(power)s is unusual for a storage of %(capacity)s."),
            power=_with_unit(asset, "max_power_kw", power),
            capacity=_with_unit(asset, "capacity_kwh", capacity),
        )
        yield notice("unusual_value", message, "properties", "max_power_kw")


def _plug(asset: Asset) -> Iterator[Notice]:
    power = _number(asset, "max_power_kw") or 0
    if asset.properties.get("connector_type") == "IEC_62196_T2" and power > _MOST_OF_TYPE_2:
        message = say(
            _("A plug of type 2 carries %(most)s at most; above, the plug is IEC_62196_T2_COMBO or CHADEMO."),
            most=shown_value(_MOST_OF_TYPE_2, "kW"),
        )
        yield notice("unusual_value", message, "properties", "max_power_kw")


def _delivery_point(asset: Asset, background: Background) -> Iterator[Notice]:
    pod = asset.properties.get("pod")
    codes = possible_codes(str(pod)) if pod else ()
    if pod and not any((asset.owner_id, code) in background.points for code in codes):
        message = say(_("The owner has no delivery point “%(pod)s”."), pod=shown(str(pod)))
        yield notice("unknown_delivery_point", message, "properties", "pod")


def _relationships(asset: Asset, background: Background) -> Iterator[Notice]:
    for path, key in _named_assets(asset):
        if (asset.community_id, key) not in background.assets:
            message = say(_("The community has no asset “%(key)s”."), key=shown(key))
            yield notice("unknown_asset", message, "relationships", *path)


def _named_assets(asset: Asset) -> Iterator[tuple[Path, str]]:
    """The keys in the relationships, each with its path there."""
    for index, key in enumerate(asset.relationships.get("measures", [])):
        yield ("measures", index), str(key)
    if asset.relationships.get("paired_with"):
        yield ("paired_with",), str(asset.relationships["paired_with"])


def _number(asset: Asset, name: str) -> float | None:
    """A property that is a number; what else may stand there is a fault, and named as such."""
    value = asset.properties.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _with_unit(asset: Asset, name: str, value: float) -> str:
    properties = schema(f"assets/properties/{asset.asset_type}").definition["properties"]
    return shown_value(value, properties[name].get("x-unit", ""))
