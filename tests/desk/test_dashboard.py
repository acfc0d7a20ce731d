"""The dashboards: exact figures, each leading to the records that it counts, and nothing of others."""

import re
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from communities.models import Community, StaffRole
from members.models import Member
from recportal.accounts.models import User
from recportal.desk import scopes
from recportal.desk.models import CommunityFigures
from recportal.desk.stored import count_again
from tests.desk.conftest import NOTICES_OF_A, Counted
from tests.staff.browsing import Browser, text_of

#: How pages write the peak power of B; the bare number may be part of a time's microseconds.
BETAS_PEAK = "1000 kwp"


def dashboard_of(community: Community) -> str:
    return f"/admin/communities/community/{community.pk}/dashboard/"


def shown(answer: Any) -> Any:
    assert answer.status_code == 200
    return answer.context["dashboard"]


def numbers(dashboard: Any, name: str) -> dict[str, int]:
    (card,) = (card for card in dashboard["cards"] if card.name == name)
    return {str(row.label): row.count for row in card.rows}


def store_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for those who look at many records, whose figures are kept."""
    monkeypatch.setattr(scopes, "MOST_LIVE", 1)
    list(count_again(Community.objects.all()))


@pytest.fixture(params=["counted now", "kept"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, counted: Counted) -> str:
    if request.param == "kept":
        store_everything(monkeypatch)
    return str(request.param)


@pytest.mark.parametrize("url", ["/admin/", "{a}"])
def test_the_figures_are_those_counted_by_hand(manager_a: User, counted: Counted, way: str, url: str) -> None:
    dashboard = shown(Browser(manager_a).get(url.format(a=dashboard_of(counted.a))))
    assert (dashboard["stored"] is not None) == (way == "kept")
    assert (dashboard["members"], dashboard["assets"]) == (5, 9)
    assert numbers(dashboard, "status") == {"pending": 1, "active": 2, "suspended": 1, "inactive": 1}
    assert numbers(dashboard, "role") == {"consumer": 2, "prosumer": 2, "operator": 1}
    (card,) = (card for card in dashboard["cards"] if card.name == "asset_type")
    assert [(row.label, row.count, row.size, row.without) for row in card.rows] == [
        ("pv", 3, "5.2 kWp", 1),
        ("storage", 1, "10 kWh", 0),
        ("meter", 2, "", 0),
        ("EV charger", 1, "11 kW", 0),
        ("heat pump", 1, "8.25 kW", 0),
        ("load", 1, "0 kW", 0),
    ]
    places = [
        (str(place.name), place.members, place.assets, place.kwp, place.kwh, place.kw)
        for place in dashboard["places"]
    ]
    assert places == [("North", 2, 6, 5.2, 10, 0), ("South", 2, 3, 0, 0, 19.25), ("No area", 1, 0, 0, 0, 0)]
    assert dashboard["notices"] == sum(NOTICES_OF_A.values())
    assert dashboard["unmetered"] == 3
    assert dashboard["corrections"] == 1


def test_each_number_leads_to_the_records_that_it_counts(manager_a: User, counted: Counted) -> None:
    browser = Browser(manager_a)
    for url in ("/admin/", dashboard_of(counted.a)):
        dashboard = shown(browser.get(url))
        rows = [row for card in dashboard["cards"] if card.name != "notices" for row in card.rows]
        led = [(row.url, row.count) for row in rows]
        led += [(place.members_url, place.members) for place in dashboard["places"]]
        led += [(dashboard[f"{name}_url"], dashboard[name]) for name in ("members", "assets", "corrections")]
        assert len(led) > 15
        for link, count in led:
            assert browser.get(link).context["cl"].result_count == count, link
        (notices,) = (card for card in dashboard["cards"] if card.name == "notices")
        for row in notices.rows:
            assert browser.get(row.url).context["page"].paginator.count == row.count, row.url


def test_whoever_looks_at_several_communities_sees_them_added_up(
    manager_a: User, counted: Counted, way: str
) -> None:
    StaffRole.objects.create(user=manager_a, community=counted.b, level="viewer")
    browser = Browser(manager_a)
    dashboard = shown(browser.get("/admin/"))
    assert (dashboard["members"], dashboard["assets"]) == (6, 10)
    assert dashboard["corrections"] == 1  # those of B are for its editors
    assert [(place.name, place.kwp) for place in dashboard["places"]] == [("Beta", 1000), ("Alpha", 5.2)]
    browser.post("/admin/switch/", {"community": "beta"})
    assert shown(browser.get("/admin/"))["members"] == 1
    assert shown(browser.get(dashboard_of(counted.a)))["members"] == 5  # the address has the say
    assert dashboard["corrections_url"] == reverse("admin:members_correction_changelist") + "?state=open"


@pytest.mark.parametrize(
    ("caller", "own", "other"),
    [
        ("manager_a", 200, 404),
        ("viewer_a", 200, 404),
        ("manager_b", 404, 200),
        ("member_a", 302, 302),
        ("stranger", 302, 302),
    ],
)
def test_a_dashboard_is_for_those_with_a_role(
    caller: str, own: int, other: int, request: pytest.FixtureRequest, counted: Counted
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    assert browser.get(dashboard_of(counted.a)).status_code == own
    assert browser.get(dashboard_of(counted.b)).status_code == other
    assert Browser().get(dashboard_of(counted.a)).status_code == 302


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a"])
def test_nothing_of_another_community_is_shown(
    caller: str, request: pytest.FixtureRequest, counted: Counted, way: str
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    for url in ("/admin/", dashboard_of(counted.a)):
        text = text_of(browser.get(url)).lower()
        assert "alpha" in text
        assert "beta" not in text
        assert BETAS_PEAK not in text


def test_that_would_be_seen(manager_b: User, counted: Counted, way: str) -> None:
    text = text_of(Browser(manager_b).get(dashboard_of(counted.b))).lower()
    assert BETAS_PEAK in text


def test_a_viewer_is_offered_what_a_viewer_may_do(viewer_a: User, counted: Counted) -> None:
    text = text_of(Browser(viewer_a).get(dashboard_of(counted.a)))
    assert "Open corrections" not in text
    assert "/admin/members/member/add/" not in text


def test_recent_changes_say_who_when_and_why(manager_a: User, counted: Counted) -> None:
    browser = Browser(manager_a)
    browser.send(f"/admin/members/member/{counted.anna.pk}/change/", name="Anna Nova", reason="She married")
    dashboard = shown(browser.get("/admin/"))
    newest, *_older = dashboard["recent"]
    assert (newest.who, str(newest.door), newest.reason) == ("manager_a", "admin", "She married")
    assert [(record.name, record.url) for record in newest.records] == [
        ("Anna Nova", f"/admin/members/member/{counted.anna.pk}/change/")
    ]
    imported = next(each for each in dashboard["recent"] if each.reason == "spring.yaml")
    assert (imported.who, str(imported.action), len(imported.records)) == ("", "created", 3)
    assert imported.has_more


def test_a_deleted_record_is_among_the_recent_changes(manager_a: User, counted: Counted) -> None:
    browser = Browser(manager_a)
    asset = counted.carlo.assets.get(key="load-1")
    browser.post(f"/admin/assets/asset/{asset.pk}/delete/", {"post": "yes", "reason": "Sold"})
    newest, *_older = shown(browser.get(dashboard_of(counted.a)))["recent"]
    assert (str(newest.action), newest.records[0].name) == ("deleted", "load-1 of m-3")


def test_charts_say_in_words_what_they_show(manager_a: User, counted: Counted) -> None:
    text = text_of(Browser(manager_a).get(dashboard_of(counted.a)))
    charts = re.findall(r'<svg class="chart" role="img".*?</svg>', text, re.S)
    assert len(charts) == 4
    assert (
        "<title>Members by status</title><desc>pending: 1, active: 2, suspended: 1, inactive: 1" in charts[0]
    )
    assert "style=" not in "".join(charts)


def test_hostile_names_stay_text(manager_a: User, counted: Counted) -> None:
    name = '<script>alert("x")</script>'
    counted.a.areas = {**counted.a.areas, "north": {"name": name}}
    counted.a.save()
    counted.anna.name = name
    counted.anna.save()
    text = text_of(Browser(manager_a).get(dashboard_of(counted.a)))
    assert name not in text
    assert name in unescape(text)


def test_contact_legal_data_and_links_are_shown(viewer_a: User, counted: Counted) -> None:
    text = text_of(Browser(viewer_a).get(dashboard_of(counted.a)))
    for words in ("hello@alpha.example", "Alpha S.c.", "https://alpha.example/", "E-mail", "Website"):
        assert words in text


def test_a_stored_fault_is_no_crash(manager_a: User, counted: Counted) -> None:
    Member.objects.filter(pk=counted.anna.pk).update(delivery_points=["x", {"id": 3}, None], extra={"vat": 5})
    counted.carlo.assets.filter(key="pump-1").update(properties={"thermal_power_kw": "much"})
    counted.carlo.assets.filter(key="load-1").update(relationships={"measures": 4, "paired_with": {}})
    browser = Browser(manager_a)
    dashboard = shown(browser.get(dashboard_of(counted.a)))
    assert numbers(dashboard, "notices")["Value that would not be accepted today"] >= 4
    assert browser.get("/admin/notices/").status_code == 200
    assert browser.get(f"/admin/members/member/{counted.anna.pk}/change/").status_code == 200
    assert browser.get("/admin/").status_code == 200


def test_an_empty_community_says_what_to_do(manager_a: User, viewer_a: User, community_a: Community) -> None:
    add = f"/admin/members/member/add/?community={community_a.pk}"
    assert add in text_of(Browser(manager_a).get("/admin/"))
    assert add not in text_of(Browser(viewer_a).get("/admin/"))
    assert "There are no members yet" in text_of(Browser(viewer_a).get("/admin/"))


def test_an_empty_register_says_what_to_do(superuser: User) -> None:
    assert "There is no community here yet" in text_of(Browser(superuser).get("/admin/"))


@pytest.mark.parametrize("pk", ["0", "-1", "x", "9" * 40, "1%00", "%ED%A0%80", "%D9%A1"])
def test_an_address_that_means_nothing_is_not_found(manager_a: User, counted: Counted, pk: str) -> None:
    answer = Browser(manager_a).get(f"/admin/communities/community/{pk}/dashboard/")
    assert answer.status_code in (400, 404)


def test_looking_writes_nothing(manager_a: User, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "MOST_LIVE", 1)
    browser = Browser(manager_a)
    for url in ("/admin/", dashboard_of(counted.a), "/admin/notices/"):
        assert "have not been counted yet" in text_of(browser.get(url))
    assert not CommunityFigures.objects.exists()
    assert browser.post(dashboard_of(counted.a), {}).status_code == 405
