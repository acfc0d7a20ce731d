"""One asset: `/api/communities/{community}/assets/{asset}/`."""

from assets.models import Asset
from members.models import Holding

from .calling import Answer
from .conftest import Callers, Register

PLACE = "communities/alpha/assets/pv-1/"
NEW = "communities/alpha/assets/pv-2/"
BODY = {"owner": "own", "asset_type": "pv", "name": "Barn", "properties": {"capacity_kwp": 3}}


def seen_by(callers: Callers, place: str) -> dict[str, int]:
    return {
        name: getattr(callers, name).get(place).status
        for name in ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "nobody")
    }


def test_it_works(callers: Callers, register: Register) -> None:
    answer = callers.viewer_a.get(PLACE)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["ETag"] == '"1"'
    stored = Asset.objects.get(key="pv-1")
    times = {
        name: getattr(stored, name).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name in ("created_at", "updated_at")
    }
    assert answer.json() == {
        "id": stored.pk,
        "key": "pv-1",
        "community": "alpha",
        "community_id": register.a.pk,
        "owner": "own",
        "owner_id": register.anna.pk,
        "asset_type": "pv",
        "name": "Roof",
        "sensor_id": None,
        "properties": {"capacity_kwp": 4.5, "tilt": 30, "installation_date": "2024-05-01"},
        "device": {},
        "relationships": {},
        "extra": {},
        "version": 1,
        **times,
    }


def test_who_sees_it(callers: Callers, register: Register) -> None:
    assert seen_by(callers, PLACE) == {
        "manager_a": 200,
        "viewer_a": 200,
        "manager_b": 404,
        "member_a": 200,
        "stranger": 404,
        "nobody": 401,
    }
    register.anna.status = "suspended"
    register.anna.save()
    assert callers.member_a.get(PLACE).code == "not_found"


def test_if_none_match_saves_the_body(callers: Callers, register: Register) -> None:
    answer = callers.viewer_a.get(PLACE, headers={"If-None-Match": '"7", W/"1"'})
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", '"1"')
    assert callers.viewer_a.get(PLACE, headers={"If-None-Match": '"2"'}).status == 200


def test_put_creates_and_may_be_repeated(callers: Callers, register: Register) -> None:
    created = callers.editor_a.put(NEW, BODY)
    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert created.headers["Location"].endswith(f"/api/{NEW}")
    again = callers.editor_a.put(NEW, BODY)
    assert (again.status, again.headers["ETag"]) == (200, '"1"')
    assert again.json() == created.json()
    assert Asset.objects.get(key="pv-2").history.count() == 1
    # What was read can be sent back as it is.
    assert callers.editor_a.put(NEW, created.json()).json() == created.json()


def test_put_states_the_whole_record(callers: Callers, register: Register) -> None:
    answer = callers.editor_a.put(PLACE, {"owner": "own", "asset_type": "pv", "name": "Roof"})
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json()["properties"] == {}
    assert Asset.objects.get(key="pv-1").properties == {}


def test_put_with_conditions(callers: Callers, register: Register) -> None:
    assert callers.editor_a.put(PLACE, BODY, headers={"If-None-Match": "*"}).code == "precondition_failed"
    assert callers.editor_a.put(PLACE, BODY, headers={"If-Match": '"9"'}).code == "changed_meanwhile"
    assert callers.editor_a.put(NEW, BODY, headers={"If-Match": "*"}).code == "precondition_failed"
    assert callers.editor_a.put(NEW, BODY, headers={"If-None-Match": "*"}).status == 201
    assert callers.editor_a.put(PLACE, BODY, headers={"If-Match": '"1"'}).status == 200
    assert Asset.objects.get(key="pv-1").name == "Barn"


def test_patch_keeps_what_it_does_not_name(callers: Callers, register: Register) -> None:
    answer = callers.editor_a.patch(
        PLACE,
        {"properties": {"tilt": 35, "capacity_kwp": None}},
        headers={"Change-Reason": "measured again – è"},
    )
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    stored = Asset.objects.get(key="pv-1")
    assert stored.properties == {"tilt": 35, "installation_date": "2024-05-01"}
    assert answer.json()["properties"] == stored.properties
    entry = stored.history.first()
    assert (entry.history_door, entry.history_user.username) == ("api", "editor_a")
    assert entry.history_change_reason == "measured again – è"
    assert callers.editor_a.patch(PLACE, {"name": "Roof"}, content_type="application/json").status == 200


def test_patch_with_a_stale_version(callers: Callers, register: Register) -> None:
    stale = {"If-Match": '"1"'}
    assert callers.editor_a.patch(PLACE, {"name": "One"}, headers=stale).status == 200
    answer = callers.editor_a.patch(PLACE, {"name": "Two"}, headers=stale)
    assert (answer.status, answer.code, answer.headers["ETag"]) == (412, "changed_meanwhile", '"2"')
    assert callers.editor_a.patch(PLACE, {"name": "Two"}, headers={"If-Match": 'W/"2"'}).status == 412
    assert Asset.objects.get(key="pv-1").name == "One"


def test_delete(callers: Callers, register: Register) -> None:
    place = "communities/alpha/assets/meter-1/"
    assert callers.editor_a.delete(place, headers={"If-Match": '"4"'}).status == 412
    answer = callers.editor_a.delete(place, headers={"Change-Reason": "sold"})
    assert (answer.status, answer.body) == (204, b"")
    assert not Asset.objects.filter(key="meter-1").exists()
    assert not Holding.objects.filter(code="sensor-1", until=None).exists()
    assert callers.editor_a.delete(place).code == "not_found"
    entry = Asset.history.filter(key="meter-1").first()
    assert (entry.history_type, entry.history_door, entry.history_change_reason) == ("-", "api", "sold")


def test_who_writes_it(callers: Callers, register: Register) -> None:
    def statuses(name: str) -> list[int]:
        caller = getattr(callers, name)
        answers: list[Answer] = [
            caller.put(PLACE, BODY),
            caller.patch(PLACE, {"name": "Mine"}),
            caller.delete(PLACE),
            caller.put(NEW, BODY),
            caller.post("communities/alpha/assets/", BODY),
        ]
        assert all(answer.code for answer in answers)
        return [answer.status for answer in answers]

    assert statuses("viewer_a") == [403] * 5
    assert statuses("member_a") == [403] * 5
    assert statuses("manager_b") == [404] * 5
    assert statuses("stranger") == [404] * 5
    assert statuses("nobody") == [401] * 5
    assert Asset.objects.get(key="pv-1").name == "Roof"
    assert Asset.objects.count() == 3


def test_what_is_wrong_is_said_with_its_place(callers: Callers, register: Register) -> None:
    body = {
        "owner": "nobody",
        "asset_type": "pv",
        "name": 5,
        "colour": "red",
        "properties": {"tilt": 95, "capacity_kwh": 4},
    }
    answer = callers.editor_a.put(NEW, body)
    assert answer.status == 400
    assert sorted(answer.errors) == [
        ("foreign_property", "/properties/capacity_kwh"),
        ("too_large", "/properties/tilt"),
        ("unknown_field", "/colour"),
        ("unknown_member", "/owner"),
        ("wrong_type", "/name"),
    ]
    italian = callers.editor_a.put(NEW, body, headers={"Accept-Language": "it"})
    assert italian.errors == answer.errors


def test_a_conflict_with_another_community_names_nobody(callers: Callers, register: Register) -> None:
    answer = callers.editor_a.put(NEW, {**BODY, "sensor_id": "sensor-b"})
    assert (answer.status, answer.code, answer.errors) == (
        409,
        "sensor_held",
        [("sensor_held", "/sensor_id")],
    )
    assert not [word for word in ("beta", "berta", "Secret") if word in answer.text]
    assert not Asset.objects.filter(key="pv-2").exists()


def test_key_and_type_never_change(callers: Callers, register: Register) -> None:
    assert callers.editor_a.patch(PLACE, {"key": "pv-9"}).code == "key_immutable"
    assert callers.editor_a.put(PLACE, {**BODY, "key": "pv-9"}).code == "key_immutable"
    assert callers.editor_a.patch(PLACE, {"asset_type": "load", "properties": None}).code == "type_immutable"
    assert callers.editor_a.patch(PLACE, {"community": "beta"}).code == "community_immutable"
    assert callers.editor_a.patch(PLACE, {"owner": "berta"}).code == "unknown_member"
