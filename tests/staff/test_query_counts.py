"""How many queries each page of the admin makes: as many for fifty rows as for five, and as many as known."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, delete, history
from tests.staff.conftest import Register, user_with

#: Page → number of queries. To be changed by hand, with a reason in the commit.
BASELINE: dict[str, int] = json.loads(Path(__file__).with_name("query_counts.json").read_text())


def fill(register: Register, rows: int) -> None:
    """So many members, with an asset and a delivery point each, and so many roles."""
    for number in range(rows):
        member = Member.objects.create(
            community=register.a,
            name=f"Member {number}",
            role="consumer",
            status="active",
            delivery_points=[{"id": f"point {rows} {number}", "type": "other"}],
        )
        Asset.objects.create(
            owner=member,
            name="X",
            asset_type="pv",
            properties={"capacity_kwp": 1},
            sensor_id=f"{rows} {number}",
        )
        Asset.objects.create(owner=register.anna, name="Y", asset_type="meter")
        register.anna.name = f"Anna {rows} {number}"
        register.anna.save()
        user_with("viewer", register.a, f"viewer {rows} {number}")  # type: ignore[arg-type]


def pages(register: Register) -> dict[str, str]:
    return {
        "first page": "/admin/",
        "dashboard of a community": f"/admin/communities/community/{register.a.pk}/dashboard/",
        "notices": "/admin/notices/",
        "list of communities": "/admin/communities/community/",
        "list of roles": "/admin/communities/staffrole/",
        "list of members": "/admin/members/member/",
        "list of members, filtered": f"/admin/members/member/?community={register.a.pk}&area=north",
        "list of members, searched": "/admin/members/member/?q=member",
        "list of assets": "/admin/assets/asset/",
        "list of assets of one owner": f"/admin/assets/asset/?owner={register.anna.pk}",
        "autocomplete": "/admin/autocomplete/?app_label=assets&model_name=asset&field_name=owner",
        "add member": "/admin/members/member/add/",
        "add asset": "/admin/assets/asset/add/",
        "change community": change(register.a),
        "change member": change(register.anna),
        "change asset": change(register.pv),
        "delete community": delete(register.a),
        "delete member": delete(register.anna),
        "history of a member": history(register.anna),
    }


def count(browser: Browser, url: str) -> int:
    browser.get(url)  # some things are looked up once for the process
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200, url
    return len(queries)


def counts(user: User, register: Register) -> dict[str, int]:
    browser = Browser(user)
    return {name: count(browser, url) for name, url in pages(register).items()}


@pytest.fixture
def filled(register: Register) -> Register:
    fill(register, 5)
    return register


@pytest.mark.parametrize("caller", ["superuser", "manager_a"])
def test_it_does_not_depend_on_the_number_of_rows(
    caller: str, request: pytest.FixtureRequest, filled: Register
) -> None:
    user = request.getfixturevalue(caller)
    if caller == "manager_a":  # who is shown no page for deleting communities
        pages_of = {name: url for name, url in pages(filled).items() if name != "delete community"}
    else:
        pages_of = pages(filled)
    browser = Browser(user)
    few = {name: count(browser, url) for name, url in pages_of.items()}
    fill(filled, 50)
    many = {name: count(browser, url) for name, url in pages_of.items()}
    assert many == few


def test_it_is_what_it_was(superuser: User, filled: Register) -> None:
    assert counts(superuser, filled) == BASELINE


def test_the_net_catches_a_query_for_each_row(superuser: User, filled: Register) -> None:
    browser = Browser(superuser)

    def with_a_query_each(rows: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            for row in browser.get("/admin/assets/asset/").context["cl"].result_list[:rows]:
                assert row.owner.delivery_points is not None  # not loaded with the list
        return len(queries)

    assert with_a_query_each(5) == with_a_query_each(0) + 5
