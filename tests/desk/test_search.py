"""The one search over communities, members, assets and delivery points."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from recportal.desk.search import MOST_HITS
from tests.staff.browsing import Browser, change, text_of
from tests.staff.conftest import Register
from tests.staff.test_hostile_input import HOSTILE

URL = "/admin/search/"


@pytest.fixture
def rich(register: Register) -> Register:
    register.anna.name = "Anna Müller"
    register.anna.save()
    register.pv.device = {"serial_number": "SN 4711"}
    register.pv.save()
    return register


def found(user: User | Browser, words: str, **query: Any) -> dict[str, list[str]]:
    browser = user if isinstance(user, Browser) else Browser(user)
    answer = browser.get(URL, q=words, **query)
    assert answer.status_code == 200
    groups = answer.context["groups"]
    return {group.kind: [hit.label for hit in group.hits] for group in groups}


ANNA = {"member": ["Anna Müller (m-1)"]}
POINT = {**ANNA, "point": ["IT 001 E 00000001"]}


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("anna", ANNA),
        ("MULLER", ANNA),
        ("müller anna", ANNA),
        ("m-1-user", ANNA),
        ("m-1-us", ANNA),
        ("m-1@example.org", ANNA),
        ("IT001E00000001", POINT),
        ("it 001 e 0000 0001", POINT),
        ("IT-001-E-00000001", POINT),
        ("IT.001.E.00000001", POINT),
        ("00000001", POINT),
        ("IT001E000000015", {"point": ["IT 001 E 00000001"]}),  # with the character that no code keeps
        ("sensor-1", {"asset": ["meter-1 of m-1 (meter-1)"]}),
        ("SENSOR", {"asset": ["meter-1 of m-1 (meter-1)"]}),
        ("sn 4711", {"asset": ["pv-1 of m-1 (pv-1)"]}),
        ("pv-1", {"asset": ["pv-1 of m-1 (pv-1)"]}),
        ("alpha", {"community": ["Alpha (alpha)"]}),
        ("alpha s.c.", {"community": ["Alpha (alpha)"]}),
        ("", {}),
        ("  ", {}),
        ("nobody", {}),
        ("beta", {}),
    ],
)
@pytest.mark.parametrize("caller", ["manager_a", "viewer_a"])
def test_it_finds_by_whatever_a_record_is_known_by(
    request: pytest.FixtureRequest, rich: Register, caller: str, words: str, hits: dict[str, list[str]]
) -> None:
    assert found(request.getfixturevalue(caller), words) == hits


@pytest.mark.parametrize(
    "words", ["beta", "beta-m-1", "beta-m-1-user", "IT001E00000099", "beta-sensor-1", "beta-pv"]
)
def test_nothing_of_another_community_is_found(
    manager_a: User, superuser: User, rich: Register, words: str
) -> None:
    assert found(superuser, words)
    for query in ({}, {"palette": "1"}):
        answer = Browser(manager_a).get(URL, q=words, **query)
        assert not answer.context["groups"]
        assert str(rich.beta.pk) + "/change" not in text_of(answer) or rich.beta.pk == rich.anna.pk


def test_everybody_finds_their_own(superuser: User, manager_b: User, rich: Register) -> None:
    both = ["beta-meter-1 of beta-m-1 (beta-meter-1)", "meter-1 of m-1 (meter-1)"]
    assert sorted(found(superuser, "meter-1")["asset"]) == both
    assert found(manager_b, "meter-1")["asset"] == both[:1]
    assert sorted(found(superuser, "it001e")["point"]) == ["IT 001 E 00000001", "IT001E00000099"]


def test_the_switcher_narrows_it(superuser: User, rich: Register) -> None:
    browser = Browser(superuser)
    browser.client.cookies["community"] = str(rich.a.pk)
    assert found(browser, "beta") == {}
    assert found(browser, "m-1")["member"] == ["Anna Müller (m-1)"]


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(request: pytest.FixtureRequest, caller: str) -> None:
    assert Browser(request.getfixturevalue(caller)).get(URL, q="a").status_code == 302


def test_a_hit_says_what_it_is_and_leads_there(manager_a: User, rich: Register) -> None:
    for query in ({}, {"palette": "1"}):
        text = text_of(Browser(manager_a).get(URL, q="IT001E00000001", **query))
        assert f'href="{change(rich.anna)}"' in text
        assert "POD · Anna Müller (m-1) · Alpha" in text
        text = text_of(Browser(manager_a).get(URL, q="pv-1", **query))
        assert f'href="{change(rich.pv)}"' in text
        assert "pv · 4.5 kWp · Anna Müller · Alpha" in text


def test_a_point_that_nobody_holds_now_is_found_and_said_to_be(manager_a: User, rich: Register) -> None:
    rich.anna.status = "inactive"
    rich.anna.save()
    assert found(manager_a, "IT001E00000001")["point"] == ["IT 001 E 00000001"]
    assert "not in use" in text_of(Browser(manager_a).get(URL, q="IT001E00000001"))


def test_a_whole_id_comes_first(manager_a: User, rich: Register) -> None:
    for number in range(5):
        Asset.objects.create(owner=rich.anna, key=f"a-{number}", name="like pv-1", asset_type="load")
    assert found(manager_a, "PV-1")["asset"][0] == "pv-1 of m-1 (pv-1)"


def test_many_hits_are_cut_and_lead_to_the_list(manager_a: User, rich: Register) -> None:
    for number in range(MOST_HITS + 5):
        Member.objects.create(community=rich.a, name=f"Roof & sun {number}", role="consumer")
    answer = Browser(manager_a).get(URL, q="roof &")
    assert len(answer.context["groups"][0].hits) == MOST_HITS
    assert 'href="/admin/members/member/?q=roof+%26"' in text_of(answer)


@pytest.mark.parametrize("caller", ["manager_a", "superuser"])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    request: pytest.FixtureRequest, rich: Register, caller: str
) -> None:
    browser = Browser(request.getfixturevalue(caller))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            found(browser, "m-")
        return len(queries)

    def fill(numbers: range) -> None:
        for number in numbers:
            _add_member(rich, number)

    fill(range(1))
    count()
    few = count()
    fill(range(1, 30))
    assert count() == few


def _add_member(register: Register, number: int) -> None:
    member = Member.objects.create(
        community=register.a,
        key=f"m-2{number}",
        name="M",
        role="consumer",
        status="active",
        delivery_points=[{"id": f"m-point {number}", "type": "other"}],
    )
    Asset.objects.create(
        owner=member, key=f"m-{number}", name="M", asset_type="load", sensor_id=f"m-{number}"
    )


@pytest.mark.parametrize("words", HOSTILE, ids=lambda value: value[:20])
def test_hostile_words_find_nothing_bad(superuser: User, rich: Register, words: str) -> None:
    for query in ({}, {"palette": words}, {"x": words}):
        assert Browser(superuser).get(URL, q=words, **query).status_code in (200, 400)
    assert Browser(superuser).post(URL, {"q": words}).status_code in (400, 405, 413)


def test_what_is_typed_is_shown_as_text(manager_a: User, rich: Register) -> None:
    text = text_of(Browser(manager_a).get(URL, q="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
