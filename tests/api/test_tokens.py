"""Who calls: tokens, sessions, and those who have neither."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from communities.models import ApiToken, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.api.authentication import MOST_FAILURES

from .calling import Caller
from .conftest import Callers, Register

PLACE = "communities/alpha/members/own/"


@pytest.fixture(autouse=True)
def nobody_failed_before(db: None) -> None:
    cache.clear()


def test_it_works(live_server: LiveServer, register: Register, manager_a: User) -> None:
    out = StringIO()
    call_command("create_api_token", "manager_a", stdout=out)
    secret = out.getvalue().strip()
    caller = Caller(live_server.url, secret)
    assert caller.patch(PLACE, {"name": "Anna B."}).status == 200
    token = ApiToken.objects.get()
    assert secret.startswith(token.prefix)
    assert secret not in str([getattr(token, field.attname) for field in ApiToken._meta.concrete_fields])
    assert token.last_used_at is not None
    assert Member.history.filter(key="own").first().history_user == manager_a


def test_its_options(live_server: LiveServer, register: Register, manager_a: User) -> None:
    out = StringIO()
    call_command("create_api_token", "manager_a", read_only=True, community="beta", days=2, stdout=out)
    token = ApiToken.objects.get()
    assert (token.read_only, token.community) == (True, register.b)
    assert timedelta(days=1.9) < token.expires_at - timezone.now() < timedelta(days=2)  # type: ignore[operator]
    with pytest.raises(CommandError):
        call_command("create_api_token", "who-is-this")
    with pytest.raises(CommandError):
        call_command("create_api_token", "manager_a", community="nowhere")


def test_it_opens_only_its_community(
    register: Register, call: Callable[..., Caller], manager_a: User, community_b: object
) -> None:
    StaffRole.objects.create(user=manager_a, community=register.b, level="viewer")
    both = call(manager_a)
    assert [each["key"] for each in both.get("members/").json()["results"]] == ["own", "berta"]
    only_b = call(manager_a, community=register.b)
    assert [each["key"] for each in only_b.get("members/").json()["results"]] == ["berta"]
    assert only_b.get(PLACE).code == "not_found"
    assert only_b.patch(PLACE, {"name": "x"}).code == "not_found"
    assert only_b.get("me/").json()["roles"] == [{"community": "beta", "level": "viewer"}]


def test_a_superusers_token_for_one_community_is_no_superuser(
    register: Register, call: Callable[..., Caller], callers: Callers
) -> None:
    only_a = call(User.objects.get(username="root"), community=register.a)
    assert only_a.patch(PLACE, {"name": "x"}).status == 200
    assert only_a.get("communities/beta/").code == "not_found"
    assert only_a.post("communities/", {"name": "New"}).code == "not_allowed"
    assert only_a.delete("communities/alpha/").code == "not_allowed"


def test_one_for_reading_does_not_write(
    register: Register, call: Callable[..., Caller], manager_a: User
) -> None:
    reader = call(manager_a, read_only=True)
    assert reader.get(PLACE).status == 200
    assert reader.get("me/").json()["read_only"] is True
    assert reader.post("members/lookup/", {"dids": []}).json() == {"results": []}
    assert reader.patch(PLACE, {"name": "x"}).code == "read_only_token"
    assert reader.delete(PLACE).code == "read_only_token"
    assert (
        reader.post("bundles/", b"recportal: 1", content_type="application/yaml", dry_run="true").status
        == 403
    )
    assert Member.objects.get(key="own").name == "Anna"


def test_it_opens_nothing_once_it_is_over(
    register: Register, call: Callable[..., Caller], viewer_a: User
) -> None:
    caller = call(viewer_a)
    token = ApiToken.objects.get()
    assert caller.get(PLACE).status == 200
    token.revoke()
    answer = caller.get(PLACE)
    assert (answer.status, answer.code) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    ApiToken.objects.update(revoked_at=None, expires_at=timezone.now())
    assert caller.get(PLACE).status == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    assert caller.get(PLACE).status == 200
    viewer_a.is_active = False
    viewer_a.save()
    assert caller.get(PLACE).status == 401


def test_its_owners_roles_are_those_of_the_moment(
    register: Register, call: Callable[..., Caller], viewer_a: User
) -> None:
    caller = call(viewer_a)
    assert caller.get(PLACE).status == 200
    viewer_a.staff_roles.all().delete()
    assert caller.get(PLACE).status == 404


def test_its_use_is_noted_once_a_minute(
    register: Register, call: Callable[..., Caller], viewer_a: User
) -> None:
    caller = call(viewer_a)
    caller.get(PLACE)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    caller.get(PLACE)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    caller.get(PLACE)
    later = ApiToken.objects.get().last_used_at
    assert later is not None
    assert later > first


def test_who_guesses_is_slowed_down(live_server: LiveServer, callers: Callers, register: Register) -> None:
    guesser = Caller(live_server.url, "rp_guess")
    codes = [guesser.get(PLACE).code for _attempt in range(MOST_FAILURES + 2)]
    assert codes == ["invalid_token"] * MOST_FAILURES + ["throttled"] * 2
    assert guesser.get(PLACE).headers["Retry-After"] == "60"
    # A good token behind the same address still opens.
    assert callers.viewer_a.get(PLACE).status == 200


def test_callers_are_limited_where_the_installation_says_so(
    callers: Callers, register: Register, settings: object
) -> None:
    settings.API_RATE = 2  # type: ignore[attr-defined]
    assert [callers.viewer_a.get(PLACE).status for _time in range(3)] == [200, 200, 429]
    assert callers.manager_a.get(PLACE).status == 200


def test_neither_a_limit_nor_a_note_waits_for_an_import(
    callers: Callers, register: Register, settings: object, live_server: LiveServer
) -> None:
    """The writer of SQLite's file holds it as long as the import takes; the wait for it is 30 seconds."""
    settings.API_RATE = 1000  # type: ignore[attr-defined]
    holder: Any = nullcontext()
    if connection.vendor == "sqlite":
        holder = closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None))
    with holder as other:
        if other:
            other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert [callers.viewer_a.get(PLACE).status for _time in range(2)] == [200, 200]
        assert Caller(live_server.url, "rp_guess").get(PLACE).status == 401
        assert time.monotonic() - began < 20
    assert callers.viewer_a.get(PLACE).status == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer \x00", "bearer nothing", "Bearer a b"])
def test_what_is_no_token(live_server: LiveServer, register: Register, header: str) -> None:
    answer = Caller(live_server.url).get(PLACE, headers={"Authorization": header.replace("\x00", "%00")})
    assert (answer.status, answer.code) == (401, "invalid_token")


def test_other_schemes_are_nobody(live_server: LiveServer, register: Register) -> None:
    answer = Caller(live_server.url).get(PLACE, headers={"Authorization": "Basic bWFuYWdlcjp4"})
    assert answer.code == "not_authenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_needs_the_csrf_token_to_write(register: Register, manager_a: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager_a)
    place = f"/api/{PLACE}"
    assert client.get(place).status_code == 200
    refused = client.patch(place, {"name": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    client.cookies["csrftoken"] = token = "x" * 32
    patched = client.patch(
        place, {"name": "x"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert patched.status_code == 200
