"""A proposed key goes on with the series that most siblings use, and is like no other key."""

import pytest

from communities.models import Community
from members.models import Member
from tests.factories import AssetFactory, CommunityFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("stored", "proposed"),
    [
        (["m-001", "m-002", "rossi"], "m-003"),
        (["m-001", "m-002", "rossi-7"], "m-003"),
        (["socio-7", "m-001", "m-002", "socio-8", "socio-9"], "socio-10"),
        (["m-1", "m-2", "x-001"], "m-3"),
        (["m-002", "m-001"], "m-003"),
        (["m-001", "m-0002", "m-003"], "m-004"),
        (["rossi"], "m-0001"),
        (["rossi", "M-1"], "M-2"),
        (["x-1", "x-2", "X-003"], "x-4"),
        (["x-1", "x-2", "X-4", "x-03"], "x-5"),
        (["anna", "M-0001x"], "m-0001"),
    ],
)
def test_members(stored: list[str], proposed: str) -> None:
    community = CommunityFactory.create()
    for key in stored:
        MemberFactory.create(community=community, key=key)
    member = MemberFactory.create(community=community, key="")
    assert member.key == proposed
    keys = [key.lower() for key in community.members.values_list("key", flat=True)]
    assert len(set(keys)) == len(keys)


def test_a_first_key_is_not_like_one_of_another_type() -> None:
    owner = MemberFactory.create()
    AssetFactory.create(owner=owner, key="PV-1", asset_type="meter")
    assert AssetFactory.create(owner=owner, key="", asset_type="pv").key == "pv-0002"
    assert AssetFactory.create(owner=owner, key="", asset_type="Fotovoltaico").key == "pv-0003"


def test_communities() -> None:
    CommunityFactory.create(key="Sole")
    assert Community(name="Sole").propose_key() == "sole-2"


def test_the_proposal_reads_a_bounded_number_of_keys(django_assert_max_num_queries: object) -> None:
    community = CommunityFactory.create()
    for number in range(3):
        MemberFactory.create(community=community, key=f"m-{number:03}")
    with django_assert_max_num_queries(2):  # type: ignore[operator]  # a fixture without types
        assert Member(community=community).propose_key() == "m-003"
