"""Many records at once: `/api/members/lookup/` and `/api/assets/lookup/`."""

from typing import Any

from members.models import Holding
from tests.factories import AssetFactory, MemberFactory

from .calling import Answer
from .conftest import Callers, Register


def found(answer: Answer, name: str) -> list[tuple[str, str | None]]:
    assert answer.status == 200, answer.text
    return [(each["id"], each[name] and each[name]["key"]) for each in answer.json()["results"]]


def test_it_works(callers: Callers, register: Register) -> None:
    asked = ["nothing", " sensor-1 ", "sensor-b", "sensor-1", ""]
    answer = callers.viewer_a.post("assets/lookup/", {"sensor_ids": asked})
    assert found(answer, "asset") == [
        ("nothing", None),
        (" sensor-1 ", "meter-1"),
        ("sensor-b", None),
        ("sensor-1", "meter-1"),
        ("", None),
    ]
    entry = answer.json()["results"][1]
    assert entry["owner_status"] == "active"
    assert entry["asset"] == callers.viewer_a.get("communities/alpha/assets/meter-1/").json()


def test_what_is_unknown_and_what_is_invisible_look_alike(callers: Callers, register: Register) -> None:
    body = {"sensor_ids": ["sensor-b"]}
    unknown = callers.viewer_a.post("assets/lookup/", {"sensor_ids": ["sensor-x"]})
    assert callers.viewer_a.post("assets/lookup/", body).text == unknown.text.replace("sensor-x", "sensor-b")
    seen = {
        name: found(getattr(callers, name).post("assets/lookup/", body), "asset")[0][1]
        for name in ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "superuser")
    }
    assert list(seen.values()) == [None, None, "meter-b", None, None, "meter-b"]
    assert callers.nobody.post("assets/lookup/", body).code == "not_authenticated"


def test_a_suspended_owner_still_holds(callers: Callers, register: Register) -> None:
    body = {"sensor_ids": ["sensor-1"]}
    register.anna.status = "suspended"
    register.anna.save()
    entry = callers.viewer_a.post("assets/lookup/", body).json()["results"][0]
    assert (entry["asset"]["key"], entry["owner_status"]) == ("meter-1", "suspended")
    register.anna.status = "inactive"
    register.anna.save()
    assert found(callers.viewer_a.post("assets/lookup/", body), "asset") == [("sensor-1", None)]


def test_members_by_what_they_hold(callers: Callers, register: Register) -> None:
    points = {"delivery_points": ["it-999-e-00000001", "IT999E00000099"]}
    assert found(callers.viewer_a.post("members/lookup/", points), "member") == [
        ("it-999-e-00000001", "own"),
        ("IT999E00000099", None),
    ]
    dids = {"dids": ["did:web:anna.example", "did:web:ANNA.example"]}
    assert found(callers.viewer_a.post("members/lookup/", dids), "member") == [
        ("did:web:anna.example", "own"),
        ("did:web:ANNA.example", None),
    ]
    Holding.objects.update(until="2999-01-01")
    assert found(callers.viewer_a.post("members/lookup/", dids), "member")[0][1] is None


def test_by_user_id_everything_that_one_has(callers: Callers, register: Register) -> None:
    twin = MemberFactory.create(community=register.b, key="anna-too", user_id="member_a", status="pending")
    AssetFactory.create(owner=twin, key="boiler", asset_type="heat_pump")
    asked = {"user_ids": ["member_a", "", "nobody"]}
    assert found(callers.superuser.post("members/lookup/", asked), "member") == [
        ("member_a", "own"),
        ("member_a", "anna-too"),
        ("", None),
        ("nobody", None),
    ]
    answer = callers.superuser.post("assets/lookup/", asked)
    assert [key for _id, key in found(answer, "asset")] == ["meter-1", "pv-1", "boiler", None, None]
    assert [each.get("owner_status") for each in answer.json()["results"]][:3] == [
        "active",
        "active",
        "pending",
    ]


def test_five_hundred_at_once(callers: Callers, register: Register) -> None:
    ids = [f"sensor-{number}" for number in range(500)]
    answer = callers.viewer_a.post("assets/lookup/", {"sensor_ids": ids})
    assert [one for one, _key in found(answer, "asset")] == ids
    refused = callers.viewer_a.post("assets/lookup/", {"sensor_ids": [*ids, "one more"]})
    assert (refused.status, refused.errors) == (400, [("too_many", "/sensor_ids")])


def test_what_cannot_be_asked(callers: Callers, register: Register) -> None:
    wrong: list[tuple[Any, str]] = [
        ({}, "required"),
        ([], "wrong_type"),
        ({"sensor_ids": "sensor-1"}, "wrong_type"),
        ({"sensor_ids": [1]}, "wrong_type"),
        ({"sensor_ids": [None]}, "wrong_type"),
        ({"sensor_ids": [], "user_ids": []}, "required"),
        ({"dids": []}, "unknown_field"),
        (b'{"sensor_ids": [], "sensor_ids": []}', "duplicate_key"),
    ]
    for body, code in wrong:
        answer = callers.viewer_a.post("assets/lookup/", body)
        assert (body, answer.status, answer.code) == (body, 400, code)
    hostile = callers.viewer_a.post("assets/lookup/", {"sensor_ids": ["\x00", "\ud800", "'; --"]})
    assert [key for _id, key in found(hostile, "asset")] == [None, None, None]
