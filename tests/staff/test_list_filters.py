"""The filters of lists: their counts, ranges, and what is shown of those that are in use."""

from typing import Any

import pytest

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, text_of
from tests.staff.conftest import Register

MEMBERS = "/admin/members/member/"
ASSETS = "/admin/assets/asset/"


def keys(user: User, url: str, **query: Any) -> list[str]:
    answer = Browser(user).get(url, **query)
    assert answer.status_code == 200
    return [record.key for record in answer.context["cl"].result_list]


def offered(user: User, url: str, title: str, **query: Any) -> dict[str, int | None]:
    """What a filter offers, with its counts."""
    changelist = Browser(user).get(url, **query).context["cl"]
    spec = next(spec for spec in changelist.filter_specs if str(spec.title) == title)
    return {str(each["display"]): each.get("count") for each in list(spec.choices(changelist))[1:]}


@pytest.fixture
def berta(register: Register) -> Member:
    return Member.objects.create(
        community=register.a, key="m-2", name="Berta", role="consumer", status="pending"
    )


@pytest.fixture
def devices(register: Register, berta: Member) -> None:
    for key, kind, properties in (
        ("pv-2", "pv", {"capacity_kwp": 10, "installation_date": "2020-06-01"}),
        ("battery", "storage", {"capacity_kwh": 10, "max_power_kw": 5}),
        ("charger", "ev_charger", {"max_power_kw": 11}),
        ("pump", "heat_pump", {"thermal_power_kw": 5}),
    ):
        Asset.objects.create(owner=berta, key=key, name=key, asset_type=kind, properties=properties)


def test_each_choice_says_how_many_there_are(manager_a: User, register: Register, berta: Member) -> None:
    assert offered(manager_a, MEMBERS, "status") == {"pending": 1, "active": 1, "suspended": 0, "inactive": 0}
    assert offered(manager_a, MEMBERS, "area") == {"North": 1, "South": 0, "No area": 1}
    assert offered(manager_a, MEMBERS, "delivery point") == {
        "with a delivery point": 1,
        "without a delivery point": 1,
    }
    assert offered(manager_a, MEMBERS, "account") == {"with an account": 0, "without an account": 2}
    assert offered(manager_a, ASSETS, "area") == {"North": 2, "South": 0, "No area": 0}
    assert offered(manager_a, ASSETS, "sensor") == {"with a sensor": 1, "without a sensor": 1}


def test_a_filter_in_use_counts_what_the_others_would_show(
    manager_a: User, register: Register, berta: Member
) -> None:
    assert offered(manager_a, MEMBERS, "status", status="pending")["active"] == 1
    assert offered(manager_a, MEMBERS, "role", status="pending") == {
        "consumer": 1, "prosumer": 0, "producer": 0, "operator": 0, "admin": 0,
    }  # fmt: skip
    assert offered(manager_a, MEMBERS, "status", q="anna") == {
        "pending": 0, "active": 1, "suspended": 0, "inactive": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("caller", "counts"),
    [
        ("viewer_a", {"pv": 1, "meter": 1}),
        ("manager_b", {"pv": 1, "meter": 1}),
        ("superuser", {"pv": 2, "meter": 2}),
    ],
)
def test_counts_are_of_what_the_caller_sees(
    request: pytest.FixtureRequest, register: Register, caller: str, counts: dict[str, int]
) -> None:
    found = offered(request.getfixturevalue(caller), ASSETS, "type")
    assert {name: number for name, number in found.items() if number} == counts


def test_the_switcher_narrows_the_counts(superuser: User, register: Register) -> None:
    browser = Browser(superuser)
    browser.client.cookies["community"] = str(register.a.pk)
    changelist = browser.get(ASSETS).context["cl"]
    spec = next(spec for spec in changelist.filter_specs if spec.title == "type")
    assert [each["count"] for each in spec.choices(changelist) if str(each["display"]) == "pv"] == [1]


def test_where_there_are_too_many_records_nothing_is_counted(
    superuser: User, register: Register, berta: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recportal.staff.counting.MOST_COUNTED", 2)
    assert set(offered(superuser, MEMBERS, "status").values()) == {None}
    assert set(offered(superuser, MEMBERS, "status", status="pending").values()) == {None}
    assert set(offered(superuser, MEMBERS, "role", q="anna").values()) == {None}
    assert offered(superuser, MEMBERS, "role", community=register.a.pk)["consumer"] == 1
    assert set(offered(superuser, MEMBERS, "community", community=register.a.pk).values()) == {None}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kwp_from": "5"}, ["pv-2"]),
        ({"kwp_from": "4,5", "kwp_to": "10"}, ["pv-1", "pv-2"]),
        ({"kwp_to": "4.5"}, ["pv-1"]),
        ({"kwh_from": "10"}, ["battery"]),
        ({"kw_from": "5"}, ["charger", "pump"]),
        ({"kw_from": "5", "asset_type": "heat_pump"}, ["pump"]),
        ({"installed_from": "2020-01-01", "installed_to": "2020-12-31"}, ["pv-2"]),
        ({"installed_from": "2021-01-01"}, []),
        ({"updated_to": "1999-12-31"}, []),
        ({"kwp_from": "much"}, []),
        ({"kwp_from": "9" * 400}, []),
        ({"kwp_from": "nan"}, []),
        ({"kwp_from": "1_0"}, []),
        ({"kwp_from": "٣"}, []),
        ({"installed_from": "yesterday"}, []),
        ({"updated_from": "2020-02-31"}, []),
        ({"updated_from": "9999-12-31"}, []),
        ({"sensor": "x"}, []),
    ],
    ids=str,
)
def test_ranges(manager_a: User, devices: None, query: dict[str, str], found: list[str]) -> None:
    assert keys(manager_a, ASSETS, **query) == found


def test_days_of_creation_and_change(manager_a: User, berta: Member) -> None:
    day = berta.updated_at.date().isoformat()
    assert len(keys(manager_a, MEMBERS, created_from=day, created_to="9999-12-31")) == 2
    assert len(keys(manager_a, MEMBERS, updated_from="0001-01-01", updated_to=day)) == 2
    assert keys(manager_a, MEMBERS, created_from="9999-12-31") == []


def test_nonsense_is_said_to_be_nonsense(manager_a: User, devices: None) -> None:
    text = text_of(Browser(manager_a).get(ASSETS, kwp_from="much", sensor="0"))
    assert "This is not a number." in text
    assert 'value="much"' in text
    assert '<input type="hidden" name="sensor" value="0">' in text
    assert "Nothing matches." in text


def test_only_ranges_of_the_chosen_type_are_offered(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).get(ASSETS, asset_type="pv"))
    assert 'name="kwp_from"' in text
    assert 'name="kwh_from"' not in text
    assert 'name="kw_from"' not in text


def chips(user: User, url: str, **query: Any) -> dict[str, str]:
    return {
        f"{chip.title}: {chip.value}": chip.without
        for chip in Browser(user).get(url, **query).context["cl"].chips
    }


def test_what_narrows_the_list_is_shown_and_removable(superuser: User, register: Register) -> None:
    found = chips(
        superuser, MEMBERS, q="anna", status="active", community=register.a.pk, area="north", point="1"
    )
    assert set(found) == {
        "Search: anna",
        "status: active",
        "community: Alpha (alpha)",
        "area: North",
        "delivery point: with a delivery point",
    }
    assert found["Search: anna"] == f"?area=north&community={register.a.pk}&point=1&status=active"
    assert found["area: North"] == f"?community={register.a.pk}&point=1&q=anna&status=active"
    assert chips(superuser, ASSETS, kwp_from="5", kwp_to="7.5") == {"capacity in kWp: 5 kWp – 7.5 kWp": "?"}
    assert chips(superuser, ASSETS, kwp_to="7") == {"capacity in kWp: up to 7 kWp": "?"}
    assert chips(superuser, ASSETS, asset_type="kettle") == {"type: kettle": "?"}
    assert chips(superuser, ASSETS) == {}


def test_empty_lists_say_what_to_do(superuser: User, viewer_a: User, register: Register) -> None:
    Asset.objects.all().delete()
    text = text_of(Browser(superuser).get(ASSETS))
    assert "No assets yet." in text
    assert 'href="/admin/assets/asset/add/"' in text.split('class="nothing"')[1]
    text = text_of(Browser(viewer_a).get(ASSETS))
    assert "No assets yet." in text
    assert "/add/" not in text
    assert "Nothing matches." in text_of(Browser(viewer_a).get(MEMBERS, q="nobody"))


def test_communities_are_filtered_by_country(superuser: User, register: Register) -> None:
    for community, country in ((register.a, "IT"), (register.b, "AT")):
        community.settings = {"country": country}
        community.save()
    url = "/admin/communities/community/"
    assert offered(superuser, url, "country") == {"AT": 1, "IT": 1}
    assert keys(superuser, url, country="AT") == ["beta"]
    assert keys(superuser, url, country="XX") == []


def test_the_list_names_the_area(manager_a: User, register: Register) -> None:
    assert '<td class="field-area">North</td>' in text_of(Browser(manager_a).get(MEMBERS))
