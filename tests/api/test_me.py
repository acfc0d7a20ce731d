"""The caller's own: `/api/me/`, `/api/me/assets/`, `/api/me/export/`."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recportal.accounts.models import User
from tests.factories import AssetFactory, MemberFactory

from .calling import Caller
from .conftest import Callers, Register


def test_it_works(callers: Callers, register: Register, member_a: User) -> None:
    said = callers.member_a.get("me/").json()
    memberships = said.pop("memberships")
    assert said == {
        "username": "member_a",
        "name": "",
        "email": member_a.email,
        "superuser": False,
        "read_only": False,
        "roles": [],
    }
    assert memberships == [callers.viewer_a.get("communities/alpha/members/own/").json()]
    assert [each["key"] for each in callers.member_a.get("me/assets/").json()["results"]] == [
        "meter-1",
        "pv-1",
    ]


def test_what_each_caller_is_told(callers: Callers, register: Register) -> None:
    roles = {
        name: getattr(callers, name).get("me/").json()["roles"]
        for name in ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "superuser")
    }
    assert roles == {
        "manager_a": [{"community": "alpha", "level": "manager"}],
        "viewer_a": [{"community": "alpha", "level": "viewer"}],
        "manager_b": [{"community": "beta", "level": "manager"}],
        "member_a": [],
        "stranger": [],
        "superuser": [{"community": None, "level": "manager"}],
    }
    for path in ("me/", "me/assets/", "me/export/"):
        assert callers.nobody.get(path).code == "not_authenticated"
    # What staff see is not their own.
    assert callers.manager_a.get("me/assets/").json() == {"results": [], "next": None}
    assert callers.superuser.get("me/export/").json()["memberships"] == []


def test_the_file_with_all_of_it(callers: Callers, register: Register) -> None:
    answer = callers.member_a.get("me/export/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    said = answer.json()
    assert said["account"]["username"] == "member_a"
    (own,) = said["memberships"]
    assert (own["community"]["key"], own["member"]["key"]) == ("alpha", "own")
    assert [each["what"] for each in own["member"]["history"]][-1] == "created"
    assert [each["key"] for each in own["assets"]] == ["meter-1", "pv-1"]
    assert sorted(own["asset_history"]) == ["meter-1", "pv-1"]
    assert [(each["kind"], each["code"], each["until"]) for each in own["holdings"]] == [
        ("delivery_point", "it999e00000001", None),
        ("did", "did:web:anna.example", None),
        ("sensor", "sensor-1", None),
    ]
    assert "sensor-b" not in answer.text


def test_it_is_what_the_page_gives(
    callers: Callers, register: Register, member_a: User, client: Client
) -> None:
    client.force_login(member_a)
    taken = client.get("/my/alpha/own/data/json/").json()
    said = callers.member_a.get("me/export/").json()
    (own,) = said["memberships"]
    for each in (taken, own):
        each.pop("generated_at")
    assert {"account": said["account"], **own} == taken


def test_who_is_not_active_gets_all_of_it_too(callers: Callers, register: Register) -> None:
    register.anna.status = "inactive"
    register.anna.save()
    assert callers.member_a.get("me/").json()["memberships"][0]["status"] == "inactive"
    assert callers.member_a.get("me/assets/").json()["results"] == []
    (own,) = callers.member_a.get("me/export/").json()["memberships"]
    assert (own["member"]["status"], len(own["assets"]), len(own["holdings"])) == ("inactive", 2, 3)


def test_each_membership_is_in_it_for_as_many_queries(
    callers: Callers, register: Register, member_a: User, client: Client
) -> None:
    client.force_login(member_a)
    costs = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get("/api/me/export/").json()["memberships"]) == number + 1
        costs.append(len(queries))
        again = MemberFactory.create(community=register.b, key=f"again-{number}", account=member_a)
        AssetFactory.create(owner=again)
    assert len(set(costs)) == 1, costs


def test_a_token_for_another_community_hides_the_own_record(
    callers: Callers, register: Register, member_a: User, call: Callable[..., Caller]
) -> None:
    said = call(member_a, community=register.b).get("me/export/").json()
    assert said["memberships"] == []
