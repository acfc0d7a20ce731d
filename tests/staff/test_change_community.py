"""The form of a community: add, look at, change."""

import json

import pytest

from communities.models import Community
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on, text_of
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
    browser = Browser(manager_a)
    form = form_on(browser.get(change(register.a)))
    areas = json.loads(form["areas"])
    areas["east"] = {"name": "East"}
    answer = browser.send(change(register.a), areas=json.dumps(areas), name="Alpha II")
    assert answer.status_code == 302, errors_on(answer)
    register.a.refresh_from_db()
    assert set(register.a.areas) == {"north", "south", "east"}
    assert register.a.name == "Alpha II"


def test_an_error_names_its_place(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).send(
        change(register.a), areas='{"north": {"name": "North", "topology": ["nowhere"]}}'
    )
    assert errors_on(answer) == {"areas": ["unknown_node"]}
    assert "areas.north.topology[0]" in text_of(answer)


def test_a_document_of_megabytes_is_taken(manager_a: User, register: Register) -> None:
    ring = [[round(7 + step / 1e5, 6), 45.1] for step in range(60_000)]
    areas = {"north": {"name": "North", "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}}
    browser = Browser(manager_a)
    assert browser.send(change(register.a), areas=json.dumps(areas)).status_code == 302
    assert browser.get(change(register.a)).status_code == 200


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
    assert ">North</dt>" in text
    assert browser.post(change(register.a), {"name": "X"}).status_code == 403


def test_a_polygon_is_not_read_out_corner_by_corner(viewer_a: User, register: Register) -> None:
    ring = [[7, 45], [8, 45], [8, 46], [7.125, 46], [7, 45]]
    register.a.areas["south"]["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    register.a.save()
    text = text_of(Browser(viewer_a).get(change(register.a)))
    assert "5 values" in text
    assert "7.125" not in text


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
