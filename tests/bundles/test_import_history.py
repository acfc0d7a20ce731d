"""What an import leaves behind: history with its circumstances, versions, links, in few queries."""

from __future__ import annotations

from typing import Any

import pytest

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.bundles.bundle import Bundle
from recportal.bundles.demo import generate
from recportal.bundles.importing import import_bundle
from recportal.records.history import entries

from .register import HOME, Queries, edited, imported
from .test_merge_and_replace import BARE, only

pytestmark = pytest.mark.django_db

Row = tuple[str, str, str, str, str | None]


@pytest.fixture
def manager() -> User:
    return User.objects.create_user("manager")


def rows(model: Any, key: str) -> list[Row]:
    """Type, door, reason, name and user of a record's history, oldest first."""
    found = model.history.filter(key=key).order_by("history_id")
    return list(
        found.values_list(
            "history_type", "history_door", "history_change_reason", "name", "history_user__username"
        )
    )


def test_creations_changes_and_removals_say_who_and_how_and_why(manager: User) -> None:
    imported(HOME, user=manager, door="api")
    changed = {"community/name": "House", "members/m-2/name": "Bruno B.", "assets/meter-2/name": "Meter B"}
    imported(only(changed), user=manager, door="command")
    imported(BARE, replace=True)
    assert rows(Community, "home") == [
        ("+", "api", "file.json", "Home", "manager"),
        ("~", "command", "file.json", "House", "manager"),
        ("~", "import", "file.json", "Home", None),
    ]
    assert rows(Member, "m-2") == [
        ("+", "api", "file.json", "Bruno", "manager"),
        ("~", "command", "file.json", "Bruno B.", "manager"),
        ("-", "import", "file.json", "Bruno B.", None),
    ]
    assert rows(Asset, "meter-2") == [
        ("+", "api", "file.json", "Meter 2", "manager"),
        ("~", "command", "file.json", "Meter B", "manager"),
        ("-", "import", "file.json", "Meter B", None),
    ]
    assert rows(Member, "m-1") == [
        ("+", "api", "file.json", "Anna", "manager"),
        ("-", "import", "file.json", "Anna", None),
    ]


def test_history_has_the_record_as_it_was_stored() -> None:
    imported(HOME)
    row = Member.history.get(key="m-1")
    member = Member.objects.get(key="m-1")
    assert (row.id, row.version, row.community_id) == (member.pk, 1, member.community_id)
    assert row.delivery_points == member.delivery_points
    assert row.extra == member.extra
    assert Asset.history.get(key="meter-1").owner_id == member.pk


def test_history_shows_the_places_that_an_import_changed() -> None:
    imported(HOME)
    imported(only({"assets/pv-1/properties/tilt": 35, "assets/pv-1/name": "Barn"}))
    latest, first = entries(Asset.history.filter(key="pv-1").order_by("-history_id"))
    assert [(each.place, each.before, each.after) for each in latest.differences] == [
        ("name", "Roof", "Barn"),
        ("properties.tilt", 30, 35),
    ]
    assert first.made


def test_a_removed_member_enters_history_as_it_was_though_its_user_id_goes_to_another() -> None:
    imported(HOME)
    imported(
        edited({"members/m-2": ..., "assets/meter-2": ..., "members/m-1/user_id": "bruno"}), replace=True
    )
    assert Member.history.get(key="m-2", history_type="-").user_id == "bruno"
    assert list(Member.history.filter(key="m-1").values_list("user_id", flat=True)) == ["bruno", "anna"]


def test_a_single_deletion_is_recorded_all_the_same() -> None:
    imported(HOME)
    imported(edited({"assets/pv-1": ...}), replace=True)
    Asset.objects.get(key="meter-1").delete()
    assert sorted(Asset.history.filter(history_type="-").values_list("key", flat=True)) == ["meter-1", "pv-1"]


def test_a_version_goes_up_once_for_all_changes_of_a_record() -> None:
    imported(HOME)
    before = {member.key: member for member in Member.objects.all()}
    swap = {"members/m-1/user_id": "bruno", "members/m-2/user_id": "anna"}
    imported(
        only({**swap, "members/m-1/name": "A", "members/m-1/extra/phone": "1", "assets/pv-1/name": "P"}),
        confirmed=["another_person"],
    )
    versions = {
        record.key: record.version for model in (Community, Member, Asset) for record in model.objects.all()
    }
    assert versions == {"home": 1, "m-1": 2, "m-2": 2, "pv-1": 2, "meter-1": 1, "meter-2": 1}
    assert Member.history.filter(key="m-1").count() == 2
    after = Member.objects.get(key="m-1")
    assert after.created_at == before["m-1"].created_at
    assert after.updated_at > before["m-1"].updated_at


def test_the_link_to_an_account_survives(manager: User) -> None:
    imported(HOME)
    Member.objects.filter(key="m-1").update(account=manager)
    imported(
        only({"members/m-1/name": "A", "members/m-1/user_id": "bruno", "members/m-2/user_id": "anna"}),
        confirmed=["another_person"],
    )
    assert Member.objects.get(key="m-1").account == manager
    imported(HOME, replace=True)
    assert Member.objects.get(key="m-1").account == manager


def test_an_imported_change_is_found_by_search() -> None:
    imported(HOME)
    imported(
        only({"members/m-1/name": "Désirée", "assets/meter-1/sensor_id": "sensor-77"}),
        confirmed=["another_person"],
    )
    assert [member.key for member in Member.objects.search("desiree")] == ["m-1"]
    assert [asset.key for asset in Asset.objects.search("sensor-77")] == ["meter-1"]
    assert not Member.objects.search("anna b").exists()


def _queries(members: int, changed: bool = False, replace: bool = False) -> int:
    (document,) = generate(1, members, 5)
    if changed:
        for record in (*document["members"].values(), *document["assets"].values()):
            record["name"] += " B"
            record["extra"] = {"moved": True}
    if replace:
        document = {**document, "members": {}, "assets": {}}
        document["community"] = {**document["community"], "description": "Empty"}
    bundle = Bundle("native", document["community"], document["members"], document["assets"])
    with Queries() as queries:
        plan = import_bundle(bundle, name="f", replace=replace)
    assert plan.applied
    assert not plan.changes_nothing
    return len(queries)


def test_the_queries_do_not_grow_with_the_records_but_for_batches() -> None:
    few, many = 20, 80  # members, each with two assets
    before = [_queries(few), _queries(few, changed=True), _queries(few, replace=True)]
    Community.objects.all().delete()
    after = [_queries(many), _queries(many, changed=True), _queries(many, replace=True)]
    # SQLite takes no more than a thousand values in one statement, and Django deletes a hundred rows in one.
    growth = [more - less for more, less in zip(after, before, strict=True)]
    assert max(growth) < 3 * (many - few) / 20
    assert max(before) < 50
