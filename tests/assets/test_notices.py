"""What looks wrong about an asset is said; what is right is not."""

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from assets.models import Asset
from assets.notices import asset_notices, background_of
from communities.models import Community
from members.models import Member

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 1)
POD = "IT999E12345678"
#: Properties of each type at which nobody wonders.
SOUND: dict[str, dict[str, Any]] = {
    "pv": {"capacity_kwp": 6, "orientation": "S", "tilt": 30, "installation_date": "2026-05-01"},
    "storage": {"capacity_kwh": 10, "max_power_kw": 5, "chemistry": "LFP"},
    "meter": {"pod": POD, "meter_type": "bidirectional", "direction": "import"},
    "ev_charger": {"max_power_kw": 11, "connector_type": "IEC_62196_T2", "num_connectors": 1},
    "heat_pump": {"thermal_power_kw": 8, "cop": 4.2, "heat_source": "air"},
    "load": {"rated_power_kw": 3, "load_type": "hvac", "priority": 1},
}


@pytest.fixture
def owner() -> Member:
    community = Community.objects.create(key="sole", name="Sole", settings={"country": "IT"})
    return Member.objects.create(
        community=community,
        name="Anna",
        role="prosumer",
        delivery_points=[{"id": POD, "type": "pod"}],
        extra={"type": "schema:Person"},
    )


def asset_of(owner: Member, asset_type: str, without: str = "", **properties: Any) -> Asset:
    """A sound asset with these properties changed, and one left out."""
    changed = {**SOUND[asset_type], **properties}
    changed.pop(without, None)
    return Asset.objects.create(owner=owner, asset_type=asset_type, name="Asset", properties=changed)


def notices(asset: Asset) -> list[tuple[str, str]]:
    return [(notice.code, notice.path) for notice in asset_notices(asset, today=TODAY)]


@pytest.mark.parametrize("asset_type", SOUND)
def test_a_sound_asset_has_none(owner: Member, asset_type: str) -> None:
    assert notices(asset_of(owner, asset_type)) == []


@pytest.mark.parametrize(
    ("asset_type", "name"),
    [
        ("pv", "capacity_kwp"),
        ("storage", "capacity_kwh"),
        ("ev_charger", "max_power_kw"),
        ("heat_pump", "thermal_power_kw"),
        ("load", "rated_power_kw"),
    ],
)
def test_a_size_that_is_missing_or_zero(owner: Member, asset_type: str, name: str) -> None:
    assert notices(asset_of(owner, asset_type, without=name)) == [("no_capacity", f"properties.{name}")]
    nothing: dict[str, Any] = {name: 0}
    assert notices(asset_of(owner, asset_type, **nothing)) == [("zero_capacity", f"properties.{name}")]


@pytest.mark.parametrize(
    ("asset_type", "name", "usual", "unusual"),
    [
        ("pv", "capacity_kwp", [0.3, 1000], [0.29]),
        ("pv", "tilt", [0, 60], [60.5, 90]),
        (
            "pv",
            "orientation",
            [45, 315, "ne", "West", "north-west"],
            [44, 0, 316, 360, "N", "north north east"],
        ),
        ("storage", "capacity_kwh", [50, 5 / 3], [51, 1.6, 201]),
        ("storage", "max_power_kw", [1, 30], [0.9, 31]),
        ("ev_charger", "max_power_kw", [3.7, 22, 43], [3.6, 43.5]),
        ("heat_pump", "cop", [1, 8], [0.9, 8.1]),
        ("heat_pump", "thermal_power_kw", [2, 70], [1.9, 71]),
    ],
)
def test_numbers_outside_what_is_usual(
    owner: Member, asset_type: str, name: str, usual: list[Any], unusual: list[Any]
) -> None:
    for value in usual:
        assert notices(asset_of(owner, asset_type, **{name: value})) == [], value
    for value in unusual:
        found = notices(asset_of(owner, asset_type, **{name: value}))
        assert {code for code, _path in found} == {"unusual_value"}, value


def test_a_fast_charger_has_another_plug(owner: Member) -> None:
    fast = {"connector_type": "IEC_62196_T2_COMBO"}
    assert notices(asset_of(owner, "ev_charger", max_power_kw=400, **fast)) == []
    assert notices(asset_of(owner, "ev_charger", max_power_kw=401, **fast)) == [
        ("unusual_value", "properties.max_power_kw")
    ]


def test_a_large_storage_is_odd_for_a_person_only(owner: Member) -> None:
    asset = asset_of(owner, "storage", capacity_kwh=300, max_power_kw=250)
    assert notices(asset) == [
        ("unusual_value", "properties.capacity_kwh"),
        ("unusual_value", "properties.max_power_kw"),
    ]
    owner.extra = {"type": "schema:GovernmentOrganization"}
    owner.save()
    assert notices(asset) == []


def test_a_large_plant_is_outside_the_incentive_in_italy(owner: Member) -> None:
    asset = asset_of(owner, "pv", capacity_kwp=1000.5)
    assert notices(asset) == [("outside_incentive", "properties.capacity_kwp")]
    Community.objects.update(settings={"country": "AT"})
    assert notices(asset) == [("unusual_value", "properties.capacity_kwp")]


def test_an_installation_in_the_future(owner: Member) -> None:
    asset = asset_of(owner, "pv", installation_date="2026-05-02")
    assert notices(asset) == [("date_in_future", "properties.installation_date")]


@pytest.mark.parametrize("asset_type", ["meter", "pv"])
def test_a_delivery_point_that_the_owner_does_not_have(owner: Member, asset_type: str) -> None:
    assert notices(asset_of(owner, asset_type, pod="it-999-e-1234 5678")) == []
    expected = [("unknown_delivery_point", "properties.pod")]
    assert notices(asset_of(owner, asset_type, pod="IT999E00000000")) == expected


def test_the_delivery_point_of_another_member(owner: Member) -> None:
    asset = asset_of(owner, "meter")
    asset.owner = Member.objects.create(community=owner.community, name="Bruno", role="consumer")
    asset.save()
    assert notices(asset) == [("unknown_delivery_point", "properties.pod")]


def test_relationships_that_name_nothing(owner: Member) -> None:
    known = asset_of(owner, "pv")
    elsewhere = Community.objects.create(key="luna", name="Luna")
    stranger = Member.objects.create(community=elsewhere, name="Carla", role="consumer")
    Asset.objects.create(key="far-1", owner=stranger, asset_type="load", name="Far")
    asset = asset_of(owner, "meter")
    asset.relationships = {"measures": [known.key, "far-1", "nothing"], "paired_with": "lost"}
    asset.save()
    assert notices(asset) == [
        ("unknown_asset", "relationships.measures[1]"),
        ("unknown_asset", "relationships.measures[2]"),
        ("unknown_asset", "relationships.paired_with"),
    ]
    asset.relationships = {"measures": [known.key], "paired_with": known.key}
    asset.save()
    assert notices(asset) == []


def test_each_community_has_its_own_keys(owner: Member) -> None:
    luna = Member.objects.create(
        community=Community.objects.create(key="luna", name="Luna"), name="Carla", role="consumer"
    )
    here = asset_of(owner, "load")
    there = Asset.objects.create(key="far-1", owner=luna, asset_type="meter", name="Far")
    here.relationships, there.relationships = {"paired_with": "far-1"}, {"paired_with": here.key}
    here.save()
    there.save()
    background = background_of([here, there])
    for asset in (here, there):
        assert [notice.code for notice in asset_notices(asset, background, TODAY)] == ["unknown_asset"]


def test_words_beside_the_suggested_ones(owner: Member) -> None:
    asset = asset_of(owner, "storage", chemistry="lemon")
    asset.device = {"type": "mac"}
    asset.save()
    assert notices(asset) == [("unusual_word", "properties.chemistry"), ("unusual_word", "device.type")]


def test_a_fault_from_before_the_schema_knew_it_is_said(owner: Member) -> None:
    asset = asset_of(owner, "pv")
    Asset.objects.update(properties={"capacity_kwp": "six", "tilt": 120, "orientation": True})
    asset.refresh_from_db()
    assert ("wrong_type", "properties.capacity_kwp") in notices(asset)
    assert ("too_large", "properties.tilt") in notices(asset)


def test_sentences_have_values_and_units(owner: Member) -> None:
    (notice,) = asset_notices(asset_of(owner, "pv", capacity_kwp=0.1), today=TODAY)
    assert str(notice.message) == "0.1 kWp is unusual: it is 0.3 to 1000 kWp as a rule."
    (notice,) = asset_notices(asset_of(owner, "heat_pump", cop=9), today=TODAY)
    assert str(notice.message) == "9 is unusual: it is 1 to 8 as a rule."


def test_a_page_of_assets_takes_three_queries(
    owner: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        asset = asset_of(owner, "meter", pod=f"IT999E0000000{number % 10}")
        asset.relationships = {"measures": ["meter-0001", f"lost-{number}"]}
        Asset.objects.filter(pk=asset.pk).update(relationships=asset.relationships)
    assets = list(Asset.objects.order_by("key"))
    with django_assert_num_queries(3):
        background = background_of(assets)
        together = [asset_notices(asset, background, TODAY) for asset in assets]
    assert together == [asset_notices(asset, today=TODAY) for asset in assets]
    assert all(len(found) == 2 for found in together)
