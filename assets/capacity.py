"""How large an asset is."""

from typing import Final

from recportal.documents.display import shown_value
from recportal.documents.schemas import schema

from .models import Asset

#: The property that says how large an asset is, by type. A meter has no size.
CAPACITY: Final = {
    "pv": "capacity_kwp",
    "storage": "capacity_kwh",
    "ev_charger": "max_power_kw",
    "heat_pump": "thermal_power_kw",
    "load": "rated_power_kw",
}


def shown_capacity(asset: Asset) -> str:
    """The capacity with its unit, in the reader's format; empty where there is none."""
    name = CAPACITY.get(asset.asset_type, "")
    value = asset.properties.get(name)
    if value is None:
        return ""
    properties = schema(f"assets/properties/{asset.asset_type}").definition["properties"]
    return shown_value(value, properties[name].get("x-unit", ""))
