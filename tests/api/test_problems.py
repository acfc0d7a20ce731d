"""Refusals that have nothing to do with one resource: each is a problem of RFC 9457."""

from pathlib import Path

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from communities.models import Community
from tests.records.test_middleware import somebody_else_writing

from .calling import Caller
from .conftest import Callers, Register

ASSETS = "communities/alpha/assets/"


def test_a_route_that_is_not_there(callers: Callers) -> None:
    for path in ("nothing/", "communities/alpha/assets/a/b/", "me/nothing/", "v2/"):
        answer = callers.nobody.get(path)
        assert (answer.status, answer.code) == (404, "not_found")
    assert "slash" in callers.nobody.get("communities").json()["detail"]
    assert callers.nobody.post("communities", {}).code == "not_found"


def test_a_method_that_is_not_there(callers: Callers, register: Register) -> None:
    for method, path in (
        ("PUT", ASSETS),
        ("POST", f"{ASSETS}pv-1/"),
        ("GET", "assets/lookup/"),
        ("PATCH", "me/"),
    ):
        answer = callers.manager_a.send(method, path)
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert answer.headers["Allow"]
    assert callers.manager_a.send("OPTIONS", ASSETS).status == 405
    assert callers.manager_a.send("TRACE", "bundles/", dry_run="true").code == "method_not_allowed"
    assert callers.manager_a.send("HEAD", f"{ASSETS}pv-1/").status == 200


def test_media_types(callers: Callers, register: Register) -> None:
    place = f"{ASSETS}pv-1/"
    assert callers.manager_a.get(place, headers={"Accept": "text/html"}).code == "not_acceptable"
    assert callers.manager_a.get(place, headers={"Accept": "application/*"}).status == 200
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"):
        answer = callers.manager_a.patch(place, {"name": "x"}, content_type=media_type)
        assert (answer.status, answer.code) == (415, "unsupported_media_type")
    utf8 = callers.manager_a.patch(place, {"name": "x"}, content_type='application/json; charset="UTF-8"')
    assert utf8.status == 200


def test_a_body_that_is_too_long(callers: Callers, register: Register) -> None:
    answer = callers.manager_a.put(f"{ASSETS}pv-1/", b" " * (2**20 + 1))
    assert (answer.status, answer.code) == (413, "too_large")
    # A community may have megabytes of outlines and grid.
    assert callers.manager_a.patch("communities/alpha/", b"{}" + b" " * (2 * 2**20)).status == 200


def test_the_words_are_the_callers(callers: Callers, register: Register) -> None:
    english = callers.manager_a.patch(f"{ASSETS}pv-1/", {"properties": {"tilt": 95}})
    assert english.json()["errors"][0]["detail"] == "This must be at most 90°."
    assert english.json()["detail"] == "This must be at most 90°."
    assert english.headers["Content-Language"] == "en"


@pytest.mark.django_db(transaction=True)
def test_a_busy_database_is_a_503(callers: Callers, register: Register) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the lock of the other engine is on another table")  # tests/records has it for both
    with somebody_else_writing():
        # Reading goes on, and does not wait for the note of the token's use.
        assert callers.manager_a.get("communities/alpha/").status == 200
    assert Community.objects.get(key="alpha").version == 2


def test_hostile_paths(callers: Callers, register: Register) -> None:
    for path in (
        "communities/%00/",
        "communities/alpha/assets/%ff%fe/",
        "communities/alpha/members/%ed%a0%80/",
    ):
        answer = callers.manager_a.get(path)
        assert answer.status in (400, 404)
        assert answer.code
    for path in ("communities/alpha'--/", "communities/%22/", f"communities/{'x' * 200}/"):
        assert callers.manager_a.get(path).code == "not_found"


def test_where_things_are(live_server: LiveServer) -> None:
    caller = Caller(live_server.url)
    links = caller.get("").json()
    for name in ("schemas", "openapi", "docs"):
        assert caller.get(links[name]).status == 200
    for name in ("communities", "members", "assets", "me"):
        assert caller.get(links[name]).status == 401


def test_the_docs_need_no_other_server_and_no_inline_script(live_server: LiveServer) -> None:
    answer = Caller(live_server.url).get("docs/")
    assert answer.status == 200
    assert "http" not in answer.text.replace("http-equiv", "")
    assert "<script>" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for line in answer.text.splitlines():
        if "static/" in line:
            way = line.split('src="' if "src=" in line else 'href="')[1].split('"')[0]
            assert Caller(live_server.url).get(way if way.startswith("/") else f"/{way}").status == 200, way
    assert not list(Path("recportal/api/templates").rglob("*.js"))
