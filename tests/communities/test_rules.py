"""The rules of a community: each broken through save(), told with its code at its place, and mended."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from communities.models import Community, StaffRole
from communities.topology import parents
from recportal.documents.faults import dotted, faults_of
from recportal.records.models import Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def refusals(record: Record) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        record.save()
    return [(dotted(fault.path), fault.code) for fault in faults_of(caught.value)]


def deletion_refusals(record: Record) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        record.delete()
    return [fault.code for fault in faults_of(caught.value)]


def node(name: str, *children: str) -> dict[str, Any]:
    return {"id": name, "type": "feeder", "children": list(children)}


GOOD = [node("A", "B", "C"), node("B", "D"), node("C"), {"id": "D", "type": "line"}]


def test_a_community_with_everything_is_fine() -> None:
    CommunityFactory.create(
        description="Two\nlines",
        topology=GOOD,
        areas={"n": {"name": "N", "topology": ["B", "D"]}},
        legal={"name": "Sole", "vat": "IT00000000000"},
        links={"website": "https://example.org"},
        contact={"email": "a@example.org"},
        settings={"timezone": "Europe/Rome", "currency": "EUR", "country": "IT"},
        extra={"operators": {"dso": {"name": "Grid"}}, "ours": 1},
    )


def test_keys_are_unique() -> None:
    community = CommunityFactory.create()
    other = Community(key=community.key, name="Other")
    assert refusals(other) == [("key", "key_taken")]
    other.key = "another"
    other.save()
    other.key = community.key
    assert refusals(other) == [("key", "key_immutable")]
    other.key = "another"
    other.save()


def test_a_name_is_required() -> None:
    assert refusals(Community(key="x", name=" ")) == [("name", "required")]


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        ([node("A", "X")], [("topology[0].children[0]", "unknown_node")]),
        (
            [node("A", "X", "Y")],
            [("topology[0].children[0]", "unknown_node"), ("topology[0].children[1]", "unknown_node")],
        ),
        ([node("A", "C"), node("B", "C"), node("C")], [("topology[1].children[0]", "topology_invalid")]),
        ([node("A", "B", "B"), node("B")], [("topology[0].children[1]", "topology_invalid")]),
        ([node("A", "A")], [("topology[0].children", "topology_invalid")]),
        ([node("A", "B"), node("B", "A")], [("topology[1].children", "topology_invalid")]),
        # Below a circle hangs a node that is not part of it.
        ([node("C"), node("A", "B"), node("B", "A", "C")], [("topology[2].children", "topology_invalid")]),
        (
            [node("A", "B"), node("B", "A"), node("C", "D"), node("D", "C")],
            [("topology[1].children", "topology_invalid"), ("topology[3].children", "topology_invalid")],
        ),
        ([node("A"), node("A")], [("topology[1].id", "duplicate")]),
        ([node("A"), node(" A ")], [("topology[1].id", "duplicate")]),
        ([node("")], [("topology[0].id", "invalid")]),
        ([node("x" * 129)], [("topology[0].id", "invalid")]),
        ([node("a\x07")], [("topology[0].id", "invalid")]),
    ],
)
def test_the_grid_is_a_forest_of_known_nodes(topology: Any, expected: list[tuple[str, str]]) -> None:
    community = CommunityFactory.create(topology=GOOD)
    community.topology = topology
    assert refusals(community) == expected
    community.topology = GOOD[:2] + GOOD[2:]
    community.save()


def test_a_deep_grid_is_judged_without_recursion() -> None:
    chain = [node(f"n{step}", f"n{step + 1}") for step in range(5_000)]
    community = CommunityFactory.create(topology=[*chain, node("n5000")])
    assert len(parents(community.topology)) == 5_000
    community.topology = [*chain, node("n5000", "n0")]
    ((place, code),) = refusals(community)
    assert (code, place.endswith("children")) == ("topology_invalid", True)


def test_ids_of_nodes_are_compared_as_they_are_stored() -> None:
    community = CommunityFactory.create(topology=[node(" A", "B "), node("B")])
    assert community.topology == [node("A", "B"), node("B")]


def test_areas_name_nodes_that_exist() -> None:
    community = CommunityFactory.create(topology=GOOD)
    community.areas = {"n": {"name": "N", "topology": ["A", "X", "B", "Y"]}}
    assert refusals(community) == [
        ("areas.n.topology[1]", "unknown_node"),
        ("areas.n.topology[3]", "unknown_node"),
    ]
    community.areas = {"n": {"name": "N", "topology": ["A", "B"]}}
    community.save()
    community.topology = GOOD[1:]
    assert refusals(community) == [("areas.n.topology[0]", "unknown_node")]


def test_a_grid_that_was_stored_with_faults_can_be_edited_elsewhere() -> None:
    CommunityFactory.create()
    Community.objects.update(topology=[node("A", "X")])
    community = Community.objects.get()
    community.name = "New"
    community.save()
    community.topology = [node("B"), node("A", "X")]
    community.save()
    community.topology = [node("B", "Y"), node("A", "X")]
    assert refusals(community) == [("topology[0].children[0]", "unknown_node")]


def test_an_area_that_members_refer_to_is_not_removed() -> None:
    community = CommunityFactory.create(areas={"n": {"name": "N"}, "s": {"name": "S"}, "e": {"name": "E"}})
    MemberFactory.create(community=community, area="n")
    member = MemberFactory.create(community=community, area="s", status="inactive")
    MemberFactory.create(community=CommunityFactory.create(areas={"e": {"name": "E"}}), area="e")
    community.areas = {"x": {"name": "X"}}
    assert refusals(community) == [("areas.n", "area_in_use"), ("areas.s", "area_in_use")]
    community.areas = {"n": {"name": "Renamed"}}
    assert refusals(community) == [("areas.s", "area_in_use")]
    member.area = ""
    member.save()
    community.save()
    assert community.areas == {"n": {"name": "Renamed"}}


@pytest.mark.parametrize("key", ["", "-n", "n ", "a b", "n\n", "n" * 129, "è"])
def test_keys_of_areas_and_operators_are_plain(key: str) -> None:
    community = CommunityFactory.create()
    community.areas, community.extra = {key: {"name": "N"}}, {"operators": {key: {"name": "O"}}}
    assert [code for _place, code in refusals(community)] == ["invalid", "invalid"]


def test_only_an_empty_community_is_deleted() -> None:
    asset = AssetFactory.create()
    community = asset.community
    assert deletion_refusals(community) == ["community_not_empty"]
    asset.delete()
    assert deletion_refusals(community) == ["community_not_empty"]
    asset.owner.delete()
    StaffRole.objects.create(user=UserFactory.create(), community=community, level="viewer")
    community.delete()
    assert not Community.objects.exists()
    assert not StaffRole.objects.exists()


@pytest.mark.parametrize("name", ["Europe/Rome", "Pacific/Kiritimati", "UTC"])
def test_today_is_that_of_the_communitys_own_time_zone(name: str) -> None:
    community = Community(settings={"timezone": name})
    assert community.timezone.key == name
    assert abs(community.today() - timezone.now().date()) <= timedelta(days=1)


@pytest.mark.parametrize(
    "stored", ["Europe/Atlantis", "", "../../etc/passwd", "\x00", 5, None, [], {}, "UTC\n"]
)
def test_a_time_zone_that_nobody_knows_is_the_servers(stored: Any) -> None:
    community = Community(settings={"timezone": stored})
    assert community.timezone.key == "UTC"
    assert community.today() == timezone.now().date()


def test_a_record_names_itself() -> None:
    assert str(CommunityFactory.create(key="sole", name="Sole")) == "Sole (sole)"
    assert str(CommunityFactory.create(key="same", name="same")) == "same"
