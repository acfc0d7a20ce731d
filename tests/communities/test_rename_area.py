"""Renaming an area moves its members: all of it or nothing, with versions and history."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.areas import rename_area
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.documents.faults import dotted, faults_of
from recportal.records.changes import change
from tests.factories import CommunityFactory, MemberFactory, pod

pytestmark = pytest.mark.django_db

GRID = [{"id": "A", "type": "feeder"}]
AREAS = {
    "north": {"name": "North", "topology": ["A"], "ours": [1, None]},
    "south": {"name": "South"},
}


@pytest.fixture
def community(db: None) -> Community:
    return CommunityFactory.create(areas=AREAS, topology=GRID)


def refusal(community: Community, old: str, new: str) -> tuple[str, str]:
    stored = everything()
    with pytest.raises(ValidationError) as caught:
        rename_area(community, old, new)
    assert everything() == stored
    (fault,) = faults_of(caught.value)
    return fault.code, dotted(fault.path)


def everything() -> list[Any]:
    tables: list[Any] = [Community.objects, Member.objects, Community.history, Member.history]
    return [list(table.order_by("pk").values()) for table in tables]


def test_it_works(community: Community, manager_a: User) -> None:
    inside = MemberFactory.create_batch(2, community=community, area="north", delivery_points=[])
    others = [
        MemberFactory.create(community=community, area="south"),
        MemberFactory.create(community=community),
        MemberFactory.create(community=CommunityFactory.create(), area="north"),
    ]
    with change(manager_a, "admin", "A better name"):
        assert rename_area(community, "north", "nord.1") == 2
    assert community.areas == {"nord.1": AREAS["north"], "south": AREAS["south"]}
    assert (community.version, Community.objects.get(pk=community.pk).areas) == (2, community.areas)
    for member in inside:
        moved = Member.objects.get(pk=member.pk)
        assert (moved.area, moved.version, moved.search_text) == ("nord.1", 2, member.search_text)
        assert moved.updated_at > member.updated_at
        row = moved.history.first()
        assert (row.area, row.version, row.history_type) == ("nord.1", 2, "~")
        assert (row.history_user, row.history_door, row.history_change_reason) == (
            manager_a, "admin", "A better name",
        )  # fmt: skip
    for member in others:
        assert (Member.objects.get(pk=member.pk).area, Member.objects.get(pk=member.pk).version) == (
            member.area,
            1,
        )


def test_the_order_of_the_other_areas_does_not_matter_and_all_stay() -> None:
    areas = {key: {"name": key} for key in ("c", "a", "b")}
    community = CommunityFactory.create(areas=areas)
    assert rename_area(community, "a", "z") == 0
    assert community.areas == {"c": {"name": "c"}, "z": {"name": "a"}, "b": {"name": "b"}}


def test_a_member_can_be_edited_with_what_was_seen_afterwards(community: Community) -> None:
    member = MemberFactory.create(community=community, area="north", delivery_points=[pod(1)])
    rename_area(community, "north", "nord")
    with pytest.raises(ValidationError):
        member.save(seen=1)
    member.refresh_from_db()
    member.name = "New"
    member.save(seen=2)
    assert member.holdings.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("east", "nord", ("unknown_area", "areas.east")),
        ("", "nord", ("unknown_area", 'areas[""]')),
        ("\x00", "nord", ("unknown_area", 'areas["\\x00"]')),
        ("north", "south", ("key_taken", "areas.south")),
        ("north", "", ("invalid", 'areas[""]')),
        ("north", "-nord", ("invalid", "areas.-nord")),
        ("north", "nord ", ("invalid", 'areas["nord "]')),
        ("north", "a\nb", ("invalid", "areas.a\ufffdb")),
        ("north", "\ud800", ("invalid", "areas.\ufffd")),
        ("north", "n" * 129, ("invalid", 'areas["' + "n" * 80 + '…"]')),
    ],
)
def test_it_refuses(community: Community, old: str, new: str, expected: tuple[str, str]) -> None:
    MemberFactory.create(community=community, area="north")
    assert refusal(community, old, new) == expected


def test_a_community_that_is_gone_has_no_areas(community: Community) -> None:
    Community.objects.get().delete()
    assert refusal(community, "north", "nord") == ("unknown_community", "community")


def test_a_name_as_it_was_changes_nothing(community: Community) -> None:
    MemberFactory.create(community=community, area="north")
    before = everything()
    assert rename_area(community, "north", "north") == 0
    assert everything() == before


def test_the_community_is_locked_first_and_queries_do_not_grow(community: Community) -> None:
    def queries(members: int) -> int:
        MemberFactory.create_batch(members, community=community, area="north")
        with CaptureQueriesContext(connection) as captured:
            assert rename_area(community, "north", "x") >= members
        asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        if connection.vendor == "postgresql":
            assert asked[0].endswith("FOR NO KEY UPDATE")
        rename_area(community, "x", "north")
        return len(asked)

    assert queries(1) == queries(20)
