"""The rules of a member: each broken through save(), told with its code at its place, and mended."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from communities.models import Community
from members.models import Holding, Member, Role, Status, purge_member
from recportal.documents.faults import dotted, faults_of
from recportal.records.models import Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, pod

pytestmark = pytest.mark.django_db


def refusals(record: Record) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        record.save()
    return [(dotted(fault.path), fault.code) for fault in faults_of(caught.value)]


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("status", Status.values)
def test_every_role_and_status_is_fine(role: str, status: str) -> None:
    MemberFactory.create(role=role, status=status, area="north", user_id="kc-1")


def test_a_new_member_is_pending() -> None:
    member = Member(community=CommunityFactory.create(), name="Anna", role="consumer")
    member.save()
    assert (member.status, member.user_id, member.area, member.delivery_points) == ("pending", "", "", [])


@pytest.mark.parametrize(
    ("column", "value"),
    [("role", "owner"), ("role", "consumers"), ("status", "gone"), ("status", "\x00"), ("role", "x" * 5_000)],
)
def test_role_and_status_are_of_the_closed_lists(column: str, value: str) -> None:
    member = MemberFactory.create()
    setattr(member, column, value)
    assert refusals(member) == [(column, "invalid_choice")]


def test_keys_are_unique_in_the_community() -> None:
    member = MemberFactory.create(key="m-1")
    other = Member(community=member.community, key="m-1", name="x", role="consumer")
    assert refusals(other) == [("key", "key_taken")]
    other.community = CommunityFactory.create()
    other.save()
    other.key = "m-2"
    assert refusals(other) == [("key", "key_immutable")]
    other.key = ""
    assert refusals(other) == [("key", "key_immutable")]


def test_a_member_stays_in_its_community() -> None:
    member = MemberFactory.create(key="m-1")
    member.community = CommunityFactory.create()
    assert refusals(member) == [("community", "community_immutable")]


def test_a_member_has_a_community() -> None:
    assert refusals(Member(name="x", role="consumer")) == [("community", "required")]
    assert refusals(Member(community=None, name="x", role="consumer")) == [("community", "required")]
    assert refusals(Member(community=Community(name="new"), name="x", role="consumer")) == [
        ("community", "required")
    ]
    assert refusals(Member(community_id=4711, name="x", role="consumer")) == [
        ("community", "unknown_community")
    ]
    for member in (
        Member(name="x", role="consumer"),
        Member(community_id=4711, name="x", role="consumer", area="n"),
    ):
        with pytest.raises(ValidationError) as caught:
            member.full_clean()
        assert set(caught.value.error_dict) == {"community"}


@pytest.mark.parametrize("area", ["east", "North", "n", "\u00a0x", "x" * 128])
def test_an_area_is_one_of_the_community(area: str) -> None:
    member = MemberFactory.create()
    member.area = area
    assert refusals(member) == [("area", "unknown_area")]
    member.area = " north "
    member.save()
    assert member.area == "north"
    member.area = ""
    member.save()


def test_an_area_that_is_gone_does_not_stop_an_edit_that_leaves_it() -> None:
    member = MemberFactory.create(area="north")
    Community.objects.update(areas={})
    member.name = "New"
    member.save()
    member.area = "south"
    assert refusals(member) == [("area", "unknown_area")]


def test_an_area_is_looked_up_in_the_community_as_it_is_now() -> None:
    """The object that the caller has may be old: the community is read under the lock."""
    member = MemberFactory.create()
    Community.objects.update(areas={})
    member.area = "north"
    assert refusals(member) == [("area", "unknown_area")]


def test_a_user_id_belongs_to_one_member_of_a_community() -> None:
    member = MemberFactory.create(user_id="anna")
    other = MemberFactory.create(community=member.community)
    other.user_id = " anna "
    assert refusals(other) == [("user_id", "user_id_taken")]
    other.user_id = "Anna"
    other.save()
    MemberFactory.create(user_id="anna")
    MemberFactory.create_batch(2, community=member.community, user_id="")


@pytest.mark.parametrize("user_id", ["auth0|4711", "f:uuid:a/b", "è" * 256, "a b", "kc%20"])
def test_a_user_id_may_look_like_anything(user_id: str) -> None:
    assert MemberFactory.create(user_id=user_id).user_id == user_id


@pytest.mark.parametrize(
    ("point", "place", "code"),
    [
        ({"type": "pod"}, "id", "required"),
        ({"id": "A"}, "type", "required"),
        ({"id": " ", "type": "pod"}, "id", "invalid"),
        ({"id": "x" * 129, "type": "pod"}, "id", "invalid"),
        ({"id": "a\nb", "type": "pod"}, "id", "invalid"),
        ({"id": 5, "type": "pod"}, "id", "wrong_type"),
        ({"id": "A", "type": "pod", "active": "yes"}, "active", "wrong_type"),
    ],
)
def test_a_delivery_point_has_an_id_and_a_type(point: Any, place: str, code: str) -> None:
    member = MemberFactory.create()
    member.delivery_points = [pod(1), point]
    assert refusals(member) == [(f"delivery_points[1].{place}", code)]


def test_ids_of_delivery_points_are_unique_in_the_list() -> None:
    member = MemberFactory.create(status="pending")
    member.delivery_points = [pod(1), {**pod(1), "id": f" {pod(1)['id']} "}]
    assert refusals(member) == [("delivery_points[1].id", "duplicate")]


def test_a_member_with_assets_is_only_purged() -> None:
    asset = AssetFactory.create(sensor_id="S1")
    AssetFactory.create(owner=asset.owner)
    with pytest.raises(ValidationError) as caught:
        asset.owner.delete()
    assert [fault.code for fault in faults_of(caught.value)] == ["member_has_assets"]
    owner = Member.objects.get()
    purge_member(owner)
    assert not Member.objects.exists()
    assert not Holding.objects.exists()
    assert [row.history_type for row in Member.history.order_by("history_id")] == ["+", "-"]
    MemberFactory.create(community=asset.community, key=asset.owner.key)


def test_a_purge_is_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asset = AssetFactory.create()

    def refuse(_member: Member) -> Any:
        raise RuntimeError

    monkeypatch.setattr(Member, "deletion_rules", refuse)
    with pytest.raises(RuntimeError):
        purge_member(asset.owner)
    assert Member.objects.get().assets.count() == 1
