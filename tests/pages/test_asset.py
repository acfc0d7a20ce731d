"""The page of one asset."""

import pytest

from recportal.accounts.models import User

from .conftest import BASE, Lot, signed_in

PV = BASE + "assets/pv-1/"


def test_it_works(lot: Lot, member_a: User) -> None:
    page = signed_in(member_a).get(PV).content.decode()
    for shown in ("4.5 kWp", "south (175°)", "not recorded", "Is measured by", "meter-1 name", "pv-nearby"):
        assert shown in page, shown


def test_no_link_leads_to_what_is_not_ones_own(lot: Lot, member_a: User) -> None:
    page = signed_in(member_a).get(PV).content.decode()
    assert "assets/pv-nearby" not in page
    assert lot.neighbours_pv.name not in page


def test_a_number_word_in_a_compass_direction_is_said_in_words(lot: Lot, member_a: User) -> None:
    lot.pv.properties = {**lot.pv.properties, "orientation": "SW"}
    lot.pv.save()
    assert "south-west" in signed_in(member_a).get(PV).content.decode()


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b", "stranger"])
def test_it_is_nobody_elses(lot: Lot, caller: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get(PV).status_code == 404


def test_others_assets_are_not_there(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    for key in ("pv-nearby", "beta-pv", "nothing", "x" * 300):
        assert client.get(f"{BASE}assets/{key}/").status_code == 404
