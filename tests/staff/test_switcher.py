"""The switcher in the header: it narrows what is listed, is remembered, and grants nothing."""

from typing import Any

import pytest

from communities.models import StaffRole
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, text_of
from tests.staff.conftest import Register

MEMBERS = "/admin/members/member/"


def switch(browser: Browser, key: str, **more: Any) -> Any:
    return browser.post("/admin/switch/", {"community": key, **more})


def listed(browser: Browser, url: str = MEMBERS) -> set[str]:
    return {record.key for record in browser.get(url).context["cl"].result_list}


@pytest.fixture
def both(manager_a: User, register: Register) -> Browser:
    StaffRole.objects.create(user=manager_a, community=register.b, level="viewer")
    return Browser(manager_a)


def test_it_narrows_the_lists_and_is_remembered(both: Browser) -> None:
    assert listed(both) == {"m-1", "beta-m-1"}
    assert switch(both, "beta", next=MEMBERS).headers["Location"] == MEMBERS
    assert listed(both) == {"beta-m-1"}
    assert listed(both, "/admin/assets/asset/") == {"beta-pv-1", "beta-meter-1"}
    assert listed(both, "/admin/communities/community/") == {"beta"}
    assert '<option value="beta" selected>' in text_of(both.get("/admin/"))
    switch(both, "")
    assert listed(both) == {"m-1", "beta-m-1"}


def test_an_address_that_names_a_community_has_the_say(both: Browser, register: Register) -> None:
    switch(both, "beta")
    assert listed(both, f"{MEMBERS}?community={register.a.pk}") == {"m-1"}
    assert both.get(change(register.anna)).status_code == 200


def test_a_new_member_belongs_to_the_chosen_community(superuser: User, register: Register) -> None:
    browser = Browser(superuser)
    switch(browser, "beta")
    assert f'<option value="{register.b.pk}" selected>' in text_of(browser.get(f"{MEMBERS}add/"))


def test_whoever_has_one_community_sees_no_switcher(manager_a: User, register: Register) -> None:
    assert "id_switcher" not in text_of(Browser(manager_a).get("/admin/"))


@pytest.mark.parametrize("key", ["beta", "nothing", "x" * 5000, "\x01"])
def test_it_takes_the_own_communities_only(manager_a: User, register: Register, key: str) -> None:
    browser = Browser(manager_a)
    answer = switch(browser, key)
    assert answer.status_code == 302
    assert "community" not in answer.cookies
    assert "no community with this key" in text_of(browser.get("/admin/"))
    assert listed(browser) == {"m-1"}


@pytest.mark.parametrize("cookie", ["{b}", "0", "-1", "x", "9" * 40, "1; DROP"])
def test_a_forged_cookie_grants_nothing(manager_a: User, register: Register, cookie: str) -> None:
    browser = Browser(manager_a)
    browser.client.cookies["community"] = cookie.format(b=register.b.pk)
    assert listed(browser) == {"m-1"}


def test_it_leads_to_no_other_site(both: Browser) -> None:
    for away in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""):
        assert switch(both, "beta", next=away).headers["Location"] == "/admin/"


def test_of_many_communities_one_is_named_by_its_key(superuser: User, register: Register) -> None:
    from tests.factories import CommunityFactory

    CommunityFactory.create_batch(50)
    browser = Browser(superuser)
    assert '<input type="text" name="community"' in text_of(browser.get("/admin/"))
    switch(browser, "beta")
    assert listed(browser) == {"beta-m-1"}


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_behind_the_door_of_the_admin(caller: str, request: pytest.FixtureRequest) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert switch(browser, "alpha").headers["Location"].startswith("/admin/login/")
    assert browser.get("/admin/switch/").status_code == 302


def test_it_only_takes_a_post(manager_a: User) -> None:
    assert Browser(manager_a).get("/admin/switch/").status_code == 405
