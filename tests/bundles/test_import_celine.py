"""A community that keeps its file in CELINE's dialect: first import, the same again, and a later state."""

from collections import Counter

import pytest

from assets.models import Asset
from communities.models import Community
from communities.notices import community_notices
from members.models import Holding, Member
from recportal.bundles.plan import Action

from .register import Queries, everything, imported, larch_valley

pytestmark = pytest.mark.django_db

V5, V7 = larch_valley("0.5"), larch_valley("0.7")


def test_it_works() -> None:
    plan = imported(V5)
    assert plan.counts() == {
        "community": {Action.CREATE: 1},
        "member": {Action.CREATE: 17},
        "asset": {Action.CREATE: 34},
    }
    community = Community.objects.get()
    assert community.key == "larch_valley"
    assert len(community.areas) == 3
    assert community.members.count() == 17
    assert sum(len(member.delivery_points) for member in Member.objects.all()) == 17
    assert Counter(Asset.objects.values_list("asset_type", flat=True)) == {
        "meter": 17,
        "pv": 13,
        "storage": 4,
    }


def test_the_children_of_a_node_are_those_that_call_it_their_parent() -> None:
    imported(V5)
    top, *others = Community.objects.get().topology
    assert top["id"] == "PS-valley-001"
    assert top["children"] == ["SS-upper-001", "SS-middle-001", "SS-lower-001"]
    assert [node["id"] for node in others] == top["children"]
    assert not any("children" in node or "parent" in node for node in others)


def test_the_points_and_sensors_are_held() -> None:
    imported(V5)
    held = Holding.objects.filter(until=None)
    assert Counter(held.values_list("kind", flat=True)) == {"delivery_point": 17, "sensor": 17}
    assert held.filter(kind="sensor", asset=None).count() == 0
    assert Holding.objects.count() == 34


def test_a_member_is_stored_under_the_names_of_the_seed() -> None:
    imported(V5)
    member = Member.objects.get(key="lv-002")
    assert (member.user_id, member.role, member.area, member.status) == (
        "lv-002",
        "prosumer",
        "upper",
        "active",
    )
    assert member.extra == {"type": "schema:Person"}
    assert [point["type"] for point in member.delivery_points] == ["pod"]
    # A known quantity that is null says nothing; the names of others are kept as they are.
    assert member.assets.get(asset_type="pv").properties == {}
    storage = Asset.objects.get(key="storage-lv-003")
    assert storage.properties == {"max_charge_power": None, "max_discharge_power": None}


def test_the_same_file_again_changes_nothing_and_writes_nothing() -> None:
    imported(V5)
    before = everything()
    with Queries() as queries:
        plan = imported(V5)
    assert plan.changes_nothing
    assert plan.counts() == {
        "community": {Action.UNCHANGED: 1},
        "member": {Action.UNCHANGED: 17},
        "asset": {Action.UNCHANGED: 34},
    }
    assert queries.writes == []
    assert everything() == before
    assert {member.version for member in Member.objects.all()} == {1}
    assert Member.history.count() == 17


def test_replacing_by_the_same_file_changes_nothing_either() -> None:
    imported(V5)
    before = everything()
    with Queries() as queries:
        assert imported(V5, replace=True).changes_nothing
    assert queries.writes == []
    assert everything() == before


def test_a_later_state_shows_the_paths_that_change_and_applies() -> None:
    imported(V5)
    plan = imported(V7, dry_run=True)
    places = {step.key: {each.place for each in step.differences} for step in plan.steps if step.differences}
    assert places == {
        "larch_valley": {
            "areas.upper.boundary",
            "areas.upper.topology",
            "areas.lower.boundary",
            "areas.lower.topology",
            "extra.metadata.updated",
            "extra.operators.valley_grid",
            "topology[4]",
            "topology[5]",
            "topology[6]",
        },
        "lv-001": {"extra.did"},
        "lv-003": {"area", "extra.type"},
        "lv-004": {"area", "extra.type", "role"},
        "meter-lv-001": {"sensor_id"},
        "meter-lv-002": {"sensor_id"},
        "meter-lv-003": {"sensor_id"},
        "meter-lv-004": {"properties.meter_type", "relationships.measures", "sensor_id"},
    }
    assert {step.action for step in plan.steps} == {Action.UPDATE, Action.UNCHANGED}
    applied = imported(V7)
    assert applied.counts() == plan.counts()
    assert imported(V7).changes_nothing
    assert Member.objects.count() == 17
    assert Member.objects.get(key="lv-001").extra["did"].startswith("did:web:")
    assert set(Community.objects.get().areas) == {"upper", "middle", "lower"}


def test_a_later_state_moves_the_holdings_of_sensors() -> None:
    imported(V5)
    imported(V7)
    sensors = Holding.objects.filter(kind="sensor")
    assert sensors.filter(until=None).count() == 17
    assert sensors.exclude(until=None).count() == 4
    meter = Asset.objects.get(key="meter-lv-001")
    assert [holding.code for holding in sensors.filter(asset=meter, until=None)] == [meter.sensor_id]


def test_the_later_state_alone_has_an_operator_that_is_none() -> None:
    plan = imported(V7)
    assert plan.counts()["member"] == {Action.CREATE: 4}
    assert plan.counts()["asset"] == {Action.CREATE: 7}
    notices = [(notice.code, notice.path) for notice in community_notices(Community.objects.get())]
    assert [(code, path) for code, path in notices if path.startswith("topology")] == [
        ("unknown_operator", f"topology[{index}].operator_id") for index in range(3)
    ]
