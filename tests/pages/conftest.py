"""What the pages are tried with: a member of A with devices, and one of B, whose every word says beta."""

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User


@dataclass
class Lot:
    """The own member of A with its devices, a neighbour in A, and a member of B."""

    own: Member
    pv: Asset
    meter: Asset
    neighbour: Member
    neighbours_pv: Asset
    beta: Member
    beta_pv: Asset


def area(west: float) -> dict[str, object]:
    ring = [[west, 46], [west + 0.1, 46], [west + 0.1, 46.1], [west, 46]]
    return {"type": "Polygon", "coordinates": [ring]}


def furnish(community: Community) -> None:
    name = community.name
    community.areas = {
        "north": {"name": f"{name} north", "geometry": area(11), "location": {"lat": 46.05, "lon": 11.05}},
        "south": {"name": f"{name} south", "geometry": area(11.2)},
    }
    community.contact = {"phone": "+39 0000 1", "email": f"info@{community.key}.example.org"}
    community.legal = {"name": f"{name} S.c.", "vat": "IT00000000000"}
    community.links = {"website": f"https://{community.key}.example.org/"}
    community.settings = {"timezone": "Europe/Rome"}
    community.save()


def grown(member: Member, point: str) -> None:
    member.area = "north"
    member.role, member.status = "prosumer", "active"
    member.delivery_points = [{"id": point, "type": "pod", "tariff": "home"}]
    member.extra = {"email": f"{member.key}@example.org", "phone": "+39 0000 2", "type": "schema:Person"}
    member.save()


def asset(owner: Member, key: str, kind: str, **values: object) -> Asset:
    return Asset.objects.create(owner=owner, key=key, name=f"{key} name", asset_type=kind, **values)


@pytest.fixture
def lot(community_a: Community, community_b: Community, member_a: User) -> Lot:
    furnish(community_a)
    furnish(community_b)
    own = member_a.memberships.get()
    grown(own, "IT001E00000001")
    neighbour = Member.objects.create(
        community=community_a, key="nearby", name="Neighbour Nora", role="consumer"
    )
    beta = Member.objects.create(community=community_b, key="beta-m", name="Beta Berta", role="consumer")
    grown(neighbour, "IT001E00000002")
    grown(beta, "IT001E00000003")
    sun = {"capacity_kwp": 4.5, "orientation": 175}
    return Lot(
        own,
        asset(own, "pv-1", "pv", properties=sun, relationships={"paired_with": "pv-nearby"}),
        asset(own, "meter-1", "meter", sensor_id="s-1", relationships={"measures": ["pv-1"]}),
        neighbour,
        asset(neighbour, "pv-nearby", "pv", properties=sun),
        beta,
        asset(beta, "beta-pv", "pv", properties=sun),
    )


@pytest.fixture(autouse=True)
def fresh_cache(db: None) -> None:
    """No test pays for the attempts of another."""
    cache.clear()


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


BASE = "/my/alpha/own/"
