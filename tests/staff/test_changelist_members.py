"""The list of members."""

import pytest

from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, listing, text_of
from tests.staff.conftest import Register

URL = "/admin/members/member/"


@pytest.fixture
def berta(register: Register) -> Member:
    return Member.objects.create(
        community=register.a,
        key="m-2",
        name="Bèrta",
        role="consumer",
        status="pending",
        area="",
        user_id="b-2",
    )


def names(user: User, **query: str) -> list[str]:
    answer = Browser(user).get(URL, **query)
    assert answer.status_code == 200
    return [member.name for member in answer.context["cl"].result_list]


def test_it_is_where_it_should_be() -> None:
    assert listing("members.member") == URL


def test_it_works(manager_a: User, berta: Member) -> None:
    assert names(manager_a) == ["Anna", "Bèrta"]


def test_it_shows_a_viewer_the_same(viewer_a: User, berta: Member) -> None:
    assert names(viewer_a) == ["Anna", "Bèrta"]


def test_it_shows_each_manager_the_own_community(manager_b: User, berta: Member) -> None:
    assert names(manager_b) == ["Beta Berta"]


def test_it_shows_a_superuser_everything(superuser: User, berta: Member) -> None:
    assert names(superuser) == ["Anna", "Bèrta", "Beta Berta"]


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(caller: str, request: pytest.FixtureRequest) -> None:
    answer = Browser(request.getfixturevalue(caller)).get(URL)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("m-1", ["Anna"]),
        ("berta", ["Bèrta"]),
        ("BÈR", ["Bèrta"]),
        ("m-1-user", ["Anna"]),
        ("m-1@example.org", ["Anna"]),
        ("IT001E00000001", ["Anna"]),
        ("it 001 e 0000 0001", ["Anna"]),
        ("IT-001-E-00000001", ["Anna"]),
        ("beta", []),
        ("%", []),
    ],
)
def test_it_finds_by_key_name_user_id_and_delivery_point(
    manager_a: User, berta: Member, query: str, found: list[str]
) -> None:
    assert names(manager_a, q=query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"role": "consumer"}, ["Bèrta"]),
        ({"role": "king"}, []),
        ({"status": "active"}, ["Anna"]),
        ({"status": "active", "role": "consumer"}, []),
        ({"area": "north"}, ["Anna"]),
        ({"area": "-"}, ["Bèrta"]),
        ({"area": "nowhere"}, []),
    ],
)
def test_it_filters(manager_a: User, berta: Member, query: dict[str, str], found: list[str]) -> None:
    assert names(manager_a, **query) == found


def test_it_filters_by_a_community_of_the_user(superuser: User, register: Register) -> None:
    assert names(superuser, community=str(register.b.pk)) == ["Beta Berta"]
    assert names(superuser, community="0") == []
    assert names(superuser, community="x") == []


def test_it_shows_nothing_for_a_community_of_others(manager_a: User, register: Register) -> None:
    assert names(manager_a, community=str(register.b.pk)) == []


def test_it_offers_the_areas_of_the_one_community(
    superuser: User, manager_a: User, register: Register
) -> None:
    assert ">South<" in text_of(Browser(manager_a).get(URL))
    assert ">South<" not in text_of(Browser(superuser).get(URL))
    assert ">South<" in text_of(Browser(superuser).get(URL, community=register.a.pk))


def test_it_counts_assets_and_leads_to_them(manager_a: User, register: Register) -> None:
    assert f'<a href="/admin/assets/asset/?owner={register.anna.pk}">2</a>' in text_of(
        Browser(manager_a).get(URL)
    )


def test_it_names_the_community_only_where_there_are_several(
    manager_a: User, superuser: User, register: Register
) -> None:
    link = f'<a href="/admin/communities/community/{register.a.pk}/change/">alpha</a>'
    assert link not in text_of(Browser(manager_a).get(URL))
    assert link in text_of(Browser(superuser).get(URL))


def test_it_shows_the_first_page_when_asked_for_one_that_there_is_not(
    manager_a: User, register: Register
) -> None:
    for number in range(60):
        Member.objects.create(community=register.a, name=f"M {number}", role="consumer")
    assert len(names(manager_a)) == 50
    assert len(names(manager_a, p="2")) == 11
    for page in ("99", "0", "-1", "x", "9" * 400):
        assert names(manager_a, p=page)[0] == "Anna"


def test_it_sorts_by_community_and_key(superuser: User, register: Register) -> None:
    zulu = Community.objects.create(key="a-first", name="Zulu")
    Member.objects.create(community=zulu, key="a", name="Zoe", role="consumer")
    assert names(superuser) == ["Anna", "Beta Berta", "Zoe"]


def test_it_offers_nothing_to_do_to_a_viewer(viewer_a: User, register: Register) -> None:
    text = text_of(Browser(viewer_a).get(URL))
    assert "delete_selected" not in text
    assert "/add/" not in text
