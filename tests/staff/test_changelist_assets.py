"""The list of assets."""

import pytest

from assets.models import Asset
from recportal.accounts.models import User
from tests.staff.browsing import Browser, text_of
from tests.staff.conftest import Register

URL = "/admin/assets/asset/"


def keys(user: User, **query: str) -> list[str]:
    answer = Browser(user).get(URL, **query)
    assert answer.status_code == 200
    return [asset.key for asset in answer.context["cl"].result_list]


def test_it_works(manager_a: User, register: Register) -> None:
    assert keys(manager_a) == ["meter-1", "pv-1"]


def test_it_shows_everybody_what_they_may_see(
    viewer_a: User, manager_b: User, superuser: User, register: Register
) -> None:
    assert keys(viewer_a) == ["meter-1", "pv-1"]
    assert keys(manager_b) == ["beta-meter-1", "beta-pv-1"]
    assert len(keys(superuser)) == 4


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(caller: str, request: pytest.FixtureRequest) -> None:
    assert Browser(request.getfixturevalue(caller)).get(URL).status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "sensor-1"}, ["meter-1"]),
        ({"q": "pv-1"}, ["pv-1"]),
        ({"q": "serial 77"}, ["pv-1"]),
        ({"q": "beta"}, []),
        ({"asset_type": "pv"}, ["pv-1"]),
        ({"asset_type": "kettle"}, []),
        ({"sensor": "1"}, ["meter-1"]),
        ({"sensor": "0"}, ["pv-1"]),
        ({"owner": "x"}, []),
        ({"owner": "9" * 400}, []),
    ],
)
def test_it_finds_and_filters(
    manager_a: User, register: Register, query: dict[str, str], found: list[str]
) -> None:
    register.pv.device = {"serial_number": "SERIAL 77"}
    register.pv.save()
    assert keys(manager_a, **query) == found


def test_it_shows_the_assets_of_one_owner(manager_a: User, register: Register) -> None:
    assert keys(manager_a, owner=str(register.anna.pk)) == ["meter-1", "pv-1"]
    assert ">Anna (m-1)<" in text_of(Browser(manager_a).get(URL, owner=register.anna.pk))


def test_an_owner_elsewhere_is_nobody(manager_a: User, register: Register) -> None:
    answer = Browser(manager_a).get(URL, owner=register.beta.pk)
    assert list(answer.context["cl"].result_list) == []
    assert "Beta" not in text_of(answer)


def test_it_shows_capacities_with_their_unit(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(URL))
    assert '<td class="field-capacity">4.5 kWp</td>' in text
    assert '<td class="field-capacity">-</td>' in text  # a meter has no size


def test_it_leads_to_owners(manager_a: User, register: Register) -> None:
    link = f'<a href="/admin/members/member/{register.anna.pk}/change/">Anna</a>'
    assert link in text_of(Browser(manager_a).get(URL))


def test_it_loads_no_documents_but_the_properties(manager_a: User, register: Register) -> None:
    asset: Asset = Browser(manager_a).get(URL).context["cl"].result_list[0]
    assert asset.get_deferred_fields() == {"device", "relationships", "extra", "search_text"}
    assert {"delivery_points", "extra"} <= asset.owner.get_deferred_fields()
    assert {"areas", "topology"} <= asset.community.get_deferred_fields()


def test_a_page_that_lies_deep_shows_what_it_would_show_otherwise(
    manager_a: User, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(101):
        Asset.objects.create(owner=register.anna, key=f"x-{number:03}", name="X", asset_type="pv")
    pages = [keys(manager_a, p=str(page), o="-1") for page in (1, 2, 3)]
    monkeypatch.setattr("recportal.staff.lists.DEEP", 50)
    assert [keys(manager_a, p=str(page), o="-1") for page in (1, 2, 3)] == pages
    assert sorted(key for page in pages for key in page) == keys(manager_a, all="")
