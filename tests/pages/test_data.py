"""My data: everything about the person, and nothing about others."""

import csv
import io
import json
from typing import Any

import pytest

from members.models import Member
from recportal.accounts.models import User
from recportal.pages.exports import harmless
from recportal.records.changes import change

from .conftest import BASE, Lot, signed_in


def held(user: User) -> Any:
    answer = signed_in(user).get(BASE + "data/json/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alpha-own.json"'
    return json.loads(answer.content)


def test_it_holds_everything(lot: Lot, member_a: User, manager_a: User) -> None:
    with change(manager_a, "admin", "a call"):
        lot.pv.properties = {**lot.pv.properties, "tilt": 20}
        lot.pv.save()
    data = held(member_a)
    assert data["account"]["username"] == "member_a"
    assert data["member"]["extra"]["phone"] == "+39 0000 2"
    assert [each["key"] for each in data["assets"]] == ["meter-1", "pv-1"]
    assert {(each["kind"], each["code"]) for each in data["holdings"]} == {
        ("delivery_point", "it001e00000001"),
        ("sensor", "s-1"),
    }
    newest = data["asset_history"]["pv-1"][0]
    assert newest["changes"] == [{"place": "properties.tilt", "before": None, "after": 20}]
    assert newest["by"] == "the community or a tool"
    assert "reason" not in newest
    assert data["time_zone"] == "Europe/Rome"
    assert newest["at"].endswith(("+01:00", "+02:00"))


def test_others_are_not_in_it(lot: Lot, member_a: User, manager_a: User) -> None:
    """Not even the earlier owner of a device, nor the name of who changed it."""
    with change(manager_a, "admin", ""):
        lot.neighbours_pv.owner = lot.own
        lot.neighbours_pv.save()
    text = json.dumps(held(member_a))
    assert "pv-nearby" in text
    for other in ("Nora", "nearby@example.org", "IT001E00000002", "manager_a", "beta", "Beta"):
        assert other not in text, other


def test_the_table_says_the_same(lot: Lot, member_a: User) -> None:
    own = Member.objects.get(pk=lot.own.pk)
    own.name = '=HYPERLINK("http://x")'
    own.save()
    answer = signed_in(member_a).get(BASE + "data/csv/")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ["assets", "pv-1", "properties.capacity_kwp", "4.5"] in table
    assert ["member", "", "name", '\'=HYPERLINK("http://x")'] in table
    assert not [cell for row in table for cell in row if cell.startswith(("=", "@", "+"))]


def test_what_no_spreadsheet_runs_stays_as_it_is() -> None:
    assert [harmless(cell) for cell in ("-5", "1.5", "abc", "-1e3")] == ["-5", "1.5", "abc", "-1e3"]
    assert [harmless(cell) for cell in ("+39", "-a", "@x", "\tx")] == ["'+39", "'-a", "'@x", "'\tx"]


@pytest.mark.parametrize("address", ["data/", "data/json/", "data/csv/"])
@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b", "stranger"])
def test_it_is_nobody_elses(lot: Lot, caller: str, address: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get(BASE + address).status_code == 404
