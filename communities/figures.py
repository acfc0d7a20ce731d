"""What there is in each area of a community."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from recportal.api.output import DocumentNumber

from .models import Community


@dataclass(frozen=True)
class AreaFigures:
    """How many members an area has, and the power of their panels (kWp) as far as it is recorded."""

    members: int = 0
    capacity_kwp: float = 0


def area_figures(community: Community) -> dict[str, AreaFigures]:
    """Area key → figures, in two queries; an area without members is missing."""
    members: Any = community.members.order_by().values_list("area").annotate(Count("pk"))
    panels: Any = community.assets.filter(asset_type="pv").order_by().values_list("owner__area")
    capacities = dict(panels.annotate(Sum(DocumentNumber("properties", "capacity_kwp"))))
    return {area: AreaFigures(count, round(capacities.get(area) or 0, 3)) for area, count in members if area}
