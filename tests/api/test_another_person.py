"""An update that would make another person of a record is refused, unless the caller confirms the code."""

import pytest

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .conftest import Callers, Register

MEMBER = "communities/alpha/members/own/"
POINT = {"id": "IT999E00000777", "type": "pod"}
#: Another person under the key of Anna, who has a point and a DID.
OTHER = {"name": "Comune di Pontelarno", "role": "consumer", "delivery_points": [POINT]}
BUNDLE = {"recportal": 1, "community": {"key": "alpha"}, "members": {"own": OTHER}}


def name() -> str:
    return Member.objects.get(key="own").name


def test_a_bundle_is_refused_with_the_records_and_done_when_it_is_confirmed(
    callers: Callers, register: Register
) -> None:
    answer = callers.manager_a.post("bundles/", BUNDLE)
    assert (answer.status, answer.code) == (409, "another_person")
    (error,) = answer.json()["errors"]
    assert {**error, "detail": ""} == {
        "code": "another_person",
        "detail": "",
        "pointer": "/members/own/name",
        "before": "Anna",
        "after": "Comune di Pontelarno",
    }
    (record,) = answer.json()["plan"]["records"]
    assert (record["action"], record["errors"][0]["before"]) == ("refused", "Anna")
    dry = callers.manager_a.post("bundles/", BUNDLE, dry_run="true").json()
    assert (dry["refused"], dry["records"][0]["errors"][0]["code"]) == (True, "another_person")
    for other in ("another_asset", "another_community", "another_asset,another_community"):
        assert callers.manager_a.post("bundles/", BUNDLE, confirm=other).code == "another_person"
    assert name() == "Anna"
    sure = callers.manager_a.post("bundles/", BUNDLE, confirm="another_person", dry_run="true").json()
    assert (sure["refused"], sure["records"][0]["action"]) == (False, "update")
    done = callers.manager_a.post("bundles/", BUNDLE, confirm="another_asset,another_person")
    assert (done.status, name()) == (200, "Comune di Pontelarno")


@pytest.mark.parametrize("path", ["bundles/", MEMBER, "communities/alpha/", "communities/alpha/assets/pv-1/"])
@pytest.mark.parametrize("value", ["all", "true", "", "another_person,", "ANOTHER_PERSON", "sensor_held"])
def test_there_is_no_yes_to_all(callers: Callers, register: Register, path: str, value: str) -> None:
    method = "POST" if path == "bundles/" else "PUT"
    answer = callers.superuser.send(method, path, BUNDLE if method == "POST" else OTHER, confirm=value)
    assert (answer.status, answer.errors) == (400, [("invalid_choice", "confirm")])
    assert name() == "Anna"


def test_confirm_is_no_parameter_of_other_routes(callers: Callers, register: Register) -> None:
    new = {"name": "New", "role": "consumer"}
    path = "communities/alpha/members/"
    assert callers.manager_a.post(path, new, confirm="another_person").code == "unknown_parameter"
    assert callers.manager_a.get(MEMBER, confirm="another_person").code == "unknown_parameter"
    assert callers.manager_a.delete(MEMBER, confirm="another_person").code == "unknown_parameter"


def test_a_tool_that_states_another_person_by_put_is_refused(callers: Callers, register: Register) -> None:
    answer = callers.manager_a.put(MEMBER, OTHER)
    assert (answer.status, answer.code, answer.errors) == (
        409,
        "another_person",
        [("another_person", "/name")],
    )
    error = answer.json()["errors"][0]
    assert (error["before"], error["after"]) == ("Anna", "Comune di Pontelarno")
    assert name() == "Anna"
    stale = callers.manager_a.put(MEMBER, OTHER, headers={"If-Match": '"99"'}, confirm="another_person")
    assert stale.status == 412
    assert callers.manager_a.put(MEMBER, OTHER, confirm="another_person").status == 200
    assert name() == "Comune di Pontelarno"
    assert callers.manager_a.put(MEMBER, OTHER).status == 200  # nothing new
    assert (
        callers.manager_a.put("communities/alpha/members/new/", OTHER | {"delivery_points": []}).status == 201
    )


def test_put_under_another_name_with_a_code_in_common_is_a_new_name(
    callers: Callers, register: Register
) -> None:
    for common in (
        {"extra": {"did": "did:web:anna.example"}},
        {"delivery_points": [{"id": "it-999-e-00000001", "type": "pod"}]},
    ):
        assert callers.manager_a.put(MEMBER, {**OTHER, **common}).status == 200
        register.anna.refresh_from_db()
        register.anna.name = "Anna"
        register.anna.extra = {"did": "did:web:anna.example"}
        register.anna.delivery_points = [{"id": "IT 999 E 00000001", "type": "pod"}]
        register.anna.save()


def test_patch_counts_what_stays(callers: Callers, register: Register) -> None:
    assert callers.editor_a.patch(MEMBER, {"name": "Giulia Verdi"}).status == 200
    without = {"name": "Anna Bianchi", "delivery_points": [], "extra": {"did": None}, "user_id": ""}
    answer = callers.editor_a.patch(MEMBER, without)
    assert (answer.status, answer.code) == (409, "another_person")
    assert callers.editor_a.patch(MEMBER, without, confirm="another_person").status == 200
    assert callers.editor_a.patch(MEMBER, {"name": "Giulia Verdi"}).code == "another_person"


def test_callers_without_the_right_learn_nothing(callers: Callers, register: Register) -> None:
    statuses = [
        getattr(callers, caller).put(MEMBER, OTHER).status
        for caller in ("viewer_a", "manager_b", "member_a", "stranger", "nobody")
    ]
    assert statuses == [403, 404, 403, 404, 401]
    assert callers.manager_b.post("bundles/", BUNDLE).code == "not_allowed"


def test_communities_and_assets_have_their_own_codes(callers: Callers, register: Register) -> None:
    place = "communities/alpha/"
    renamed = {"name": "Vallescura", "legal": {"vat": "IT00000000019"}}
    assert callers.manager_a.patch(place, {"name": "Vallescura"}).status == 200
    register.a.refresh_from_db()
    renamed["name"] = "Pontelarno"
    answer = callers.manager_a.patch(place, renamed)
    assert (answer.status, answer.code) == (409, "another_community")
    assert callers.manager_a.patch(place, renamed, confirm="another_person").errors == [
        ("another_community", "/name")
    ]
    assert callers.manager_a.patch(place, renamed, confirm="another_community").status == 200
    assert Community.objects.get(pk=register.a.pk).name == "Pontelarno"
    Member.objects.create(community=register.a, key="m-9", name="Zoe", role="consumer")
    asset = {"name": "Barn", "owner": "m-9", "asset_type": "pv"}
    answer = callers.manager_a.put(f"{place}assets/pv-1/", asset)
    assert (answer.status, answer.code) == (409, "another_asset")
    assert callers.manager_a.put(f"{place}assets/pv-1/", asset, confirm="another_asset").status == 200
    assert Asset.objects.get(key="pv-1").owner.key == "m-9"


def test_what_is_wrong_besides_is_told_at_once(callers: Callers, register: Register) -> None:
    answer = callers.manager_a.put(MEMBER, {**OTHER, "status": "king"})
    assert (answer.status, answer.code) == (400, "invalid_choice")
    assert answer.errors == [("invalid_choice", "/status"), ("another_person", "/name")]
