"""What the communities of the five callers hold, for the pages of the admin.

Everything of community B has "beta" in its name, so that a page can be searched for it.
"""

from dataclasses import dataclass

import pytest

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level


@dataclass
class Register:
    """Communities A and B, each with a member, a pv and a meter."""

    a: Community
    b: Community
    anna: Member
    beta: Member
    pv: Asset
    meter: Asset
    beta_pv: Asset
    beta_meter: Asset


def _furnish(community: Community) -> None:
    key = community.key
    community.areas = {"north": {"name": "North", "topology": [f"{key}-1"]}, "south": {"name": "South"}}
    community.topology = [
        {"id": f"{key}-1", "type": "feeder", "children": [f"{key}-2"]},
        {"id": f"{key}-2", "type": "line"},
    ]
    community.legal = {"name": f"{community.name} S.c."}
    community.save()


def _member(community: Community, key: str, name: str, point: str) -> Member:
    return Member.objects.create(
        community=community,
        key=key,
        name=name,
        role="prosumer",
        status="active",
        area="north",
        user_id=f"{key}-user",
        delivery_points=[{"id": point, "type": "pod", "tariff": "home"}],
        extra={"email": f"{key}@example.org"},
    )


def _asset(owner: Member, key: str, kind: str, sensor: str | None = None) -> Asset:
    properties = {"capacity_kwp": 4.5, "tilt": 30} if kind == "pv" else {}
    return Asset.objects.create(
        owner=owner,
        key=key,
        name=f"{key} of {owner.key}",
        asset_type=kind,
        sensor_id=sensor,
        properties=properties,
    )


@pytest.fixture
def register(community_a: Community, community_b: Community) -> Register:
    a, b = community_a, community_b
    _furnish(a)
    _furnish(b)
    anna = _member(a, "m-1", "Anna", "IT 001 E 00000001")
    beta = _member(b, "beta-m-1", "Beta Berta", "IT001E00000099")
    return Register(
        a,
        b,
        anna,
        beta,
        _asset(anna, "pv-1", "pv"),
        _asset(anna, "meter-1", "meter", "sensor-1"),
        _asset(beta, "beta-pv-1", "pv"),
        _asset(beta, "beta-meter-1", "meter", "beta-sensor-1"),
    )


def user_with(level: Level | None, community: Community | None, name: str) -> User:
    user = User.objects.create_user(name, password="a password of the tests")
    if level:
        StaffRole.objects.create(user=user, community=community, level=level)
    return user


@pytest.fixture
def editor_a(register: Register) -> User:
    return user_with(Level.EDITOR, register.a, "editor_a")


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("root", password="a password of the tests")
