"""Whole communities in and out: `/api/bundles/`."""

import json

from communities.models import Community
from members.models import Member

from .conftest import Callers, Register

YAML = "application/yaml"
CALLERS = ("manager_a", "viewer_a", "manager_b", "member_a", "stranger", "nobody")


def test_what_is_exported_changes_nothing_when_it_is_imported(callers: Callers, register: Register) -> None:
    answer = callers.viewer_a.get("bundles/alpha/", headers={"Accept": YAML})
    assert (answer.status, answer.headers["Content-Type"]) == (200, YAML)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alpha.yaml"'
    report = callers.manager_a.post("bundles/", answer.body, content_type=YAML)
    assert report.status == 200
    assert (report.json()["applied"], report.json()["records"]) == (True, [])
    as_json = callers.viewer_a.get("bundles/alpha/")
    assert as_json.json()["recportal"] == 1
    assert callers.manager_a.post("bundles/", as_json.body).json()["records"] == []
    celine = callers.viewer_a.get("bundles/alpha/", format="celine", headers={"Accept": YAML})
    assert "schema_version" in celine.text
    assert callers.manager_a.post("bundles/", celine.body, content_type="text/yaml").json()["records"] == []
    assert callers.viewer_a.get("bundles/alpha/", format="xml").code == "invalid_choice"


def test_who_exports_and_who_imports(callers: Callers, register: Register) -> None:
    assert [getattr(callers, name).get("bundles/alpha/").status for name in CALLERS] == [
        *(200, 200, 404, 403, 404, 401)
    ]
    body = {"recportal": 1, "community": {"key": "alpha", "name": "New name"}}
    assert [getattr(callers, name).post("bundles/", body).status for name in CALLERS[1:]] == [
        *(403, 403, 403, 403, 401)
    ]
    assert callers.editor_a.post("bundles/", body).code == "not_allowed"
    assert Community.objects.get(key="alpha").name == "Alpha"
    assert callers.manager_a.post("bundles/", body, headers={"Change-Reason": "new statute"}).status == 200
    entry = Community.objects.get(key="alpha").history.first()
    assert (entry.history_door, entry.history_change_reason) == ("api", "new statute")
    new = {"recportal": 1, "community": {"key": "gamma", "name": "Gamma"}}
    assert callers.manager_a.post("bundles/", new).code == "not_allowed"
    assert callers.superuser.post("bundles/", new).json()["applied"] is True


def test_the_key_of_a_community_is_read_as_it_is_stored(callers: Callers, register: Register) -> None:
    body = {"recportal": 1, "community": {"key": " al\u200bpha", "name": "New name"}}
    assert callers.manager_a.post("bundles/", body).json()["community"] == "alpha"
    assert callers.manager_b.post("bundles/", body).code == "not_allowed"


def test_a_dry_run_says_what_would_be_done(callers: Callers, register: Register) -> None:
    body = {"recportal": 1, "community": {"key": "alpha"}, "members": {"own": {"name": "Annalisa"}}}
    report = callers.manager_a.post("bundles/", body, dry_run="true").json()
    assert (report["applied"], report["refused"]) == (False, False)
    assert [(each["kind"], each["key"], each["action"]) for each in report["records"]] == [
        ("member", "own", "update")
    ]
    assert Member.objects.get(key="own").name == "Anna"
    replaced = callers.manager_a.post("bundles/", body, dry_run="true", replace="true").json()
    assert {(each["key"], each["action"]) for each in replaced["records"]} >= {("pv-1", "remove")}
    assert callers.manager_a.post("bundles/", body, dry_run="1").errors == [("invalid", "dry_run")]


def test_what_is_refused_is_refused_as_a_whole(callers: Callers, register: Register) -> None:
    body = {
        "recportal": 1,
        "community": {"key": "alpha"},
        "members": {"own": {"name": "Annalisa", "role": "king"}},
        "assets": {"meter-2": {"owner": "own", "asset_type": "meter", "name": "M", "sensor_id": "sensor-b"}},
    }
    answer = callers.manager_a.post("bundles/", body)
    assert (answer.status, answer.code) == (400, "invalid_choice")
    assert answer.errors == [
        ("invalid_choice", "/members/own/role"),
        ("sensor_held", "/assets/meter-2/sensor_id"),
    ]
    assert answer.json()["plan"]["refused"] is True
    assert not [word for word in ("beta", "berta", "Secret") if word in answer.text]
    body["members"] = {}
    conflict = callers.manager_a.post("bundles/", body)
    assert (conflict.status, conflict.code) == (409, "sensor_held")
    dry = callers.manager_a.post("bundles/", body, dry_run="true")
    assert (dry.status, dry.json()["refused"]) == (200, True)
    assert Member.objects.get(key="own").name == "Anna"


def test_a_file_that_is_no_bundle(callers: Callers, register: Register) -> None:
    for content, media_type, code in (
        (b"", YAML, "wrong_type"),
        (b"[]", "application/json", "wrong_type"),
        (b"{}", "application/json", "unknown_dialect"),
        (b'{"recportal": 1', "application/json", "invalid_json"),
        (b"\xff", YAML, "not_utf8"),
        (b"a: &x 1\nb: *x", YAML, "anchor"),
        (b"[" * 100_000, YAML, "too_deep"),
        (b'{"recportal": 9}', "application/octet-stream", "unknown_version"),
    ):
        answer = callers.manager_a.post("bundles/", content, content_type=media_type)
        assert (content[:20], answer.status, answer.code) == (content[:20], 400, code)
    plain = callers.manager_a.post("bundles/", json.dumps({}).encode(), content_type="text/plain")
    assert plain.status == 415
