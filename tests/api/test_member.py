"""Members of a community, and their delivery points one by one."""

import pytest

from assets.models import Asset
from members.models import Holding, Member

from .calling import escaped
from .conftest import Callers, Register

PLACE = "communities/alpha/members/own/"
NEW = "communities/alpha/members/m-7/"
BODY = {"name": "Carla", "role": "prosumer", "status": "active"}
CALLERS = ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "nobody")


def test_it_works(callers: Callers, register: Register) -> None:
    answer = callers.viewer_a.get(PLACE)
    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    said = answer.json()
    stored = Member.objects.get(key="own")
    columns = ("user_id", "name", "role", "area", "status", "delivery_points", "extra")
    assert list(said) == [
        *("id", "key", "community", "community_id"), *columns, *("version", "created_at", "updated_at")
    ]  # fmt: skip
    assert {name: said[name] for name in columns} == {name: getattr(stored, name) for name in columns}
    assert (said["community"], said["community_id"]) == ("alpha", register.a.pk)


def test_who_sees_it(callers: Callers, register: Register) -> None:
    assert [getattr(callers, name).get(PLACE).status for name in CALLERS] == [200, 200, 404, 200, 404, 401]
    other = callers.editor_a.put(NEW, BODY)
    assert other.status == 201
    assert callers.member_a.get(NEW).code == "not_found"
    register.anna.status = "inactive"
    register.anna.save()
    assert callers.member_a.get(PLACE).json()["status"] == "inactive"


def test_who_writes_it(callers: Callers, register: Register) -> None:
    def statuses(name: str) -> list[int]:
        caller = getattr(callers, name)
        return [
            caller.put(NEW, BODY).status,
            caller.post("communities/alpha/members/", BODY).status,
            caller.patch(PLACE, {"name": "Mine"}).status,
            caller.delete(PLACE, purge="true").status,
            caller.put(f"{PLACE}delivery-points/x/", {"type": "pod"}).status,
        ]

    assert statuses("viewer_a") == statuses("member_a") == [403] * 5
    assert statuses("manager_b") == statuses("stranger") == [404] * 5
    assert statuses("nobody") == [401] * 5
    assert callers.editor_a.delete(PLACE).code == "not_allowed"
    assert Member.objects.get(key="own").name == "Anna"
    assert callers.member_a.patch("communities/beta/members/berta/", {"name": "Mine"}).code == "not_found"


def test_post_takes_the_next_key(callers: Callers, register: Register) -> None:
    created = callers.editor_a.post("communities/alpha/members/", BODY)
    assert (created.status, created.json()["key"]) == (201, "m-0001")
    again = callers.editor_a.post("communities/alpha/members/", {**BODY, "user_id": "carla"})
    assert again.json()["key"] == "m-0002"
    assert callers.editor_a.get(again.headers["Location"]).json() == again.json()
    assert callers.editor_a.post("communities/alpha/members/", {**BODY, "key": "own"}).code == "key_taken"
    assert (
        callers.editor_a.post("communities/alpha/members/", {**BODY, "user_id": "carla"}).code
        == "user_id_taken"
    )
    assert (
        callers.editor_a.post("communities/alpha/members/", {**BODY, "area": "west"}).code == "unknown_area"
    )


def test_status_is_pending_unless_it_is_said(callers: Callers, register: Register) -> None:
    assert callers.editor_a.put(NEW, {"name": "Carla", "role": "producer"}).json()["status"] == "pending"


def test_delete_and_purge(callers: Callers, register: Register) -> None:
    assert callers.manager_a.delete(PLACE).code == "member_has_assets"
    assert callers.manager_a.delete(PLACE, purge="yes").errors == [("invalid", "purge")]
    assert callers.manager_a.delete(PLACE, purge="true").status == 204
    assert not Asset.objects.filter(community=register.a).exists()
    assert not Holding.objects.filter(member__community=register.a, until=None).exists()
    assert Asset.history.filter(key="pv-1").first().history_door == "api"


POINT = "IT 999 E/00000002 è"


def test_one_delivery_point_is_given(callers: Callers, register: Register) -> None:
    place = f"{PLACE}delivery-points/{escaped(POINT)}/"
    answer = callers.editor_a.put(place, {"type": "pod", "tariff": "night", "floor": 2})
    assert (answer.status, answer.headers["ETag"]) == (201, '"3"')
    assert answer.json() == {"id": POINT, "type": "pod", "tariff": "night", "floor": 2}
    stored = Member.objects.get(key="own")
    assert [point["id"] for point in stored.delivery_points] == ["IT 999 E 00000001", POINT]
    assert Holding.objects.filter(member=stored, kind="delivery_point", until=None).count() == 2
    again = callers.editor_a.put(place, {"id": POINT, "type": "pod", "active": False})
    assert (again.status, again.json()) == (200, {"id": POINT, "type": "pod", "active": False})
    assert Holding.objects.filter(member=stored, kind="delivery_point", until=None).count() == 1
    assert (
        callers.editor_a.put(place, {"type": "pod"}, headers={"If-Match": '"3"'}).code == "changed_meanwhile"
    )
    assert callers.editor_a.put(place, {"type": "pod"}, headers={"If-None-Match": "*"}).status == 412


def test_one_delivery_point_is_taken_away(callers: Callers, register: Register) -> None:
    place = f"{PLACE}delivery-points/IT%20999%20E%2000000001/"
    assert callers.editor_a.delete(place, headers={"If-Match": '"1"'}).status == 412
    assert callers.editor_a.delete(place).status == 204
    assert Member.objects.get(key="own").delivery_points == []
    assert callers.editor_a.delete(place).code == "not_found"


@pytest.mark.parametrize(
    ("point", "body", "errors"),
    [
        ("p-1", {"type": 5}, [("wrong_type", "/type")]),
        ("p-1", {}, [("required", "/type")]),
        ("p-1", {"id": "p-2", "type": "pod"}, [("key_immutable", "/id")]),
        ("p-1", [], [("wrong_type", "")]),
        ("x" * 129, {"type": "other"}, [("invalid", "/id")]),
        ("IT999E00000099", {"type": "pod"}, [("delivery_point_held", "/id")]),
    ],
)
def test_a_wrong_point_is_refused_with_a_place_in_its_own_body(
    callers: Callers, register: Register, point: str, body: object, errors: list[tuple[str, str]]
) -> None:
    answer = callers.editor_a.put(f"{PLACE}delivery-points/{point}/", body)
    assert answer.errors == errors
    assert not [word for word in ("beta", "berta", "Secret") if word in answer.text]
    assert Member.objects.get(key="own").version == 2
