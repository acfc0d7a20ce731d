"""What an import leaves, adds, changes and removes: merging never removes, replacing says how much goes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.bundles.exporting import bundle_of
from recportal.bundles.plan import Action
from recportal.bundles.report import as_lines

from .register import HOME, Queries, edited, everything, faults_of, imported, larch_valley, run_import

pytestmark = pytest.mark.django_db

#: A file that names the community and nothing in it.
BARE: dict[str, Any] = {"recportal": 1, "community": {"key": "home", "name": "Home"}}


def only(edits: dict[str, Any]) -> dict[str, Any]:
    """A file with the community's key and these fields."""
    return edited(edits, BARE)


def celine(community: str, members: str = "{}") -> str:
    return f'schema_version: "0.7"\ncommunity: {{id: home, name: Home, {community}}}\nmembers: {members}\n'


def children() -> dict[str, list[str]]:
    nodes = Community.objects.get(key="home").topology
    return {node["id"]: node["children"] for node in nodes if node.get("children")}


def sensors() -> dict[str, str]:
    """Sensor → the member that holds it."""
    held = Holding.objects.filter(kind="sensor", until=None)
    return dict(held.order_by("code").values_list("code", "member__key"))


# Merging


def test_merging_removes_nothing() -> None:
    imported(HOME)
    before = everything()
    assert imported(BARE).changes_nothing
    assert imported(only({"members/m-1/name": "Anna", "assets/pv-1/name": "Roof"})).changes_nothing
    empty: dict[str, Any] = {key: {} for key in ["areas", "legal", "links", "contact", "settings", "extra"]}
    assert imported(only({"community": {**BARE["community"], **empty, "topology": []}})).changes_nothing
    assert imported(only({"members/m-1/delivery_points": [], "members/m-1/extra": {}})).changes_nothing
    assert everything() == before


def test_the_key_of_the_community_is_trimmed_as_all_texts_are() -> None:
    imported(edited({"community/key": " home ", "members/m-1/name": " Anna "}))
    assert Community.objects.get().key == "home"
    assert imported(edited({"community/key": "home\u00a0"})).changes_nothing


def test_objects_merge_key_by_key() -> None:
    imported(edited({"community/extra/deep/one": {"a": 1, "b": [1, 2]}}))
    imported(
        only(
            {
                "community/extra/deep/one": {"b": [2], "c": None},
                "community/areas/south": {"name": "South"},
                "community/areas/north/location": {"lat": 45},
                "assets/pv-1/properties/orientation": "S",
            }
        )
    )
    community = Community.objects.get()
    assert community.extra == {"deep": {"one": {"a": 1, "b": [2], "c": None}}}
    assert community.areas == {
        "north": {"name": "North", "topology": ["SS-1"], "location": {"lat": 45}},
        "south": {"name": "South"},
    }
    assert Asset.objects.get(key="pv-1").properties == {"capacity_kwp": 5, "tilt": 30, "orientation": "S"}


def test_lists_of_things_with_an_id_merge_by_it() -> None:
    imported(edited({"members/m-1/delivery_points/0/tariff": "D2"}))
    points = [{"id": "new", "type": "other"}, {"id": " IT001E00000101 ", "type": "pod", "active": False}]
    nodes = [{"id": "SS-2", "type": "feeder"}, {"id": "SS-1", "type": "feeder", "name": "First"}]
    imported(only({"members/m-1/delivery_points": points, "community/topology": nodes}))
    assert Member.objects.get(key="m-1").delivery_points == [
        {"id": "IT001E00000101", "type": "pod", "tariff": "D2", "active": False},
        {"id": "new", "type": "other"},
    ]
    assert Community.objects.get().topology == [
        {"id": "PS-1", "type": "primary_substation", "children": ["SS-1"]},
        {"id": "SS-1", "type": "feeder", "name": "First"},
        {"id": "SS-2", "type": "feeder"},
    ]


def test_other_lists_are_those_of_the_file() -> None:
    imported(edited({"assets/meter-1/relationships/measures": ["pv-1", "x"], "community/extra/tags": [1, 2]}))
    imported(only({"assets/meter-1/relationships/measures": ["pv-1"], "community/extra/tags": []}))
    assert Asset.objects.get(key="meter-1").relationships == {"measures": ["pv-1"]}
    assert Community.objects.get().extra == {"tags": []}


def test_a_blank_says_nothing_and_an_empty_text_is_a_text() -> None:
    imported(edited({"community/description": "Our community", "members/m-1/extra/language": "it"}))
    before = everything()
    blanks = {
        "community/description": None,
        "community/legal": None,
        "community/settings/timezone": None,
        "members/m-1/user_id": None,
        "members/m-1/area": None,
        "members/m-1/status": None,
        "members/m-1/delivery_points": None,
        "members/m-1/extra/language": None,
        "assets/meter-1/sensor_id": None,
        "assets/meter-1/owner": None,
        "assets/pv-1/asset_type": None,
        "assets/pv-1/properties/tilt": None,
    }
    assert imported(only(blanks)).changes_nothing
    assert everything() == before
    imported(only({"members/m-1/user_id": "", "community/description": "", "assets/meter-1/sensor_id": ""}))
    assert Member.objects.get(key="m-1").user_id == ""
    assert Community.objects.get().description == ""
    assert Asset.objects.get(key="meter-1").sensor_id is None
    assert sensors() == {"sensor-2": "m-2"}


def test_blanks_of_a_new_record_are_its_defaults() -> None:
    blank = {"name": "New", "role": "consumer", "status": None, "area": None, "extra": None, "user_id": None}
    imported(edited({"members/m-3": blank}))
    member = Member.objects.get(key="m-3")
    assert (member.status, member.area, member.extra, member.user_id) == ("pending", "", {}, "")
    required = edited({"members/m-3": {**blank, "name": None, "role": None}})
    Member.objects.filter(key="m-3").delete()
    assert faults_of(run_import(required)) == [("m-3", "name", "required"), ("m-3", "role", "required")]


def test_a_node_that_the_file_gives_a_parent_leaves_its_former_one() -> None:
    nodes = [
        {"id": "A", "type": "t", "children": ["C", "D"]},
        {"id": "B", "type": "t"},
        {"id": "C", "type": "t"},
        {"id": "D", "type": "t"},
    ]
    imported(edited({"community/topology": nodes, "community/areas": {}, "members/m-1/area": ""}))
    imported(only({"community/topology": [{"id": "B", "type": "t", "children": ["C"]}]}))
    assert children() == {"A": ["D"], "B": ["C"]}
    imported(celine("topology: [{id: D, type: t, parent: C}, {id: E, type: t, parent: B}]"))
    assert children() == {"B": ["C", "E"], "C": ["D"]}
    imported(celine("topology: [{id: D, type: t}, {id: C, type: t, parent: A}]"))
    assert children() == {"A": ["C"], "B": ["E"], "C": ["D"]}
    imported(celine("topology: [{id: A, type: t, children: [C, E]}]"))
    assert children() == {"A": ["C", "E"], "C": ["D"]}


def test_a_node_that_the_file_gives_two_parents_is_refused() -> None:
    imported(HOME)
    twice = "topology: [{id: A, type: t, children: [SS-1]}, {id: B, type: t}, {id: SS-1, type: t, parent: B}]"
    assert faults_of(run_import(celine(twice))) == [("home", "topology.3.children.0", "topology_invalid")]
    native = [{"id": node, "type": "t", "children": ["SS-1"]} for node in "AB"]
    assert faults_of(run_import(only({"community/topology": native}))) == [
        ("home", "topology.3.children.0", "topology_invalid")
    ]
    assert children() == {"PS-1": ["SS-1"]}


def test_a_faulty_list_of_children_is_not_mended_in_silence() -> None:
    text = celine("topology: [{id: A, type: t, children: [5]}, {id: B, type: t, parent: A}]")
    assert faults_of(run_import(text)) == [("home", "topology.0.children.0", "wrong_type")]


def test_extra_overwrites_no_field() -> None:
    member = "{m-1: {name: Anna, role: consumer, colour: red, extra: {name: X, role: admin, status: active}}}"
    imported(celine("colour: blue, extra: {id: elsewhere, name: X, key: y}", member))
    community = Community.objects.get()
    assert (community.key, community.name) == ("home", "Home")
    assert community.extra == {"id": "elsewhere", "name": "X", "key": "y", "colour": "blue"}
    stored = Member.objects.get()
    assert (stored.name, stored.role, stored.status) == ("Anna", "consumer", "pending")
    assert stored.extra == {"name": "X", "role": "admin", "status": "active", "colour": "red"}


def test_a_new_asset_goes_to_a_member_that_the_file_does_not_name() -> None:
    imported(HOME)
    meter = {"owner": "m-2", "asset_type": "meter", "name": "New", "sensor_id": "sensor-3"}
    plan = imported(only({"assets/meter-3": meter}))
    assert [step.key for step in plan.steps if step.action != Action.UNCHANGED] == ["meter-3"]
    assert Asset.objects.get(key="meter-3").owner.key == "m-2"
    assert sensors()["sensor-3"] == "m-2"


def test_an_asset_without_an_owner_in_the_file_keeps_its_own() -> None:
    imported(HOME)
    imported(only({"assets/pv-1/name": "Barn"}))
    assert Asset.objects.get(key="pv-1").owner.key == "m-1"


def test_a_change_of_status_takes_all_assets_along() -> None:
    imported(HOME)
    imported(only({"members/m-1/status": "inactive"}))
    assert sensors() == {"sensor-2": "m-2"}
    imported(only({"members/m-1/status": "suspended"}))
    assert sensors() == {"sensor-1": "m-1", "sensor-2": "m-2"}


def test_the_queries_for_one_member_do_not_grow_with_the_community() -> None:
    imported(HOME)
    imported(larch_valley("0.5"))
    edit = {"members/m-1/name": "Anna B.", "members/m-1/status": "suspended"}
    with Queries() as small:
        imported(only(edit))
    with Queries() as large:
        imported(
            'schema_version: "0.5"\n'
            "community: {id: larch_valley}\n"
            "members: {lv-001: {status: suspended, language: de}}\n"
        )
    assert len(large) == len(small)
    assert len(small) < 35


# Moves


def test_user_ids_change_hands_in_one_file() -> None:
    imported(HOME)
    imported(only({"members/m-1/user_id": "bruno", "members/m-2/user_id": "anna"}))
    assert dict(Member.objects.values_list("key", "user_id")) == {"m-1": "bruno", "m-2": "anna"}
    imported(only({"members/m-1/user_id": "carla", "members/m-2/user_id": "bruno"}))
    assert dict(Member.objects.values_list("key", "user_id")) == {"m-1": "carla", "m-2": "bruno"}


def test_sensors_change_places_in_one_file() -> None:
    imported(HOME)
    imported(only({"assets/meter-1/sensor_id": "sensor-2", "assets/meter-2/sensor_id": "sensor-1"}))
    assert sensors() == {"sensor-1": "m-2", "sensor-2": "m-1"}
    held = Holding.objects.get(code="sensor-1", until=None)
    assert held.asset == Asset.objects.get(key="meter-2")


def test_delivery_points_and_dids_change_places_in_one_file() -> None:
    did = "members/m-2/extra/did"
    imported(edited({did: "did:b"}))
    points = {f"members/m-{one}/delivery_points/0/id": f"IT001E0000010{two}" for one, two in ((1, 2), (2, 1))}
    imported(
        edited({**points, did: "did:web:example.org:anna", "members/m-1/extra/did": "did:b"}), replace=True
    )
    held = Holding.objects.filter(until=None).exclude(kind="sensor").order_by("kind", "code")
    assert list(held.values_list("code", "member__key")) == [
        ("it001e00000101", "m-2"),
        ("it001e00000102", "m-1"),
        ("did:b", "m-1"),
        ("did:web:example.org:anna", "m-2"),
    ]


def test_an_asset_moves_to_another_owner_with_its_sensor() -> None:
    imported(HOME)
    plan = imported(only({"assets/meter-1/owner": "m-2"}))
    (step,) = [step for step in plan.steps if step.action == Action.UPDATE]
    assert (step.key, [each.place for each in step.differences]) == ("meter-1", ["owner_id"])
    assert sensors() == {"sensor-1": "m-2", "sensor-2": "m-2"}
    ended = Holding.objects.get(code="sensor-1", member__key="m-1")
    assert isinstance(ended.until, date)


def test_a_sensor_moves_from_one_asset_to_another_of_the_same_member() -> None:
    imported(HOME)
    meter = {"owner": "m-1", "asset_type": "meter", "name": "Successor", "sensor_id": "sensor-1"}
    imported(only({"assets/meter-1/sensor_id": "", "assets/meter-9": meter}))
    assert sensors()["sensor-1"] == "m-1"
    assert Holding.objects.get(code="sensor-1", until=None).asset == Asset.objects.get(key="meter-9")


# Replacing


def test_replacing_removes_what_the_file_does_not_name_and_says_how_much() -> None:
    imported(HOME)
    file = edited({"members/m-2": ..., "assets/meter-2": ..., "assets/pv-1": ...})
    plan = imported(file, replace=True, dry_run=True)
    assert plan.counts() == {
        "community": {Action.UNCHANGED: 1},
        "member": {Action.UNCHANGED: 1, Action.REMOVE: 1},
        "asset": {Action.UNCHANGED: 1, Action.REMOVE: 2},
    }
    assert Member.objects.count() == 2
    _first, second, *_others = as_lines("file.yaml", plan, dry_run=True)
    assert "members 1" in second
    assert "assets 2" in second
    announced = []
    applied = imported(file, replace=True, announce=lambda plan: announced.append(Member.objects.count()))
    assert announced == [2]  # before anything was removed
    assert applied.counts() == plan.counts()
    assert list(Member.objects.values_list("key", flat=True)) == ["m-1"]
    assert list(Asset.objects.values_list("key", flat=True)) == ["meter-1"]
    assert sensors() == {"sensor-1": "m-1"}


def test_nothing_is_announced_where_nothing_is_removed() -> None:
    imported(HOME)
    announced: list[Any] = []
    imported(edited({"members/m-1/name": "A"}), replace=True, announce=announced.append)
    imported(BARE, announce=announced.append)
    assert announced == []


def test_replacing_makes_each_record_what_the_file_says() -> None:
    imported(edited({"community/description": "Ours", "community/legal": {"name": "H", "x": 1}}))
    file = edited(
        {
            "community/legal": {"vat": "1"},
            "community/settings": ...,
            "members/m-1/user_id": ...,
            "members/m-1/extra": ...,
            "members/m-2/delivery_points": None,
            "assets/meter-1/sensor_id": None,
            "assets/pv-1/properties": {"tilt": 30},
        }
    )
    imported(file, replace=True)
    community = Community.objects.get()
    assert (community.description, community.legal, community.settings) == ("", {"vat": "1"}, {})
    anna, bruno = Member.objects.order_by("key")
    assert (anna.user_id, anna.extra, bruno.delivery_points) == ("", {}, [])
    assert Asset.objects.get(key="pv-1").properties == {"tilt": 30}
    assert list(Holding.objects.filter(until=None).values_list("code", flat=True).order_by("code")) == [
        "it001e00000101",
        "sensor-2",
    ]


def test_replacing_asks_for_all_that_a_record_needs() -> None:
    imported(HOME)
    file = edited({"members/m-1/name": ..., "members/m-2/role": ..., "assets/pv-1/owner": ...})
    assert faults_of(run_import(file, replace=True)) == [
        ("m-1", "name", "required"),
        ("m-2", "role", "required"),
        ("pv-1", "owner", "required"),
    ]


def test_replacing_removes_members_with_their_assets() -> None:
    imported(HOME)
    imported(BARE, replace=True)
    assert (Member.objects.count(), Asset.objects.count()) == (0, 0)
    assert not Holding.objects.filter(until=None).exists()
    assert bundle_of(Community.objects.get()).community["areas"] == {}


def test_replacing_gives_the_grid_the_parents_of_the_file() -> None:
    imported(edited({"community/areas": {}, "members/m-1/area": ""}))
    text = celine("topology: [{id: SS-1, type: t}, {id: PS-1, type: t, parent: SS-1}]")
    imported(text, replace=True)
    assert children() == {"SS-1": ["PS-1"]}


def test_a_replaced_community_leaves_others_alone() -> None:
    imported(larch_valley("0.5"))
    imported(HOME)
    imported(BARE, replace=True)
    assert Member.objects.count() == 17
    assert Asset.objects.count() == 34


def test_what_a_removed_member_had_goes_to_another_in_the_same_file() -> None:
    imported(HOME)
    file = edited(
        {
            "members/m-2": ...,
            "assets/meter-2": ...,
            "members/m-9": {**HOME["members"]["m-2"], "name": "Successor"},
            "assets/meter-9": {**HOME["assets"]["meter-2"], "owner": "m-9"},
        }
    )
    imported(file, replace=True)
    assert sensors() == {"sensor-1": "m-1", "sensor-2": "m-9"}
    assert Member.objects.get(user_id="bruno").key == "m-9"
    assert Holding.objects.get(code="it001e00000102", until=None).member.key == "m-9"


def test_the_sensor_of_a_removed_asset_goes_to_another_while_its_owner_stays() -> None:
    imported(HOME)
    new = {"owner": "m-2", "asset_type": "meter", "name": "New", "sensor_id": "sensor-1"}
    imported(edited({"assets/meter-1": ..., "assets/meter-9": new}), replace=True)
    assert sensors() == {"sensor-1": "m-2", "sensor-2": "m-2"}


def test_an_asset_of_a_removed_member_stays_with_its_new_owner() -> None:
    imported(HOME)
    imported(edited({"members/m-2": ..., "assets/meter-2/owner": "m-1"}), replace=True)
    assert Asset.objects.get(key="meter-2").owner.key == "m-1"
    assert sensors() == {"sensor-1": "m-1", "sensor-2": "m-1"}


def test_an_area_that_members_are_in_is_not_replaced_away() -> None:
    imported(HOME)
    before = everything()
    gone = edited({"community/areas": {}})
    assert faults_of(run_import(gone, replace=True)) == [("home", "areas.north", "area_in_use")]
    spelled = edited({"community/areas": {}, "members/m-1/area": " north "})
    assert faults_of(run_import(spelled, replace=True)) == [("home", "areas.north", "area_in_use")]
    assert everything() == before
    imported(
        edited({"community/areas": {"south": {"name": "South"}}, "members/m-1/area": "south"}), replace=True
    )
    assert Member.objects.get(key="m-1").area == "south"


def test_an_area_is_removed_together_with_its_last_member() -> None:
    imported(HOME)
    file = edited(
        {"community/areas": {}, "members/m-1": ..., "assets/pv-1/owner": "m-2", "assets/meter-1": ...}
    )
    imported(file, replace=True)
    assert Community.objects.get().areas == {}
