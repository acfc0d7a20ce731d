"""The history: who, when, through which door, why, and which places changed."""

from typing import Any, Literal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils import timezone

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.documents.paths import ABSENT
from recportal.records.changes import LONGEST_REASON, change, current_change
from recportal.records.history import (
    deletions_recorded,
    differences_of,
    entries,
    record_in_bulk,
    tracked_values,
)
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, UserFactory, pod

pytestmark = pytest.mark.django_db


def told(record: Any) -> list[dict[str, tuple[Any, Any]]]:
    """The changes of a record, newest first."""
    return [
        {each.place: (each.before, each.after) for each in entry.differences}
        for entry in entries(record.history.order_by("-history_id"))
    ]


def test_every_write_says_who_through_which_door_and_why(manager_a: User) -> None:
    with change(manager_a, "admin", "New contract"):
        member = MemberFactory.create()
        with change(None, "import", "members.yaml"):
            member.name = "Imported"
            member.save()
        member.delete()
    rows = Member.history.order_by("history_id")
    assert [
        (row.history_type, row.history_user, row.history_door, row.history_change_reason) for row in rows
    ] == [
        ("+", manager_a, "admin", "New contract"),
        ("~", None, "import", "members.yaml"),
        ("-", manager_a, "admin", "New contract"),
    ]
    assert [(row.version, row.name) for row in rows][1:] == [(2, "Imported"), (2, "Imported")]
    assert all(abs((timezone.now() - row.history_date).total_seconds()) < 60 for row in rows)


def test_outside_of_a_change_it_is_the_shell() -> None:
    row = MemberFactory.create().history.get()
    assert (row.history_user, row.history_door, row.history_change_reason) == (None, "shell", "")
    assert current_change().door == "shell"


def test_a_change_ends_also_by_an_error() -> None:
    with pytest.raises(ValidationError), change(None, "admin", "x"):
        Community(name="").save()
    assert current_change().door == "shell"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x" * 600, "x" * (LONGEST_REASON - 1) + "…"),
        ("bad\x00name\udcff.yaml", "bad\ufffdname\ufffd.yaml"),
        ("two\nlines", "two\ufffdlines"),
        ("perché è così", "perché è così"),
    ],
)
def test_any_reason_can_be_stored(given: str, kept: str) -> None:
    with change(None, "import", given):
        assert MemberFactory.create().history.get().history_change_reason == kept


def test_the_places_inside_documents_are_told() -> None:
    asset = AssetFactory.create(properties={"tilt": 30, "capacity_kwp": 5}, device={"model": "A"})
    asset.properties = {"tilt": 35, "pod": "X", "capacity_kwp": 5.0}
    asset.device = {}
    asset.sensor_id = "S1"
    asset.save()
    asset.delete()
    gone, changed, made = entries(Asset.history.order_by("-history_id"))
    assert {each.place: (each.before, each.after) for each in changed.differences} == {
        "properties.tilt": (30, 35),
        "properties.pod": (ABSENT, "X"),
        "device.model": ("A", ABSENT),
        "sensor_id": (None, "S1"),
    }
    assert (made.made, made.gone, made.differences) == (True, False, [])
    assert (gone.made, gone.gone, gone.differences) == (False, True, [])


def test_bookkeeping_is_no_change_but_relations_are(community_a: Community) -> None:
    owner, other = MemberFactory.create_batch(2, community=community_a)
    asset = AssetFactory.create(owner=owner)
    asset.owner = other
    asset.save()
    assert told(asset)[0] == {"owner_id": (owner.pk, other.pk)}
    assert set(tracked_values(asset)) == {
        "key", "community_id", "owner_id", "asset_type", "name", "sensor_id",
        "properties", "device", "relationships", "extra",
    }  # fmt: skip
    row = asset.history.first()
    assert tracked_values(row) == tracked_values(asset)


def test_what_a_write_will_change_is_known_before() -> None:
    member = MemberFactory.create()
    assert member.changes() == []
    member.delivery_points, member.area = [pod(1)], "north"
    assert {each.place: (each.before, each.after) for each in member.changes()} == {
        "delivery_points[0]": (ABSENT, pod(1)),
        "area": ("", "north"),
    }
    new = Member(community=member.community, key="new", name="New", role="consumer")
    assert {each.place for each in differences_of(None, new)} == {
        "community_id",
        "key",
        "name",
        "role",
        "status",
    }


def test_a_refused_write_leaves_no_history() -> None:
    member = MemberFactory.create(delivery_points=[pod(1)])
    other = Member(
        community=member.community, name="x", role="consumer", status="active", delivery_points=[pod(1)]
    )
    with pytest.raises(ValidationError):
        other.save()
    assert Member.history.count() == 1


def test_the_history_of_what_is_gone_stays() -> None:
    asset = AssetFactory.create(properties={"tilt": 30})
    pk, user = asset.pk, UserFactory.create()
    with change(user, "admin"):
        asset.delete()
    user.delete()
    row = Asset.history.filter(id=pk).latest()
    assert (row.history_type, row.properties, row.history_user) == ("-", {"tilt": 30}, None)


@pytest.mark.parametrize("what", ["+", "~", "-"])
def test_bulk_writes_are_in_the_history_with_the_same_circumstances(
    manager_a: User, what: Literal["+", "~", "-"]
) -> None:
    community = CommunityFactory.create(topology=[{"id": "A", "type": "line"}])
    members = MemberFactory.create_batch(3, community=community, delivery_points=[], extra={"è": [1.5, None]})
    assets = [AssetFactory.create(owner=owner, sensor_id=None) for owner in members]
    for model in (Community, Member, Asset):
        model.history.all().delete()
    with change(manager_a, "import", "file.yaml"):
        record_in_bulk([community, *members, *assets], what)
    for record in (community, *members, *assets):
        row = type(record).history.get(id=record.pk)
        assert (row.history_type, row.history_user, row.history_door, row.history_change_reason) == (
            what, manager_a, "import", "file.yaml",
        )  # fmt: skip
        assert tracked_values(row) == tracked_values(record)
        assert (row.version, row.created_at) == (record.version, record.created_at)


def test_deletions_that_are_recorded_in_bulk_are_recorded_once() -> None:
    asset = AssetFactory.create()
    record_in_bulk([asset], "-")
    with deletions_recorded(Asset):
        Asset.objects.all().delete()
    assert [row.history_type for row in Asset.history.order_by("history_id")] == ["+", "-"]
    asset.owner.delete()
    assert [row.history_type for row in Member.history.order_by("history_id")] == ["+", "-"]


def test_bulk_history_of_nothing_is_nothing() -> None:
    record_in_bulk([], "~")
    assert Member.history.count() == 0


def test_a_visitor_without_account_is_nobody() -> None:
    visitor: Any = AnonymousUser()
    with change(visitor, "page"):
        assert MemberFactory.create().history.get().history_user is None
