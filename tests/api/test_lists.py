"""Lists: pages, order, filters."""

from typing import Any

import pytest

from tests.factories import AssetFactory, MemberFactory

from .calling import Caller
from .conftest import Callers, Register


def keys(caller: Caller, path: str, **query: Any) -> list[str]:
    answer = caller.get(path, **query)
    assert answer.status == 200, answer.text
    return [each["key"] for each in answer.json()["results"]]


def walk(caller: Caller, path: str, limit: int) -> list[tuple[str, str]]:
    found = []
    following = f"/api/{path}?limit={limit}"
    while following:
        page = caller.get(following).json()
        assert len(page["results"]) <= limit
        found += [(each["community"], each["key"]) for each in page["results"]]
        following = page["next"]
    return found


def test_pages_in_code_point_order(callers: Callers, register: Register) -> None:
    for key in ("a", "B", "b", "A.1", "A-1", "_x", "0", "a:b", "é".encode().hex()):
        AssetFactory.create(owner=register.anna, key=key)
    found = walk(callers.viewer_a, "communities/alpha/assets/", 3)
    assert [key for _community, key in found] == sorted(key for _community, key in found)
    assert len(found) == 11
    assert walk(callers.viewer_a, "communities/alpha/assets/", 500) == found
    assert walk(callers.viewer_a, "communities/alpha/assets/", 11) == found


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_across_communities(callers: Callers, register: Register, limit: int) -> None:
    for number in range(3):
        AssetFactory.create(owner=register.berta, key=f"a-{number}")
        MemberFactory.create(community=register.a, key=f"z-{number}")
    assert walk(callers.superuser, "assets/", limit) == [
        ("alpha", "meter-1"), ("alpha", "pv-1"),
        ("beta", "a-0"), ("beta", "a-1"), ("beta", "a-2"), ("beta", "meter-b"),
    ]  # fmt: skip
    assert walk(callers.superuser, "members/", limit) == [
        ("alpha", "own"), ("alpha", "z-0"), ("alpha", "z-1"), ("alpha", "z-2"), ("beta", "berta"),
    ]  # fmt: skip


def test_what_each_caller_sees(callers: Callers, register: Register) -> None:
    MemberFactory.create(community=register.a, key="other")
    seen = {
        name: (keys(getattr(callers, name), "members/"), keys(getattr(callers, name), "assets/"))
        for name in ("manager_a", "viewer_a", "manager_b", "member_a", "stranger")
    }
    assert seen == {
        "manager_a": (["other", "own"], ["meter-1", "pv-1"]),
        "viewer_a": (["other", "own"], ["meter-1", "pv-1"]),
        "manager_b": (["berta"], ["meter-b"]),
        "member_a": (["own"], ["meter-1", "pv-1"]),
        "stranger": ([], []),
    }
    assert keys(callers.member_a, "communities/alpha/members/") == ["own"]
    assert callers.stranger.get("communities/alpha/members/").code == "not_found"
    assert callers.manager_b.get("communities/alpha/assets/").code == "not_found"
    assert callers.nobody.get("members/").code == "not_authenticated"


ASSETS: list[tuple[dict[str, str], list[str]]] = [
    ({"asset_type": "pv"}, ["pv-1", "pv-2"]),
    ({"owner": "other"}, ["battery", "pv-2"]),
    ({"area": "north"}, ["meter-1", "pv-1"]),
    ({"sensor_id": "sensor-1"}, ["meter-1"]),
    ({"has_sensor": "true"}, ["meter-1"]),
    ({"has_sensor": "false"}, ["battery", "pv-1", "pv-2"]),
    ({"search": "ROOF"}, ["pv-1"]),
    ({"search": "it999e00000001"}, ["meter-1"]),
    ({"properties.capacity_kwp__gte": "4.5"}, ["pv-1", "pv-2"]),
    ({"properties.capacity_kwp__gt": "4.5"}, ["pv-2"]),
    ({"properties.capacity_kwp__lt": "1e1"}, ["pv-1"]),
    ({"properties.capacity_kwp__lte": "20", "asset_type": "storage"}, []),
    ({"properties.orientation__gte": "0"}, ["pv-2"]),
    ({"properties.max_power_kw__gte": "0"}, ["battery"]),
    ({"updated_since": "2000-01-01T00:00:00Z"}, ["battery", "meter-1", "pv-1", "pv-2"]),
    ({"updated_since": "2999-01-01T00:00:00+02:00"}, []),
    ({"owner": "nobody"}, []),
]


def test_filters_of_assets(callers: Callers, register: Register) -> None:
    other = MemberFactory.create(community=register.a, key="other", area="south")
    AssetFactory.create(owner=other, key="pv-2", properties={"capacity_kwp": 20, "orientation": 90})
    AssetFactory.create(owner=other, key="battery", asset_type="storage", properties={"max_power_kw": 5})
    # A compass word is no number, and must not stop the search for numbers.
    register.pv.properties["orientation"] = "south-east"
    register.pv.save()
    given = [
        (query, keys(callers.viewer_a, "communities/alpha/assets/", **query)) for query, _found in ASSETS
    ]
    assert given == ASSETS


MEMBERS: list[tuple[dict[str, str], list[str]]] = [
    ({"role": "consumer"}, ["own"]),
    ({"status": "pending"}, ["other"]),
    ({"area": "north"}, ["own"]),
    ({"user_id": "member_a"}, ["own"]),
    ({"delivery_point": "it999e00000001"}, ["own"]),
    ({"delivery_point": "IT-999-E-0000.0002"}, []),  # a pending member holds nothing yet
    ({"did": "did:web:anna.example"}, ["own"]),
    ({"type": "schema:Organization"}, ["other"]),
    ({"search": "ànna"}, ["own"]),
    ({"updated_since": "2999-01-01T00:00:00Z"}, []),
]


def test_filters_of_members(callers: Callers, register: Register) -> None:
    MemberFactory.create(
        community=register.a, key="other", role="producer", status="pending", area="south",
        delivery_points=[{"id": "IT999E00000002", "type": "pod"}], extra={"type": "schema:Organization"},
    )  # fmt: skip
    for path in ("communities/alpha/members/", "members/"):
        assert [(query, keys(callers.viewer_a, path, **query)) for query, _found in MEMBERS] == MEMBERS


MEANINGLESS = [
    ("colour=red", "unknown_parameter", "colour"),
    ("purge=true", "unknown_parameter", "purge"),
    ("limit=0", "invalid", "limit"),
    ("limit=501", "invalid", "limit"),
    ("limit=ten", "invalid", "limit"),
    ("limit=1_0", "invalid", "limit"),
    ("cursor=", "invalid", "cursor"),
    ("cursor=xyz", "invalid", "cursor"),
    ("cursor=WyJhIiwiYiJd", "invalid", "cursor"),
    ("limit=1&limit=2", "repeated_parameter", "limit"),
    ("asset_type=windmill", "invalid_choice", "asset_type"),
    ("has_sensor=yes", "invalid", "has_sensor"),
    ("updated_since=", "required", "updated_since"),
    ("owner=", "required", "owner"),
    ("updated_since=yesterday", "invalid", "updated_since"),
    ("properties.capacity_kwp__gte=many", "invalid", "properties.capacity_kwp__gte"),
    ("properties.capacity_kwp__gte=nan", "invalid", "properties.capacity_kwp__gte"),
    ("properties.capacity_kwp__gte=1e999", "invalid", "properties.capacity_kwp__gte"),
    ("properties.chemistry__gte=1", "unknown_parameter", "properties.chemistry__gte"),
]


def test_a_parameter_that_means_nothing_is_named(callers: Callers, register: Register) -> None:
    for query, code, name in MEANINGLESS:
        answer = callers.viewer_a.get(f"communities/alpha/assets/?{query}")
        assert (query, answer.status, answer.code, answer.errors) == (query, 400, code, [(code, name)])
