"""A manager of A meets nothing of B: not in a page, not in a choice, and not by a crafted form.

Everything of B has "beta" in its name.
"""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, delete, errors_on, history, text_of
from tests.staff.conftest import Register

LISTS = [
    "/admin/",
    "/admin/communities/",
    "/admin/members/",
    "/admin/assets/",
    "/admin/communities/community/",
    "/admin/communities/staffrole/",
    "/admin/members/member/",
    "/admin/assets/asset/",
    "/admin/communities/staffrole/add/",
    "/admin/members/member/add/",
    "/admin/assets/asset/add/",
]
QUERIES: list[dict[str, str]] = [
    {"q": "beta"},
    {"q": "IT001E00000099"},
    {"q": "beta-sensor-1"},
    {"community": "{b}"},
    {"owner": "{berta}"},
    {"area": "north", "community": "{b}"},
    {"_popup": "1"},
    {"o": "1.2"},
]


@pytest.fixture
def manager(manager_a: User, manager_b: User, register: Register) -> Browser:
    return Browser(manager_a)


def anything_of_b(answer: Any) -> bool:
    text = text_of(answer).lower()
    return "beta" in text or "manager_b" in text or "it001e00000099" in text


def asked(answer: Any) -> str:
    """The page without what the caller typed, which stands in the search box and in links."""
    text = text_of(answer)
    for name in ("q=beta", "q%3Dbeta", 'value="beta"', ">Search: beta <", "beta-sensor-1", "IT001E00000099"):
        text = text.replace(name, "")
    return text.lower()


def test_the_net_catches_something(superuser: User, register: Register) -> None:
    for url in ("/admin/communities/community/", "/admin/members/member/", "/admin/assets/asset/"):
        assert anything_of_b(Browser(superuser).get(url))


@pytest.mark.parametrize("url", LISTS)
def test_no_page_shows_it(manager: Browser, url: str) -> None:
    answer = manager.get(url)
    assert answer.status_code == 200
    assert not anything_of_b(answer)


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize(
    "url", ["/admin/members/member/", "/admin/assets/asset/", "/admin/communities/community/"]
)
def test_no_query_shows_it(manager: Browser, register: Register, url: str, query: dict[str, str]) -> None:
    places = {"b": register.b.pk, "berta": register.beta.pk}
    answer = manager.get(url, **{name: value.format(**places) for name, value in query.items()})
    if answer.status_code == 200:
        assert "beta" not in asked(answer)
        found = answer.context["cl"].result_list
        assert not any("beta" in str(record).lower() for record in found)
    else:
        assert answer.status_code == 400  # this list has no such filter


@pytest.mark.parametrize("record", ["b", "beta", "beta_pv", "beta_meter"])
@pytest.mark.parametrize("address", [change, delete, history])
def test_its_records_are_not_found(manager: Browser, register: Register, record: str, address: Any) -> None:
    url = address(getattr(register, record))
    for answer in (
        manager.get(url),
        manager.post(url, {"post": "yes", "name": "Mine"}),
        manager.client.head(url),
    ):
        assert answer.status_code == 404
        assert not anything_of_b(answer)
    assert manager.get(url + "?_to_field=id").status_code == 404
    assert manager.get(url + "?_to_field=key").status_code in (400, 404)
    assert type(getattr(register, record)).objects.filter(pk=getattr(register, record).pk).exists()


@pytest.mark.parametrize("address", [change, delete])
def test_its_roles_are_not_found(manager: Browser, manager_b: User, address: Any) -> None:
    url = address(manager_b.staff_roles.get())
    assert manager.get(url).status_code == 404
    assert manager.post(url, {"post": "yes", "level": "viewer"}).status_code == 404


def autocomplete(browser: Browser, **query: Any) -> Any:
    asking = {"app_label": "assets", "model_name": "asset", "field_name": "owner", **query}
    return browser.get("/admin/autocomplete/", **asking)


def test_autocomplete_offers_the_own_members_only(manager: Browser, register: Register) -> None:
    for term in ("", "beta", "IT001E00000099", "a"):
        answer = autocomplete(manager, term=term)
        assert answer.status_code == 200
        assert {each["text"] for each in answer.json()["results"]} <= {"Anna (m-1)"}
    assert autocomplete(manager, term="anna").json()["results"] == [
        {"id": str(register.anna.pk), "text": "Anna (m-1)"}
    ]
    assert autocomplete(manager, community=register.b.pk).json()["results"] == []
    assert autocomplete(manager, community="x").json()["results"] == []


def test_autocomplete_offers_what_the_form_would_take(
    viewer_a: User, superuser: User, register: Register
) -> None:
    """A viewer sees the members, but may not give one an asset."""
    assert autocomplete(Browser(viewer_a)).json()["results"] == []
    assert len(autocomplete(Browser(superuser)).json()["results"]) == 2
    narrowed = autocomplete(Browser(superuser), community=register.a.pk).json()["results"]
    assert [each["text"] for each in narrowed] == ["Anna (m-1)"]


@pytest.mark.parametrize(
    "asking",
    [
        {"app_label": "members", "model_name": "member", "field_name": "account"},
        {"app_label": "members", "model_name": "member", "field_name": "community"},
        {"app_label": "members", "model_name": "holding", "field_name": "member"},
        {"app_label": "members", "model_name": "historicalmember", "field_name": "community"},
        {"app_label": "communities", "model_name": "staffrole", "field_name": "user"},
        {"app_label": "assets", "model_name": "asset", "field_name": "community"},
        {"app_label": "assets", "model_name": "asset", "field_name": "holdings"},
        {"app_label": "assets", "model_name": "asset", "field_name": "x"},
        {"app_label": "x", "model_name": "asset", "field_name": "owner"},
    ],
    ids=str,
)
def test_autocomplete_answers_for_nothing_else(manager: Browser, asking: dict[str, str]) -> None:
    assert autocomplete(manager, **asking).status_code == 403


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_autocomplete_is_closed_to_whoever_has_no_role(
    caller: str, request: pytest.FixtureRequest, register: Register
) -> None:
    assert autocomplete(Browser(request.getfixturevalue(caller))).status_code == 302


def test_a_member_cannot_be_put_into_b(manager: Browser, register: Register) -> None:
    typed = {"name": "Spy", "role": "consumer", "status": "active", "community": register.b.pk}
    answer = manager.send("/admin/members/member/add/", **typed)
    assert errors_on(answer) == {"community": ["invalid_choice"]}
    assert not Member.objects.filter(name="Spy").exists()
    assert not anything_of_b(answer)


def test_an_asset_cannot_be_given_to_a_member_of_b(manager: Browser, register: Register) -> None:
    typed = {"name": "Spy", "asset_type": "pv", "owner": register.beta.pk}
    answer = manager.send("/admin/assets/asset/add/", **typed)
    assert errors_on(answer) == {"owner": ["invalid_choice"]}
    assert not Asset.objects.filter(name="Spy").exists()
    assert not anything_of_b(answer)
    answer = manager.send(change(register.pv), owner=register.beta.pk)
    assert errors_on(answer) == {"owner": ["invalid_choice"]}
    assert not anything_of_b(answer)


@pytest.mark.parametrize(
    "post", [{}, {"post": "yes"}, {"select_across": "1"}, {"select_across": "1", "post": "yes"}]
)
def test_nothing_of_b_is_deleted_in_bulk(manager: Browser, register: Register, post: dict[str, str]) -> None:
    for kind, record in (("members/member", register.beta), ("assets/asset", register.beta_pv)):
        answer = manager.post(
            f"/admin/{kind}/", {"action": "delete_selected", ACTION_CHECKBOX_NAME: record.pk, **post}
        )
        assert answer.status_code in (200, 302)
        assert not anything_of_b(answer)
    assert Asset.objects.filter(pk=register.beta_pv.pk).exists()
    assert Member.objects.filter(pk=register.beta.pk).exists()


def test_popups_for_choosing_show_the_own_only(manager: Browser) -> None:
    answer = manager.get("/admin/members/member/?_popup=1&_to_field=id")
    assert answer.status_code == 200
    assert not anything_of_b(answer)


def test_a_role_in_two_communities_has_two_levels(manager_a: User, register: Register) -> None:
    """Manager here and viewer there: seen everywhere, changed here only."""
    StaffRole.objects.create(user=manager_a, community=register.b, level="viewer")
    browser = Browser(manager_a)
    assert browser.get(change(register.beta)).status_code == 200
    assert "<textarea" not in text_of(browser.get(change(register.beta)))
    assert browser.post(change(register.beta), {"name": "Mine"}).status_code == 403
    assert browser.get(delete(register.beta)).status_code == 403
    assert browser.post(delete(register.beta_pv), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [register.beta_pv.pk, register.pv.pk]}
    for post in ({}, {"post": "yes"}):
        assert browser.post("/admin/assets/asset/", {**bulk, **post}).status_code == 403
    assert Asset.objects.count() == 4
    assert {each["text"] for each in autocomplete(browser).json()["results"]} == {"Anna (m-1)"}
    typed = {"name": "Spy", "role": "consumer", "status": "active", "community": register.b.pk}
    assert errors_on(browser.send("/admin/members/member/add/", **typed)) == {"community": ["invalid_choice"]}


@pytest.mark.parametrize(
    "lookup", ["community__key", "community_id", "id", "pk__in", "owner__name", "name", "holdings"]
)
def test_a_list_takes_no_parameter_but_its_filters(manager: Browser, lookup: str) -> None:
    for url in ("/admin/members/member/", "/admin/assets/asset/", "/admin/communities/community/"):
        assert manager.get(url, **{lookup: "1"}).status_code == 400
        assert manager.get(url, **{f"{lookup}__regex": "("}).status_code == 400


def test_whoever_has_a_role_sees_only_what_staffed_by_says(viewer_a: User, register: Register) -> None:
    browser = Browser(viewer_a)
    for url in ("/admin/members/member/", "/admin/assets/asset/", "/admin/communities/community/"):
        assert not anything_of_b(browser.get(url))
    assert Community.objects.count() == 2
