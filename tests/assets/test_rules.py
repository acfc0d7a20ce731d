"""The rules of an asset: each broken through save(), told with its code at its place, and mended."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from assets.models import Asset, AssetType
from communities.models import Community
from members.models import Member
from recportal.documents.faults import dotted, faults_of
from recportal.records.models import Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory

pytestmark = pytest.mark.django_db


def refusals(record: Record) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        record.save()
    return [(dotted(fault.path), fault.code) for fault in faults_of(caught.value)]


GOOD: dict[str, dict[str, Any]] = {
    "pv": {"capacity_kwp": 5.5, "orientation": "south-east", "tilt": 30, "installation_date": "2024-02-29"},
    "storage": {"capacity_kwh": 10, "max_power_kw": 5, "chemistry": "LFP"},
    "meter": {"meter_type": "smart", "pod": "IT999E00000001", "direction": "import"},
    "ev_charger": {
        "max_power_kw": 22,
        "connector_type": "IEC_62196_T2",
        "num_connectors": 2,
        "smart_charging": True,
    },
    "heat_pump": {"thermal_power_kw": 8, "cop": 4.2, "heat_source": "air", "reversible": False},
    "load": {"rated_power_kw": 2, "load_type": "hvac", "controllable": True, "priority": 3},
}


@pytest.mark.parametrize("kind", AssetType.values)
def test_every_type_is_fine_with_its_own_properties(kind: str) -> None:
    asset = AssetFactory.create(asset_type=kind, properties=GOOD[kind])
    assert Asset.objects.get(pk=asset.pk).properties == GOOD[kind]


def test_a_new_asset_takes_its_owners_community() -> None:
    owner = MemberFactory.create()
    asset = Asset(owner=owner, name="Roof", asset_type="pv")
    asset.save()
    assert (asset.community, asset.key, asset.sensor_id) == (owner.community, "pv-0001", None)


@pytest.mark.parametrize("kind", ["", "windmill", "p v x", "\x00"])
def test_the_type_is_of_the_closed_list(kind: str) -> None:
    asset = Asset(owner=MemberFactory.create(), name="x", asset_type=kind)
    assert refusals(asset) == [("asset_type", "invalid_choice" if kind else "required")]


def test_the_type_never_changes() -> None:
    asset = AssetFactory.create()
    asset.asset_type = "storage"
    assert refusals(asset) == [("asset_type", "type_immutable")]


def test_keys_are_unique_in_the_community_and_never_change() -> None:
    asset = AssetFactory.create(key="a-1")
    other = Asset(owner=asset.owner, key="a-1", name="x", asset_type="pv")
    assert refusals(other) == [("key", "key_taken")]
    AssetFactory.create(key="a-1")
    asset.key = "a-2"
    assert refusals(asset) == [("key", "key_immutable")]


def test_the_owner_is_a_member_of_the_community() -> None:
    asset, elsewhere = AssetFactory.create(), MemberFactory.create()
    asset.owner = elsewhere
    assert refusals(asset) == [("owner", "owner_elsewhere")]
    new = Asset(owner=elsewhere, community=asset.community, name="x", asset_type="pv")
    assert refusals(new) == [("owner", "owner_elsewhere")]
    asset.owner = MemberFactory.create(community=asset.community)
    asset.save()


def test_an_asset_stays_in_its_community() -> None:
    asset, elsewhere = AssetFactory.create(), MemberFactory.create()
    asset.owner, asset.community = elsewhere, elsewhere.community
    assert refusals(asset) == [("community", "community_immutable")]


def test_an_asset_has_an_owner() -> None:
    community = CommunityFactory.create()
    for asset, code in (
        (Asset(name="x", asset_type="pv"), "required"),
        (Asset(community=community, name="x", asset_type="pv"), "required"),
        (Asset(community=community, owner_id=4711, name="x", asset_type="pv"), "unknown_member"),
        (Asset(community=community, owner=Member(name="new"), name="x", asset_type="pv"), "required"),
    ):
        assert refusals(asset) == [("owner", code)]
        with pytest.raises(ValidationError) as caught:
            asset.full_clean()
        assert "owner" in caught.value.error_dict
    gone = MemberFactory.create(community=community)
    Member.objects.filter(pk=gone.pk).delete()
    assert refusals(Asset(owner=gone, name="x", asset_type="pv")) == [("owner", "unknown_member")]
    assert refusals(Asset(owner_id=4711, name="x", asset_type="pv")) == [("owner", "unknown_member")]


@pytest.mark.parametrize("name", ["Sensor", "S" * 128, "a/b c", "è😀"])
def test_a_sensor_id_may_look_like_anything(name: str) -> None:
    asset = AssetFactory.create(sensor_id=f" {name} ")
    assert asset.sensor_id == name
    asset.sensor_id = "  "
    asset.save()
    assert Asset.objects.get().sensor_id is None


@pytest.mark.parametrize(
    ("sensor_id", "code"),
    [("x" * 129, "too_long"), ("a\nb", "invalid"), ("\x00", "null_character"), (5, "wrong_type")],
)
def test_a_sensor_id_is_one_line_of_text(sensor_id: Any, code: str) -> None:
    asset = AssetFactory.create()
    asset.sensor_id = sensor_id
    assert refusals(asset) == [("sensor_id", code)]


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("pv", {"tilt": 120}, ("tilt", "too_large")),
        ("pv", {"capacity_kwp": "5"}, ("capacity_kwp", "wrong_type")),
        ("pv", {"orientation": "up"}, ("orientation", "invalid")),
        ("pv", {"capacity_kwh": 5}, ("capacity_kwh", "foreign_property")),
        ("storage", {"capacity_kwh": -0.1}, ("capacity_kwh", "too_small")),
        ("heat_pump", {"cop": 0}, ("cop", "too_small")),
        ("ev_charger", {"num_connectors": 0}, ("num_connectors", "too_small")),
        ("load", {"priority": 1.5}, ("priority", "wrong_type")),
        ("meter", {"pod": " "}, ("pod", "invalid")),
        ("meter", {"installation_date": "2024-2-1"}, ("installation_date", "invalid")),
    ],
)
def test_properties_are_those_of_the_type(kind: str, properties: Any, expected: tuple[str, str]) -> None:
    asset = AssetFactory.create(asset_type=kind, properties=GOOD[kind])
    asset.properties = properties
    assert refusals(asset) == [(f"properties.{expected[0]}", expected[1])]
    assert Asset.objects.get().properties == GOOD[kind]


def test_an_asset_neither_measures_itself_nor_is_its_own_pair() -> None:
    asset = AssetFactory.create(key="a-1", relationships={"measures": ["a-2"], "paired_with": "nobody"})
    asset.relationships = {"measures": ["a-2", " a-1 "], "paired_with": "a-1"}
    assert refusals(asset) == [
        ("relationships.measures[1]", "invalid"),
        ("relationships.paired_with", "invalid"),
    ]
    asset.relationships = {"measures": ["a-2", "a-3"], "paired_with": "a-2"}
    asset.save()


def test_a_new_asset_does_not_pair_with_the_key_that_it_is_given() -> None:
    asset = Asset(
        owner=MemberFactory.create(), name="x", asset_type="pv", relationships={"paired_with": "pv-0001"}
    )
    assert refusals(asset) == [("relationships.paired_with", "invalid")]


def test_assets_may_refer_to_each_other() -> None:
    owner = MemberFactory.create()
    first = AssetFactory.create(owner=owner, key="a", relationships={"paired_with": "b"})
    AssetFactory.create(owner=owner, key="b", relationships={"paired_with": "a"})
    first.delete()
    assert Community.objects.get().assets.count() == 1
