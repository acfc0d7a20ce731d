"""The form of a community: add, look at, change."""

import json

import pytest

from communities.models import Community
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, text_of
from tests.staff.conftest import Register

ADD = "/admin/communities/community/add/"


def test_adding_works(superuser: User) -> None:
    assert Browser(superuser).send(ADD, name="Sole Nuovo", settings='{"country": "IT"}').status_code == 302
    community = Community.objects.get(key="sole-nuovo")
    assert community.settings == {"country": "IT"}
    assert community.history.get().history_user == superuser


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b"])
def test_only_superusers_add(caller: str, request: pytest.FixtureRequest) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(ADD).status_code == 403
    assert browser.post(ADD, {"name": "X"}).status_code == 403


def test_a_manager_changes_it(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.a), name="Alpha II")
    assert answer.status_code == 302, errors_on(answer)
    before = register.a.areas, register.a.topology
    register.a.refresh_from_db()
    assert (register.a.areas, register.a.topology) == before
    assert register.a.name == "Alpha II"


def test_an_error_names_its_place(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(change(register.a), links='{"website": "ftp://example.org"}')
    assert errors_on(answer) == {"links": ["invalid"]}
    assert "links.website" in text_of(answer)


def test_areas_and_grid_have_pages_of_their_own(viewer_a: User, register: Register) -> None:
    text = text_of(Browser(viewer_a).get(change(register.a)))
    for page, words in (("areas", "2 areas"), ("grid", "2 nodes"), ("map", "map")):
        assert f'<a href="/admin/communities/community/{register.a.pk}/{page}/">{words}</a>' in text


def test_what_is_too_large_is_refused_and_not_a_crash(manager_a: User, register: Register) -> None:
    assert errors_on(Browser(manager_a).send(change(register.a), extra=json.dumps({"x": "y" * 300_000}))) == {
        "extra": ["document_too_large"]
    }
    answer = Browser(manager_a).send(change(register.a), extra="x" * (17 * 2**20))
    assert answer.status_code == 413


@pytest.mark.parametrize("caller", ["viewer_a", "editor_a"])
def test_whoever_does_not_manage_it_looks_on(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    text = text_of(browser.get(change(register.a)))
    assert "<textarea" not in text
    assert ">Alpha S.c.</dd>" in text
    assert browser.post(change(register.a), {"name": "X"}).status_code == 403


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(change(register.a)).status_code == 302
    assert browser.post(change(register.a), {"name": "X"}).status_code == 302


def test_another_manager_does_not_find_it(manager_b: User, register: Register) -> None:
    browser = Browser(manager_b)
    assert browser.get(change(register.a)).status_code == 404
    assert browser.post(change(register.a), {"name": "X"}).status_code == 404


def test_it_shows_what_looks_wrong(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).get(change(register.a))
    assert "no_contact" in {notice.code for notice in answer.context["notices"]}
