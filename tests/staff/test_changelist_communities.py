"""The list of communities."""

import pytest

from recportal.accounts.models import User
from tests.staff.browsing import Browser, text_of
from tests.staff.conftest import Register

URL = "/admin/communities/community/"


def keys(user: User, **query: str) -> list[str]:
    answer = Browser(user).get(URL, **query)
    assert answer.status_code == 200
    return [community.key for community in answer.context["cl"].result_list]


def test_it_works(manager_a: User, viewer_a: User, manager_b: User, superuser: User) -> None:
    assert keys(manager_a) == keys(viewer_a) == ["alpha"]
    assert keys(manager_b) == ["beta"]
    assert keys(superuser) == ["alpha", "beta"]


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(caller: str, request: pytest.FixtureRequest) -> None:
    assert Browser(request.getfixturevalue(caller)).get(URL).status_code == 302


def test_it_finds_by_key_and_names(manager_a: User, register: Register) -> None:
    assert keys(manager_a, q="ALPHA") == ["alpha"]
    assert keys(manager_a, q="alpha s.c.") == ["alpha"]
    assert keys(manager_a, q="beta") == []


def test_it_counts_members_and_assets_and_leads_to_them(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(URL))
    assert f'<a href="/admin/members/member/?community={register.a.pk}">1</a>' in text
    assert f'<a href="/admin/assets/asset/?community={register.a.pk}">2</a>' in text


def test_it_loads_no_documents(manager_a: User, register: Register) -> None:
    community = Browser(manager_a).get(URL).context["cl"].result_list[0]
    assert {"areas", "topology", "legal", "extra", "search_text"} <= community.get_deferred_fields()


def test_only_superusers_can_add(manager_a: User, superuser: User) -> None:
    assert "/add/" not in text_of(Browser(manager_a).get(URL)).split('id="content"')[1]
    assert Browser(manager_a).get(URL + "add/").status_code == 403
    assert Browser(superuser).get(URL + "add/").status_code == 200
