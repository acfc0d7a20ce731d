"""What changed: the own record's history, and that of each device, as far as it is the reader's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from recportal.accounts.models import User
from recportal.records.changes import change

from .conftest import BASE, Lot, signed_in
from .test_overview import text_of

OWN = BASE + "history/"
PV = BASE + "assets/pv-1/history/"


def test_it_works(lot: Lot, member_a: User, manager_a: User) -> None:
    with change(manager_a, "admin", "measured on the roof"):
        lot.pv.properties = {**lot.pv.properties, "tilt": 20}
        lot.pv.save()
    page = text_of(signed_in(member_a), PV)
    for shown in ("by the community or a tool", "Tilt", "<ins>20°</ins>", "Recorded"):
        assert shown in page, shown
    assert "manager_a" not in page
    assert "measured on the roof" not in page


def test_the_own_hand_is_named(lot: Lot, member_a: User) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    with change(member_a, "page", ""):
        own.extra = {**own.extra, "phone": "+39 0000 77"}
        own.save()
    page = text_of(signed_in(member_a), OWN)
    for shown in ("by you", "<del>+39 0000 2</del>", "<ins>+39 0000 77</ins>"):
        assert shown in page, shown


def test_a_point_that_is_gone_is_named(lot: Lot, member_a: User) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    own.delivery_points = []
    own.save()
    assert "IT001E00000001" in text_of(signed_in(member_a), OWN)


def test_an_earlier_owner_is_not_in_it(lot: Lot, member_a: User, manager_a: User) -> None:
    with change(manager_a, "admin", "sold"):
        lot.neighbours_pv.owner = lot.own
        lot.neighbours_pv.save()
    page = text_of(signed_in(member_a), BASE + "assets/pv-nearby/history/")
    assert "pv-nearby name" in page
    assert "Nora" not in page
    assert "nearby@" not in page


def test_an_earlier_account_is_not_named(lot: Lot, member_a: User, stranger: User) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    for account in (stranger, member_a):
        own.account = account
        own.save()
    page = text_of(signed_in(member_a), OWN)
    assert "<del>…</del>" in page
    assert "stranger" not in page


@pytest.mark.parametrize("address", [OWN, PV])
@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b", "stranger"])
def test_it_is_nobody_elses(lot: Lot, caller: str, address: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get(address).status_code == 404


def test_what_is_not_there_is_not_found(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    for key in ("nothing", "pv-nearby", "x" * 129, "%00"):
        assert client.get(f"{BASE}assets/{key}/history/").status_code in (400, 404)


def test_many_changes_are_paged_and_compared_across_pages(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    for tilt in range(1, 31):
        lot.pv.properties = {**lot.pv.properties, "tilt": tilt}
        lot.pv.save()
    costs = []
    for number, first, last in ((1, 30, 6), (2, 5, 1)):
        with CaptureQueriesContext(connection) as queries:
            page = text_of(client, f"{PV}?page={number}")
        costs.append(len(queries))
        assert 0 < page.find(f"<ins>{first}°</ins>") < page.find(f"<ins>{last}°</ins>")
    assert costs[0] == costs[1]
    assert "<del>5°</del>" in text_of(client, PV)
    assert "<ins>1°</ins>" in text_of(client, f"{PV}?page=99")
