"""Another key for an area: `/api/communities/{community}/areas/{area}/rename/`."""

from communities.models import Community
from members.models import Member

from .conftest import Callers, Register
from .test_community import statuses

PLACE = "communities/alpha/areas/north/rename/"


def test_it_works(callers: Callers, register: Register) -> None:
    answer = callers.manager_a.post(PLACE, {"key": "polar"}, headers={"Change-Reason": "new substation"})
    assert (answer.status, answer.headers["ETag"]) == (200, '"3"')
    assert answer.json()["areas"] == {"polar": {"name": "North"}, "south": {"name": "South"}}
    member = Member.objects.get(key="own")
    assert (member.area, member.version) == ("polar", 3)
    for entry in (member.history.first(), Community.objects.get(key="alpha").history.first()):
        assert (entry.history_door, entry.history_change_reason) == ("api", "new substation")
    assert callers.manager_a.post(PLACE, {"key": "polar"}).code == "not_found"


def test_who_may(callers: Callers, register: Register) -> None:
    assert statuses(callers, "post", PLACE, {"key": "polar"})[1:] == [403, 404, 403, 404, 401]
    assert callers.editor_a.post(PLACE, {"key": "polar"}).code == "not_allowed"


def test_what_is_refused(callers: Callers, register: Register) -> None:
    for body, status, code, place in (
        ({}, 400, "required", "/key"),
        ({"key": 5}, 400, "wrong_type", "/key"),
        ({"key": "no blanks"}, 400, "invalid", "/key"),
        ({"key": "south"}, 409, "key_taken", "/key"),
        ({"key": "west", "name": "West"}, 400, "unknown_field", "/name"),
        ([], 400, "wrong_type", ""),
    ):
        answer = callers.manager_a.post(PLACE, body)
        assert (body, answer.status, answer.errors) == (body, status, [(code, place)])
    stale = callers.manager_a.post(PLACE, {"key": "west"}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.code) == (412, "changed_meanwhile")
    assert Member.objects.get(key="own").area == "north"
