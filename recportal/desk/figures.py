"""What the members and assets of communities add up to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from django.db.models import Case, Count, F, Sum, Value, When

from assets.capacity import CAPACITY
from recportal.api.output import DocumentNumber
from recportal.documents.schemas import schema

from .scopes import Scope


@cache
def unit_of(asset_type: str) -> str:
    """The unit in which the size of an asset is given; a meter has none."""
    name = CAPACITY.get(asset_type)
    if name is None:
        return ""
    return str(schema(f"assets/properties/{asset_type}").definition["properties"][name].get("x-unit", ""))


@dataclass
class Size:
    """Some assets: how many, their capacity in the unit of their type, and how many say none."""

    count: int = 0
    capacity: float = 0
    without: int = 0

    def __iadd__(self, other: "Size") -> "Size":
        self.count += other.count
        self.capacity = round(self.capacity + other.capacity, 3)
        self.without += other.without
        return self


@dataclass
class Figures:
    """One community, or several added up. Areas are keys, empty for none."""

    #: (status, role, area) → members
    members: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    #: (type, area of the owner) → assets
    assets: dict[tuple[str, str], Size] = field(default_factory=dict)

    def add(self, other: "Figures") -> None:
        self.members.update(other.members)
        for place, size in other.assets.items():
            self.assets.setdefault(place, Size()).__iadd__(size)

    def members_by(self, position: int) -> Counter[str]:
        """The members by status (0), role (1) or area (2)."""
        found: Counter[str] = Counter()
        for place, count in self.members.items():
            found[place[position]] += count
        return found

    def sizes_by_type(self, area: str | None = None) -> dict[str, Size]:
        """The assets by type; of one ``area``, or of all."""
        found: dict[str, Size] = {}
        for (asset_type, place), size in self.assets.items():
            if area is None or place == area:
                found.setdefault(asset_type, Size()).__iadd__(size)
        return found


def plain(number: float) -> float:
    """The number as people write it: 10, not 10.0; sums of fractions without their dust."""
    number = round(number, 3)
    return int(number) if number == int(number) else number


def total(figures: Iterable[Figures]) -> Figures:
    found = Figures()
    for each in figures:
        found.add(each)
    return found


def count_live(scope: Scope, *, by_area: bool) -> dict[int, Figures]:
    """The members and assets of each community that has any, by two queries.

    Without ``by_area`` all are as in none, which saves joining each asset with its owner.
    """
    found: dict[int, Figures] = {}
    area = {"place": F("area") if by_area else Value("")}
    members = scope.members.values("community_id", "status", "role", **area)
    for row in members.annotate(number=Count("pk")).order_by():
        figures = found.setdefault(row["community_id"], Figures())
        figures.members[row["status"], row["role"], row["place"]] = row["number"]
    owners = {"place": F("owner__area") if by_area else Value("")}
    sized = scope.assets.alias(size=_size()).values("community_id", "asset_type", **owners)
    sized = sized.annotate(number=Count("pk"), capacity=Sum("size"), given=Count("size"))
    for row in sized.order_by():
        figures = found.setdefault(row["community_id"], Figures())
        without = row["number"] - row["given"] if row["asset_type"] in CAPACITY else 0
        size = Size(row["number"], round(row["capacity"] or 0, 3), without)
        figures.assets[row["asset_type"], row["place"]] = size
    return found


def _size() -> Case:
    """The capacity of an asset, by its type; NULL where no number stands there."""
    return Case(
        *(When(asset_type=kind, then=DocumentNumber("properties", name)) for kind, name in CAPACITY.items())
    )
