"""What a member's assets add up to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from recportal.documents.units import with_unit

from .words import ASSET_TYPES

#: The size that is added up, by type: the property, and its unit.
_SIZES: Final = {
    "pv": ("capacity_kwp", "kWp"),
    "storage": ("capacity_kwh", "kWh"),
    "ev_charger": ("max_power_kw", "kW"),
    "heat_pump": ("thermal_power_kw", "kW"),
    "load": ("rated_power_kw", "kW"),
}


@dataclass(frozen=True)
class Total:
    """One type of asset: how many there are, their size in all (empty: none recorded), how many say none."""

    asset_type: str
    label: Any
    count: int
    size: str
    without_size: int


def totals(assets: Iterable[tuple[str, dict[str, Any]]]) -> list[Total]:
    """The totals of pairs (type, properties), in the order of the types."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for asset_type, properties in assets:
        by_type.setdefault(asset_type, []).append(properties)
    return [_total(each, by_type[each]) for each in ASSET_TYPES if each in by_type]


def _total(asset_type: str, found: list[dict[str, Any]]) -> Total:
    name, unit = _SIZES.get(asset_type, ("", ""))
    sizes: list[float] = [each[name] for each in found if _is_number(each.get(name))]
    size = with_unit(round(sum(sizes), 3), unit) if sizes else ""
    label = ASSET_TYPES[asset_type][0]
    return Total(asset_type, label, len(found), size, len(found) - len(sizes) if name else 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
