"""A meter at a delivery point that another member holds is refused, at every door."""

import copy
import json
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from assets.models import Asset
from assets.notices import asset_notices
from members.handover import handed_over
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.bundles.importing import import_bundle, import_file
from recportal.bundles.plan import Plan
from recportal.bundles.spreadsheets import read_table
from recportal.documents.faults import dotted, faults_of
from tests.api.calling import token_of
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, pod
from tests.staff.browsing import Browser, change, errors_on

pytestmark = pytest.mark.django_db

HELD = ("delivery_point_held", "properties.pod")
AUSTRIAN = "AT9999999999900000000000000000001"


def refused(record: Any) -> list[tuple[str, str]]:
    try:
        record.save()
    except ValidationError as error:
        return [(fault.code, dotted(fault.path)) for fault in faults_of(error)]
    return []


def meter(owner: Member, point: str, **values: Any) -> Asset:
    return Asset(owner=owner, name="x", asset_type="meter", properties={"pod": point}, **values)


@pytest.fixture
def anna() -> Member:
    return MemberFactory.create(
        key="anna", community=CommunityFactory.create(key="home"), delivery_points=[pod(1)]
    )


@pytest.fixture
def bruno(anna: Member) -> Member:
    return MemberFactory.create(key="bruno", community=anna.community, delivery_points=[pod(2)])


class TestSave:
    @pytest.mark.parametrize("spelled", ["IT999E00000001", "it 999-e\u200b_00000001", "POD: IT999E000000017"])
    def test_the_point_of_another_is_refused_in_any_spelling(
        self, anna: Member, bruno: Member, spelled: str
    ) -> None:
        assert refused(meter(bruno, spelled)) == [HELD]
        assert refused(meter(anna, spelled)) == []

    def test_a_point_of_another_community_is_held_too(self, anna: Member) -> None:
        assert refused(meter(MemberFactory.create(), "IT999E00000001")) == [HELD]

    def test_a_point_that_nobody_holds_is_a_notice(self, anna: Member) -> None:
        asset = meter(anna, "IT999E00000009")
        assert refused(asset) == []
        assert [each.code for each in asset_notices(asset)] == ["unknown_delivery_point"]

    def test_only_meters_measure(self, anna: Member, bruno: Member) -> None:
        asset = AssetFactory.create(owner=bruno, asset_type="pv", properties={"pod": "IT999E00000001"})
        assert asset.pk

    def test_an_austrian_point_is_held_in_each_community(self) -> None:
        zp = [{"id": AUSTRIAN, "type": "zp"}]
        here = MemberFactory.create(delivery_points=zp)
        neighbour = MemberFactory.create(community=here.community)
        assert refused(meter(neighbour, AUSTRIAN)) == [HELD]
        assert refused(meter(MemberFactory.create(), AUSTRIAN)) == []

    def test_what_is_stored_already_is_no_obstacle(self, anna: Member, bruno: Member) -> None:
        asset = AssetFactory.create(owner=bruno, asset_type="meter")
        Asset.objects.filter(pk=asset.pk).update(properties={"pod": "IT999E00000001"})
        asset.refresh_from_db()
        asset.name = "another name"
        assert refused(asset) == []
        asset.properties = {"pod": "IT999E00000001 ", "direction": "import"}
        assert refused(asset) == []
        asset.owner = MemberFactory.create(community=bruno.community)
        assert refused(asset) == [HELD]
        asset.owner = anna
        assert refused(asset) == []

    def test_a_handover_goes_before_its_meter(self, anna: Member, bruno: Member) -> None:
        asset = meter(anna, "IT999E00000001")
        asset.save()
        asset.owner = bruno
        assert refused(asset) == [HELD]
        bruno.delivery_points = [*bruno.delivery_points, pod(1)]
        holding = Holding.objects.get(member=anna, until=None)
        day = max(holding.since, date(2026, 1, 1))
        with handed_over(bruno, [holding], day):
            bruno.save()
        asset.owner = bruno
        assert refused(asset) == []


class TestDoors:
    def test_api(self, anna: Member, bruno: Member) -> None:
        client = Client(
            headers={"authorization": f"Bearer {token_of(User.objects.create_superuser('root'))}"}
        )
        body = {
            "owner": "bruno",
            "name": "x",
            "asset_type": "METER",
            "properties": {"pod": "it999e-00000001"},
        }
        url = "/api/communities/home/assets/"
        answer = client.post(url, body, content_type="application/json")
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"], error["pointer"]) == (409, HELD[0], "/properties/pod")
        assert "anna" not in answer.content.decode()
        answer = client.post(url, {**body, "owner": "anna", "key": "m"}, content_type="application/json")
        assert answer.status_code == 201
        patch = client.patch(f"{url}m/", {"owner": "bruno"}, content_type="application/json")
        assert (patch.status_code, patch.json()["errors"][0]["code"]) == (409, HELD[0])

    def test_admin(self, anna: Member, bruno: Member) -> None:
        asset = AssetFactory.create(owner=bruno, asset_type="meter")
        browser = Browser(User.objects.create_superuser("root"))
        typed = {"properties": json.dumps({"pod": "IT999E00000001"})}
        assert errors_on(browser.send(change(asset), **typed)) == {"properties": [HELD[0]]}

    def test_table(self, anna: Member, bruno: Member) -> None:
        rows = ["key;name;asset_type;owner;properties.pod", "x;X;Contatore;bruno;IT 999 E 00000001"]
        plan = import_bundle(read_table("\n".join(rows).encode(), "home"), name="x.csv")
        assert faults(plan) == {"x": [HELD]}


def faults(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    return {
        step.key: [(str(fault.code), dotted(fault.path)) for fault in step.faults]
        for step in plan.steps
        if step.faults
    }


class TestBundles:
    """In a file, all of it counts together: who holds what once it is written."""

    TREE: dict[str, Any] = {
        "recportal": 1,
        "community": {"key": "home", "name": "Home"},
        "members": {
            key: {"name": key, "role": "consumer", "status": "active", "delivery_points": [pod(number)]}
            for number, key in ((1, "anna"), (2, "bruno"))
        },
        "assets": {
            "m": {"name": "m", "owner": "anna", "asset_type": "meter", "properties": {"pod": pod(1)["id"]}}
        },
    }

    def run(self, tree: dict[str, Any], **options: Any) -> dict[str, list[tuple[str, str]]]:
        return faults(import_file(json.dumps(tree).encode(), "x.json", **options))

    def test_within_one_file(self) -> None:
        tree = copy.deepcopy(self.TREE)
        tree["assets"]["m"]["owner"] = "bruno"
        assert self.run(tree) == {"m": [HELD]}
        assert self.run(self.TREE) == {}

    def test_meter_and_point_change_hands_in_one_file(self) -> None:
        assert self.run(self.TREE) == {}
        tree = copy.deepcopy(self.TREE)
        for key, number in (("anna", 3), ("bruno", 1)):
            tree["members"][key]["delivery_points"] = [pod(number)]
        tree["assets"]["m"]["owner"] = "bruno"
        assert self.run(tree, replace=True) == {}
        del tree["members"]
        tree["assets"]["m"]["owner"] = "anna"
        assert self.run(tree) == {"m": [HELD]}

    def test_a_point_that_a_member_outside_of_the_file_holds(self) -> None:
        MemberFactory.create(delivery_points=[pod(9)])
        tree = copy.deepcopy(self.TREE)
        tree["assets"]["m"]["properties"] = {"pod": pod(9)["id"]}
        assert self.run(tree) == {"m": [HELD]}

    def test_a_stored_fault_is_no_obstacle_to_the_rest(self) -> None:
        assert self.run(self.TREE) == {}
        Asset.objects.update(properties={"pod": pod(2)["id"]})
        tree = copy.deepcopy(self.TREE)
        tree["assets"]["m"] |= {"name": "new", "properties": {"pod": pod(2)["id"]}}
        assert self.run(tree) == {}
