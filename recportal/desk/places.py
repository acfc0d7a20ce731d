"""What is where: the members and the installed capacity of each area, or of each community."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.documents.faults import Text

from .figures import Figures, Size, plain
from .links import listing
from .scopes import Scope, scope_within

#: More lines than this are looked up in the list.
_MOST: Final = 50
_MOST_COMMUNITIES: Final = 12
#: How the lists of members and assets ask for those without an area.
_NO_AREA: Final = "-"


@dataclass(frozen=True)
class Place:
    """An area or a community: peak power of its pv, capacity of its storage, power of what uses energy.

    None where there are such assets and nobody knows how large any of them is.
    """

    name: Text
    url: str
    members: int
    members_url: str
    assets: int
    assets_url: str
    kwp: float | None
    kwh: float | None
    kw: float | None


def areas_of(scope: Scope, community: Community, figures: Figures) -> list[Place]:
    """The areas of a community, also those that nobody is in, and what is in none."""
    members = figures.members_by(2)
    named = {key: str(area.get("name") or key) for key, area in community.areas.items()}
    named |= {key: key for key in {*members, *(area for _type, area in figures.assets)} - {*named, ""}}
    scope = scope if scope.named else scope_within(community.pk)
    lines: list[tuple[str, Text]] = [*sorted(named.items(), key=lambda each: each[1])[:_MOST]]
    lines.append(("", _("No area")))
    found = []
    for key, name in lines:
        sizes = figures.sizes_by_type(key)
        if key or members[key] or sizes:
            asked = key or _NO_AREA
            member_url, asset_url = (listing(model, scope, area=asked) for model in (Member, Asset))
            found.append(_place(name, member_url, members[key], member_url, sizes, asset_url))
    return found


def communities_of(scope: Scope, figures: Mapping[int, Figures]) -> list[Place]:
    """The largest communities by installed peak power, then by members."""
    sized = [(pk, each, each.sizes_by_type(), sum(each.members.values())) for pk, each in figures.items()]
    sized.sort(key=lambda each: (-each[2].get("pv", Size()).capacity, -each[3], each[0]))
    sized = sized[:_MOST_COMMUNITIES]
    names = dict(scope.communities.filter(pk__in=[each[0] for each in sized]).values_list("pk", "name"))
    found = []
    for pk, _figures, sizes, members in sized:
        if pk in names:
            url = reverse("admin:communities_community_dashboard", args=[pk])
            own = scope_within(pk)
            found.append(_place(names[pk], url, members, listing(Member, own), sizes, listing(Asset, own)))
    return found


def _place(
    name: Text, url: str, members: int, members_url: str, sizes: Mapping[str, Size], assets_url: str
) -> Place:
    def capacity(*types: str) -> float | None:
        found = [sizes[kind] for kind in types if kind in sizes]
        if found and all(size.without == size.count for size in found):
            return None
        return plain(sum(size.capacity for size in found))

    return Place(
        name=name,
        url=url,
        members=members,
        members_url=members_url,
        assets=sum(size.count for size in sizes.values()),
        assets_url=assets_url,
        kwp=capacity("pv"),
        kwh=capacity("storage"),
        kw=capacity("ev_charger", "heat_pump", "load"),
    )
