"""The overview of a membership."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Member, Status
from recportal.accounts.models import User
from tests.staff.browsing import without_tokens

from .conftest import BASE, Lot, asset, signed_in


def text_of(client: Client, address: str = BASE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return without_tokens(answer.content.decode())


def test_it_works(lot: Lot, member_a: User) -> None:
    page = text_of(signed_in(member_a))
    for shown in (
        "Anna",
        "You take part in the community.",
        "Alpha north",
        "IT001E00000001",
        "POD: the code of your connection",
        "pv-1 name",
        "4.5 kWp",
        "kilowatt peak",
        "not recorded",
        'href="tel:+3900001"',
        'href="mailto:info@alpha.example.org"',
        "<path d=",
    ):
        assert shown in page, shown


def test_it_is_complete_in_italian(lot: Lot, member_a: User) -> None:
    page = text_of(signed_in(member_a, "it"))
    assert 'lang="it"' in page
    for shown in ("Partecipi alla comunità", "Fotovoltaico", "non registrato", "4,5 kWp", "Chi chiamare"):
        assert shown in page, shown
    assert "not recorded" not in page


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b", "stranger"])
def test_it_is_nobody_elses(lot: Lot, caller: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get(BASE).status_code == 404


def test_who_is_not_signed_in_is_asked_to(lot: Lot, client: Client) -> None:
    assert client.get(BASE).headers["Location"].startswith("/accounts/login/")


def test_others_are_not_there(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    for address in ("/my/alpha/nearby/", "/my/beta/beta-m/", "/my/alpha/nothing/", "/my/nothing/own/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUSPENDED, Status.INACTIVE])
def test_who_is_not_active_sees_the_own_record_and_no_assets(
    lot: Lot, member_a: User, status: Status
) -> None:
    Member.objects.filter(pk=lot.own.pk).update(status=status)
    client = signed_in(member_a)
    page = text_of(client)
    assert "Anna" in page
    assert "info@alpha.example.org" in page
    assert "pv-1" not in page
    for hidden in ("assets/pv-1/", "assets/pv-1/history/", "community/"):
        assert client.get(BASE + hidden).status_code == 404
        assert hidden not in page
    for open_page in ("data/", "data/json/", "data/csv/", "history/", "corrections/", "corrections/new/"):
        assert client.get(BASE + open_page).status_code == 200


def test_an_account_that_is_made_inactive_sees_nothing(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    User.objects.filter(pk=member_a.pk).update(is_active=False)
    assert client.get(BASE).status_code == 302


@pytest.mark.parametrize("spelled", ["IT001E00000001", "it 001 e 000000015", "IT-001-E-00000001"])
def test_it_says_since_when_a_point_is_held_however_it_is_spelled(
    lot: Lot, member_a: User, spelled: str
) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    own.delivery_points = [{**own.delivery_points[0], "id": spelled}]
    own.save()
    assert "In the register as yours since" in text_of(signed_in(member_a))


def test_points_that_an_older_schema_let_in_are_shown(lot: Lot, member_a: User) -> None:
    points = [5, {}, {"id": 7, "type": ["pod"]}, {"id": ["x"], "type": None}, {"id": "odd", "type": "pod"}]
    Member.objects.filter(pk=lot.own.pk).update(delivery_points=points)
    assert "odd" in text_of(signed_in(member_a))


def test_two_hundred_assets_cost_as_many_queries_and_stay_small(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert answer.status_code == 200
        assert len(answer.content) < 90_000
        return len(queries)

    addresses = (BASE, BASE + "assets/pv-1/", BASE + "community/")
    before = [cost(address) for address in addresses]
    for number in range(200):
        asset(lot.own, f"load-{number}", "load", relationships={"measures": ["pv-1"]})
    assert [cost(address) for address in addresses] == before


def test_a_hostile_record_is_text(lot: Lot, member_a: User) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    own.name = "<script>alert(1)</script>"
    own.extra = {**own.extra, "<b>": {"deep": ["<i>", {"x": "<u>"}]}}
    own.save()
    page = text_of(signed_in(member_a))
    for tag in ("<script", "<b>", "<i>", "<u>"):
        assert tag not in page
