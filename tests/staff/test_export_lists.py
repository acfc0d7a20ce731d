"""What a list shows, as a table and as JSON; a community as a bundle; templates."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from recportal.accounts.models import User
from tests.factories import AssetFactory, MemberFactory
from tests.staff.browsing import Browser, change, listing, text_of
from tests.staff.conftest import Register

MEMBERS, ASSETS = "/admin/export/members", "/admin/export/assets"


def body(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_it_works(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    table = body(browser.get(f"{ASSETS}.csv"))
    assert table.startswith("\ufeffCommunity,Key,Name,")
    assert table.count("\r\n") == 3
    records = json.loads(body(browser.get(f"{MEMBERS}.json")))
    assert [record["key"] for record in records] == ["m-1"]
    assert records[0]["delivery_points"] == register.anna.delivery_points


def test_it_is_exactly_what_the_list_shows(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    MemberFactory.create_batch(60, community=register.a, role="consumer")
    MemberFactory.create(community=register.a, key="pending", status="pending")
    assert len(json.loads(body(browser.get(f"{MEMBERS}.json", status="active")))) == 61
    assert len(json.loads(body(browser.get(f"{MEMBERS}.json", status="pending", p="9")))) == 1
    found = json.loads(body(browser.get(f"{ASSETS}.json", q="sensor-1", o="2")))
    assert [each["key"] for each in found] == ["meter-1"]
    assert json.loads(body(browser.get(f"{ASSETS}.json", q="nothing of this name"))) == []


def test_the_list_links_to_it_with_its_filters(manager_a: User, register: Register) -> None:
    page = text_of(Browser(manager_a).get(listing("members.member"), status="active"))
    assert f'href="{MEMBERS}.csv?status=active"' in page
    assert f'href="{MEMBERS}.json?status=active"' in page


def test_it_follows_the_switcher(superuser: User, register: Register) -> None:
    browser = Browser(superuser)
    assert len(json.loads(body(browser.get(f"{MEMBERS}.json")))) == 2
    browser.post("/admin/switch/", {"community": "beta"})
    assert [each["key"] for each in json.loads(body(browser.get(f"{MEMBERS}.json")))] == ["beta-m-1"]


def test_who_gets_what(
    register: Register, manager_a: User, viewer_a: User, manager_b: User, member_a: User, stranger: User
) -> None:
    for address in (f"{MEMBERS}.csv", f"{MEMBERS}.json", f"{ASSETS}.csv", f"{ASSETS}.json"):
        for user in (manager_a, viewer_a):
            assert "beta" not in body(Browser(user).get(address, community=register.b.pk)).lower()
            assert "beta" not in body(Browser(user).get(address)).lower()
        assert "alpha" not in body(Browser(manager_b).get(address))
        for user in (member_a, stranger):
            assert Browser(user).get(address).status_code == 302
    for form in ("yaml", "json"):
        address = f"/admin/export/community/{register.a.pk}.{form}"
        statuses = [
            Browser(user).get(address).status_code
            for user in (manager_a, viewer_a, manager_b, member_a, stranger)
        ]
        assert statuses == [200, 200, 404, 302, 302]


def test_a_community_says_how_it_is_taken_away_in_both_dialects(viewer_a: User, register: Register) -> None:
    browser = Browser(viewer_a)
    shown = text_of(browser.get(change(register.a)))
    address = f"/admin/export/community/{register.a.pk}.yaml"
    for query, begins, name in (
        ("", "recportal: 1", "alpha.yaml"),
        ("celine", "community:", "alpha.celine.yaml"),
    ):
        link = f"{address}?format={query}" if query else address
        assert f'href="{link}"' in shown
        answer = browser.get(link)
        assert any(line.startswith(begins) for line in body(answer).splitlines())
        assert f'filename="{name}"' in answer.headers["Content-Disposition"]
    for dialect in ("", "CELINE", "x", "\0"):
        assert browser.get(address, format=dialect).status_code in (400, 404)


@pytest.mark.parametrize("address", [f"{MEMBERS}.csv", f"{MEMBERS}.json", f"{ASSETS}.csv", f"{ASSETS}.json"])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    manager_a: User, register: Register, address: str
) -> None:
    browser = Browser(manager_a)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            body(browser.get(address))
        return len(captured)

    few = queries()
    for member in MemberFactory.create_batch(20, community=register.a):
        AssetFactory.create(owner=member)
    assert Member.objects.count() > 20
    assert queries() == few


def test_templates_are_tables_without_rows(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    for records in ("members", "assets"):
        assert body(browser.get(f"/admin/export/template/{records}.csv")).count("\r\n") == 1


def test_hostile_addresses_are_not_found(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    for address in (
        "/admin/export/users.csv",
        f"{MEMBERS}.exe",
        "/admin/export/template/x.csv",
        f"/admin/export/community/{'9' * 30}.json",
        f"/admin/export/community/{register.a.pk}.exe",
        f"{MEMBERS}.csv?nonsense=1",
        f"{MEMBERS}.csv?account__password__startswith=x",
    ):
        assert browser.get(address).status_code in (400, 404), address
    for query in ({"community": "9" * 40}, {"q": "x" * 5000}, {"o": "99.x"}, {"p": "-1"}):
        assert browser.get(f"{MEMBERS}.json", **query).status_code < 500
