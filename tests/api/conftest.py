"""Two communities behind a running server, and the five callers with their tokens."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pytest_django.live_server_helper import LiveServer

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.factories import AssetFactory, MemberFactory, UserFactory

from .calling import Caller, token_of


@dataclass
class Register:
    """Communities A and B; in A the member of ``member_a`` with a pv and a meter, in B one with a meter."""

    a: Community
    b: Community
    anna: Member
    berta: Member
    pv: Asset
    meter: Asset
    meter_b: Asset


@dataclass
class Callers:
    """The five of every test, and two more."""

    manager_a: Caller
    viewer_a: Caller
    manager_b: Caller
    member_a: Caller
    stranger: Caller
    editor_a: Caller
    superuser: Caller
    nobody: Caller


@pytest.fixture
def call(live_server: LiveServer) -> Callable[..., Caller]:
    def caller(
        user: User | None = None, community: Community | None = None, read_only: bool = False
    ) -> Caller:
        secret = token_of(user, community, read_only=read_only) if user else None
        return Caller(live_server.url, secret)

    return caller


@pytest.fixture
def callers(
    call: Callable[..., Caller],
    community_a: Community,
    manager_a: User,
    viewer_a: User,
    manager_b: User,
    member_a: User,
    stranger: User,
) -> Callers:
    editor_a = UserFactory.create(username="editor_a")
    StaffRole.objects.create(user=editor_a, community=community_a, level=Level.EDITOR)
    superuser = UserFactory.create(username="root", is_superuser=True)
    users = (manager_a, viewer_a, manager_b, member_a, stranger, editor_a, superuser, None)
    return Callers(*(call(user) for user in users))


@pytest.fixture
def register(community_a: Community, community_b: Community, member_a: User) -> Register:
    for community in (community_a, community_b):
        community.topology = [
            {"id": "feeder/1", "type": "feeder", "children": ["line 1"]},
            {"id": "line 1", "type": "line"},
        ]
        community.legal = {"name": f"{community.name} S.c.", "vat": "IT00000000000"}
        community.save()
    anna = member_a.memberships.get()
    anna.delivery_points = [{"id": "IT 999 E 00000001", "type": "pod", "tariff": "home"}]
    anna.extra = {"type": "schema:Person", "did": "did:web:anna.example"}
    anna.area = "north"
    anna.save()
    berta = MemberFactory.create(
        community=community_b,
        key="berta",
        name="Berta Secret",
        user_id="berta-user",
        delivery_points=[{"id": "IT999E00000099", "type": "pod"}],
        extra={"did": "did:web:berta.example"},
    )
    properties = {"capacity_kwp": 4.5, "tilt": 30, "installation_date": "2024-05-01"}
    pv = AssetFactory.create(owner=anna, key="pv-1", name="Roof", properties=properties)
    meter = AssetFactory.create(
        owner=anna, key="meter-1", name="Cellar", asset_type="meter", sensor_id="sensor-1",
        properties={"meter_type": "smart", "pod": "IT 999 E 00000001"},
    )  # fmt: skip
    meter_b = AssetFactory.create(
        owner=berta, key="meter-b", name="Secret meter", asset_type="meter", sensor_id="sensor-b"
    )
    return Register(community_a, community_b, anna, berta, pv, meter, meter_b)
