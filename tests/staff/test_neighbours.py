"""What a record's page says of its neighbours."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from assets.relationships import related_assets
from recportal.accounts.models import User
from recportal.staff.neighbours import Neighbour
from tests.staff.browsing import Browser, change, text_of
from tests.staff.conftest import Register


def neighbours(user: User, record: Any) -> dict[str, list[Neighbour]]:
    answer = Browser(user).get(change(record))
    assert answer.status_code == 200
    return {str(group.title): group.found for group in answer.context["neighbours"]}


def labels(user: User, record: Any) -> dict[str, list[str]]:
    return {title: [str(each.label) for each in found] for title, found in neighbours(user, record).items()}


@pytest.fixture
def wired(register: Register) -> Register:
    """The meter measures the pv and something unknown; a battery is the pv's pair."""
    register.meter.relationships = {"measures": ["pv-1", "gone"], "paired_with": "elsewhere"}
    register.meter.save()
    Asset.objects.create(
        owner=register.anna,
        key="battery",
        name="Battery",
        asset_type="storage",
        properties={"capacity_kwh": 7.5},
        relationships={"paired_with": "pv-1"},
    )
    register.beta_meter.relationships = {"measures": ["pv-1"], "paired_with": "pv-1"}
    register.beta_meter.save()
    return register


def test_an_asset_names_what_is_around_it(manager_a: User, wired: Register) -> None:
    assert labels(manager_a, wired.meter) == {
        "owner": ["Anna (m-1)"],
        "community": ["Alpha (alpha)"],
        "measures": ["pv-1 of m-1 (pv-1)", "gone"],
        "is paired with": ["elsewhere"],
    }
    assert labels(manager_a, wired.pv) == {
        "owner": ["Anna (m-1)"],
        "community": ["Alpha (alpha)"],
        "is measured by": ["meter-1 of m-1 (meter-1)"],
        "is named as a pair by": ["Battery (battery)"],
    }


def test_a_key_that_names_nothing_here_is_text(manager_a: User, wired: Register) -> None:
    known, unknown = neighbours(manager_a, wired.meter)["measures"]
    assert known.url == change(wired.pv)
    assert unknown.url == ""
    assert "not an asset of this community" in text_of(Browser(manager_a).get(change(wired.meter)))


def test_old_faults_are_no_neighbours(wired: Register) -> None:
    Asset.objects.filter(pk=wired.meter.pk).update(
        relationships={"measures": "pv-1", "paired_with": {"measures": ["pv-1"]}}
    )
    Asset.objects.filter(key="battery").update(relationships={"measures": {"a": "pv-1"}, "paired_with": 5})
    found = related_assets(wired.pv)
    assert (found.measured_by, found.paired_by) == ([], [])
    found = related_assets(Asset.objects.get(pk=wired.meter.pk))
    assert (found.measures, found.paired_with) == ([], [])


def test_a_member_leads_to_its_assets_area_and_community(viewer_a: User, wired: Register) -> None:
    found = neighbours(viewer_a, wired.anna)
    assert [each.url for each in found["community"]] == [change(wired.a)]
    assert [(each.label, each.url) for each in found["area"]] == [
        ("North", f"/admin/members/member/?community={wired.a.pk}&area=north")
    ]
    assert [(each.icon, [str(note) for note in each.notes]) for each in found["assets"]] == [
        ("storage", ["storage", "7.5 kWh"]),
        ("meter", ["meter"]),
        ("pv", ["pv", "4.5 kWp"]),
    ]


def test_a_community_leads_to_members_areas_and_assets(manager_a: User, wired: Register) -> None:
    found = neighbours(manager_a, wired.a)
    assert {
        str(each.label): each.notes for group in ("members", "areas", "assets") for each in found[group]
    } == {
        "all members": ("1",),
        "North": ("1",),
        "South": ("0",),
        "all assets": ("3",),
        "pv": ("1",),
        "meter": ("1",),
        "storage": ("1",),
    }
    for group in found.values():
        for each in group:
            assert Browser(manager_a).get(each.url).context["cl"].result_count == int(str(each.notes[0]))


@pytest.mark.parametrize("record", ["pv", "anna", "a"])
def test_nothing_of_another_community_is_a_neighbour(manager_a: User, wired: Register, record: str) -> None:
    assert "beta" not in text_of(Browser(manager_a).get(change(getattr(wired, record)))).lower()


def test_what_names_an_asset_is_found_by_one_query(wired: Register) -> None:
    for number in range(20):
        key = f"meter-2{number}"
        Asset.objects.create(
            owner=wired.anna, key=key, name=key, asset_type="meter", relationships={"measures": ["pv-1"]}
        )
    with CaptureQueriesContext(connection) as queries:
        assert len(related_assets(wired.pv).measured_by) == 21
    assert len(queries) == 1
