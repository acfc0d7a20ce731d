"""Who holds what: opened and closed by every write that says so, and never twice."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assets.models import Asset
from communities.models import Community
from members.holdings import (
    AlreadyHeld,
    held_by_others,
    holdings_synced_once,
    lock_codes,
    own_claims,
    rivals,
    sync_holdings,
)
from members.models import Holding, Member, purge_member
from recportal.documents.faults import dotted, faults_of
from recportal.records.models import Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, pod

pytestmark = pytest.mark.django_db

AUSTRIAN = "AT0010000000000000001000000000001"


def refusals(record: Record) -> list[AlreadyHeld]:
    with pytest.raises(ValidationError) as caught:
        record.save()
    found = [fault for fault in faults_of(caught.value) if isinstance(fault, AlreadyHeld)]
    assert len(found) == len(faults_of(caught.value))
    return found


def told(record: Record) -> list[tuple[str, str]]:
    return [(dotted(fault.path), fault.code) for fault in refusals(record)]


def opened() -> set[tuple[str, str, str, str]]:
    """The open holdings, as kind, code, scope, key of the holder."""
    rows = Holding.objects.filter(until=None)
    return set(rows.values_list("kind", "code", "scope", "member__key"))


def point(name: str, kind: str = "other", **more: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, **more}


class TestKinds:
    def test_a_member_holds_its_points_its_did_and_its_assets_sensors(self) -> None:
        member = MemberFactory.create(
            key="m", delivery_points=[pod(1), point("X-1")], extra={"did": " did:web:Example.org:Anna "}
        )
        asset = AssetFactory.create(owner=member, sensor_id="Sensor 1")
        assert opened() == {
            ("delivery_point", "it999e00000001", "", "m"),
            ("delivery_point", "x-1", "", "m"),
            ("did", "did:web:Example.org:Anna", "", "m"),
            ("sensor", "Sensor 1", "", "m"),
        }
        sensor = Holding.objects.get(kind="sensor")
        assert (sensor.asset, sensor.member, sensor.until) == (asset, member, None)
        assert sensor.since == timezone.now().date()
        assert abs(timezone.now() - sensor.recorded_at) < timedelta(minutes=1)
        assert str(sensor) == "sensor Sensor 1"

    def test_the_longest_did_and_the_longest_code_fit(self) -> None:
        did, name = "did:" + "x" * 252, "ß" * 128
        MemberFactory.create(extra={"did": did}, delivery_points=[point(name)])
        assert {code for _kind, code, _scope, _key in opened()} == {did, "s" * 256}

    def test_points_of_which_nothing_is_said_are_in_use_and_others_are_not_held(self) -> None:
        MemberFactory.create(delivery_points=[point("A"), point("B", active=True), point("C", active=False)])
        assert {code for _kind, code, _scope, _key in opened()} == {"a", "b"}

    def test_a_sensor_and_a_point_of_the_same_name_are_two_things(self) -> None:
        member = MemberFactory.create(delivery_points=[point("x")], extra={"did": "x"})
        AssetFactory.create(owner=member, sensor_id="x")
        assert len(opened()) == 3


class TestOneHolder:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (pod(1), pod(1)),
            (point("IT999E00000001", "pod"), point("it 999-e.00000001", "pod")),
            (point("IT999E00000001", "pod"), point("IT999E000000019", "pod")),
            (point("IT999E00000001", "pod"), point("IT999E00000001", "other")),
            (point("ES0021000000000000AB", "cups"), point("es0021 0000 0000 0000 ab1p", "cups")),
            (point("STRASSE"), point("straße")),
        ],
    )
    def test_a_point_in_any_spelling_has_one_holder(self, one: Any, other: Any) -> None:
        MemberFactory.create(delivery_points=[one])
        late = MemberFactory.create(delivery_points=[point("mine")])
        late.delivery_points = [point("mine"), other]
        (fault,) = refusals(late)
        assert (dotted(fault.path), fault.code) == ("delivery_points[1].id", "delivery_point_held")
        assert str(fault.text) == f"The delivery point “{other['id']}” is held already."

    def test_a_sensor_has_one_asset(self) -> None:
        asset = AssetFactory.create(sensor_id="S1")
        for owner in (asset.owner, MemberFactory.create()):
            new = Asset(owner=owner, name="x", asset_type="meter", sensor_id=" S1 ")
            assert told(new) == [("sensor_id", "sensor_held")]
        Asset(owner=asset.owner, name="x", asset_type="meter", sensor_id="s1").save()

    def test_a_did_has_one_member(self) -> None:
        member = MemberFactory.create(extra={"did": "did:web:a"})
        late = MemberFactory.create(community=member.community)
        late.extra = {"did": "did:web:a"}
        assert told(late) == [("extra.did", "did_held")]
        late.extra = {"did": "did:web:A"}
        late.save()

    def test_two_spellings_in_one_list_are_one_point(self) -> None:
        member = MemberFactory.create()
        member.delivery_points = [point("A-1", "pod"), point("a1", "pod")]
        assert told(member) == [("delivery_points[1].id", "delivery_point_held")]

    def test_all_that_is_held_is_told_at_once(self) -> None:
        holder = MemberFactory.create(delivery_points=[point("A"), point("B")], extra={"did": "d"})
        AssetFactory.create(owner=holder, sensor_id="S")
        late = MemberFactory.create(community=holder.community, status="pending")
        late.delivery_points, late.extra = [point("B"), point("A")], {"did": "d"}
        late.save()
        AssetFactory.create(owner=late, sensor_id="S")
        late = Member.objects.get(pk=late.pk)
        late.status = "active"
        assert set(told(late)) == {
            ("delivery_points[0].id", "delivery_point_held"),
            ("delivery_points[1].id", "delivery_point_held"),
            ("extra.did", "did_held"),
            ("status", "sensor_held"),
        }
        assert late.holdings.count() == 0

    def test_a_holder_elsewhere_is_not_named(self) -> None:
        holder = MemberFactory.create(key="secret-key", name="Secret Name", delivery_points=[point("A")])
        neighbour = MemberFactory.create(community=holder.community)
        stranger = MemberFactory.create()
        for late, is_neighbour in ((neighbour, True), (stranger, False)):
            late.delivery_points = [point("a")]
            (fault,) = refusals(late)
            assert (fault.is_neighbour, fault.holder_id) == (is_neighbour, holder.pk)
            for words in (str(fault), str(fault.text), repr(fault)):
                assert "secret" not in words.lower()
                assert holder.community.key not in words
                assert holder.community.name not in words

    def test_an_id_is_quoted_without_its_harm(self) -> None:
        AssetFactory.create(sensor_id="S\ue0001")
        (fault,) = refusals(
            Asset(owner=MemberFactory.create(), name="x", asset_type="pv", sensor_id="S\ue0001")
        )
        assert str(fault.text) == "The sensor “S\ufffd1” is held already."


class TestTimes:
    @pytest.mark.parametrize(
        ("status", "holds"), [("pending", False), ("active", True), ("suspended", True), ("inactive", False)]
    )
    def test_who_takes_part_or_is_suspended_holds(self, status: str, holds: bool) -> None:
        member = MemberFactory.create(status=status, delivery_points=[point("A")])
        AssetFactory.create(owner=member, sensor_id="S")
        assert bool(opened()) is holds
        other = MemberFactory.create(community=member.community)
        other.delivery_points = [point("A")]
        if holds:
            assert told(other) == [("delivery_points[0].id", "delivery_point_held")]
        else:
            other.save()

    def test_leaving_closes_and_coming_back_opens_anew(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        asset = AssetFactory.create(owner=member, sensor_id="S")
        Holding.objects.update(since=date(2020, 1, 1))
        member.status = "inactive"
        member.save()
        today = member.community.today()
        assert opened() == set()
        assert set(Holding.objects.values_list("since", "until")) == {(date(2020, 1, 1), today)}
        member.status = "suspended"
        member.save()
        assert len(opened()) == 2
        assert set(Holding.objects.filter(until=None).values_list("since", flat=True)) == {today}
        assert Holding.objects.count() == 4
        assert Holding.objects.get(kind="sensor", until=None).asset == asset

    def test_a_holding_of_one_day_is_of_no_day(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        member.delivery_points = []
        member.save()
        holding = Holding.objects.get()
        assert holding.since == holding.until

    def test_a_holding_that_begins_later_ends_when_it_begins(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        Holding.objects.update(since=date(2999, 1, 1))
        member.delivery_points = []
        member.save()
        assert Holding.objects.get().until == date(2999, 1, 1)

    @pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
    def test_days_are_those_of_the_communitys_calendar(self, name: str) -> None:
        community = CommunityFactory.create(settings={"timezone": name})
        MemberFactory.create(community=community, delivery_points=[point("A")])
        assert Holding.objects.get().since == community.today()
        kiritimati = CommunityFactory.build(settings={"timezone": "Pacific/Kiritimati"}).today()
        pago = CommunityFactory.build(settings={"timezone": "Pacific/Pago_Pago"}).today()
        assert kiritimati > pago

    def test_what_is_not_about_holding_touches_no_holding(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        asset = AssetFactory.create(owner=member, sensor_id="S")
        member.name, asset.name = "New", "New"
        with CaptureQueriesContext(connection) as queries:
            member.save()
            asset.save()
        assert not any("members_holding" in query["sql"] for query in queries)

    def test_a_point_out_of_use_is_free(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        member.delivery_points = [point("A", active=False)]
        member.save()
        MemberFactory.create(delivery_points=[point("A")])
        member.delivery_points = [point("A")]
        assert told(member) == [("delivery_points[0].id", "delivery_point_held")]

    def test_another_spelling_is_the_same_holding(self) -> None:
        member = MemberFactory.create(delivery_points=[point("IT999E00000001", "pod")])
        member.delivery_points = [point("it 999 e 00000001 9", "other")]
        member.save()
        assert Holding.objects.count() == 1


class TestMoves:
    def test_a_sensor_moves_with_its_asset_to_another_owner(self) -> None:
        asset = AssetFactory.create(sensor_id="S")
        new = MemberFactory.create(community=asset.community, key="new")
        asset.owner = new
        asset.save()
        assert opened() == {("sensor", "S", "", "new")}
        assert Holding.objects.count() == 2
        asset.owner = MemberFactory.create(community=asset.community, status="inactive")
        asset.save()
        assert opened() == set()

    def test_a_sensor_goes_to_another_asset(self) -> None:
        asset = AssetFactory.create(sensor_id="S")
        asset.sensor_id = "T"
        asset.save()
        other = AssetFactory.create(owner=asset.owner, sensor_id="S")
        assert opened() == {("sensor", "S", "", asset.owner.key), ("sensor", "T", "", asset.owner.key)}
        assert Holding.objects.get(code="S", until=None).asset == other

    def test_two_sensors_are_swapped_by_free_move_move(self) -> None:
        one, other = AssetFactory.create(sensor_id="S1"), AssetFactory.create(sensor_id="S2")
        one.sensor_id = "S2"
        assert told(one) == [("sensor_id", "sensor_held")]
        other.sensor_id = None
        other.save()
        one.save()
        other.sensor_id = "S1"
        other.save()
        assert {(h.code, h.asset) for h in Holding.objects.filter(until=None)} == {("S2", one), ("S1", other)}

    def test_or_at_once_where_a_set_of_writes_settles_its_holdings(self) -> None:
        one, other = AssetFactory.create(sensor_id="S1"), AssetFactory.create(sensor_id="S2")
        with transaction.atomic(), holdings_synced_once():
            one.sensor_id, other.sensor_id = "S2", "S1"
            one.save()
            other.save()
            assert {(h.code, h.asset) for h in Holding.objects.filter(until=None)} == {
                ("S1", one),
                ("S2", other),
            }
        assert {(h.code, h.asset) for h in Holding.objects.filter(until=None)} == {("S2", one), ("S1", other)}

    def test_a_set_of_writes_that_does_not_hold_is_refused_in_the_end(self) -> None:
        one, other = AssetFactory.create(sensor_id="S1"), AssetFactory.create(sensor_id="S2")

        def write_both() -> None:
            with transaction.atomic(), holdings_synced_once():
                one.sensor_id = "S2"
                one.save()

        with pytest.raises(ValidationError):
            write_both()
        assert Asset.objects.get(pk=one.pk).sensor_id == "S1"
        assert {(h.code, h.asset) for h in Holding.objects.filter(until=None)} == {("S1", one), ("S2", other)}

    def test_points_are_swapped_between_members_the_same_way(self) -> None:
        one = MemberFactory.create(key="one", delivery_points=[point("A")])
        other = MemberFactory.create(key="other", community=one.community, delivery_points=[point("B")])
        with transaction.atomic(), holdings_synced_once():
            one.delivery_points, other.delivery_points = [point("B")], [point("A")]
            one.save()
            other.save()
        assert {(code, key) for _kind, code, _scope, key in opened()} == {("b", "one"), ("a", "other")}


class TestAustria:
    """An Austrian point may be in several communities, once in each."""

    def test_one_in_each_community(self) -> None:
        first = MemberFactory.create(key="m1", delivery_points=[point(AUSTRIAN, "zp")])
        MemberFactory.create(key="m2", delivery_points=[point(AUSTRIAN.lower(), "zp")])
        assert len(opened()) == 2
        assert {scope for _kind, _code, scope, _key in opened()} == set(
            Community.objects.values_list("key", flat=True)
        )
        neighbour = MemberFactory.create(community=first.community)
        neighbour.delivery_points = [point(AUSTRIAN, "zp")]
        assert told(neighbour) == [("delivery_points[0].id", "delivery_point_held")]

    @pytest.mark.parametrize(("first", "second"), [("zp", "other"), ("other", "zp"), ("zp", "melo")])
    def test_held_in_one_way_it_cannot_be_held_in_the_other(self, first: str, second: str) -> None:
        MemberFactory.create(delivery_points=[point(AUSTRIAN, first)])
        late = MemberFactory.create()
        late.delivery_points = [point(AUSTRIAN, second)]
        assert told(late) == [("delivery_points[0].id", "delivery_point_held")]

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
    def test_thousands_of_them_take_a_bounded_number_of_locks(self) -> None:
        """PostgreSQL keeps the locks of all transactions in memory of a fixed size."""
        with transaction.atomic(), connection.cursor() as cursor:
            lock_codes(f"at{number:031}" for number in range(20_000))
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            assert 1 < cursor.fetchone()[0] <= 256

    def test_a_point_of_another_form_has_one_holder_whatever_its_type(self) -> None:
        MemberFactory.create(delivery_points=[point("AT001", "zp"), point("DE" + AUSTRIAN[2:], "zp")])
        assert {scope for _kind, _code, scope, _key in opened()} == {""}

    def test_a_holder_may_change_the_way(self) -> None:
        member = MemberFactory.create(delivery_points=[point(AUSTRIAN, "zp")])
        member.delivery_points = [point(AUSTRIAN, "other")]
        member.save()
        assert {scope for _kind, _code, scope, _key in opened()} == {""}
        assert Holding.objects.count() == 2


class TestDeletions:
    def test_a_deleted_asset_frees_its_sensor(self) -> None:
        asset = AssetFactory.create(sensor_id="S")
        asset.delete()
        holding = Holding.objects.get()
        assert (holding.until, holding.asset) == (timezone.now().date(), None)
        AssetFactory.create(sensor_id="S")

    def test_so_does_a_deletion_in_bulk(self) -> None:
        assets = [AssetFactory.create(sensor_id=f"S{number}") for number in range(3)]
        Asset.objects.filter(pk__in=[asset.pk for asset in assets[:2]]).delete()
        assert {code for _kind, code, _scope, _key in opened()} == {"S2"}

    def test_a_deleted_member_holds_nothing(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")], extra={"did": "d"})
        member.delete()
        assert not Holding.objects.exists()
        MemberFactory.create(delivery_points=[point("A")], extra={"did": "d"})

    def test_a_purged_member_and_its_assets_hold_nothing(self) -> None:
        asset = AssetFactory.create(sensor_id="S")
        purge_member(asset.owner)
        assert not Holding.objects.exists()
        AssetFactory.create(sensor_id="S")


class TestSync:
    def test_it_mends_whatever_was_wrong(self) -> None:
        asset = AssetFactory.create(sensor_id="S")
        other = AssetFactory.create(owner=asset.owner)
        Holding.objects.update(asset=other)
        sync_holdings([asset.owner_id])
        assert Holding.objects.get(until=None).asset == asset
        Holding.objects.filter(until=None).delete()
        sync_holdings([asset.owner_id, asset.owner_id])
        assert Holding.objects.get(until=None).asset == asset

    def test_nothing_to_do_writes_nothing(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        with CaptureQueriesContext(connection) as queries:
            sync_holdings([member.pk])
            sync_holdings([])
        assert not [query for query in queries if not query["sql"].startswith("SELECT")]

    def test_the_number_of_queries_does_not_depend_on_the_number_of_members(self) -> None:
        def queries(count: int) -> int:
            members = [
                MemberFactory.create(status="pending", delivery_points=[point(f"{count}-{n}")])
                for n in range(count)
            ]
            Member.objects.update(status="active")
            with CaptureQueriesContext(connection) as captured:
                sync_holdings([member.pk for member in members])
            Member.objects.all().delete()
            return len(captured)

        assert queries(2) == queries(12)

    def test_claims_of_one_set_of_writes_are_rivals(self) -> None:
        community = CommunityFactory.create(key="c")
        claims = [
            claim
            for pk in (1, 2)
            for claim in own_claims(pk, community.pk, "c", [point("A"), point(AUSTRIAN, "zp")], {"did": "d"})
        ]
        assert [fault.code for fault in rivals(claims)] == ["delivery_point_held"] * 2 + ["did_held"]
        elsewhere = list(own_claims(3, 0, "d", [point(AUSTRIAN, "zp")], {}))
        assert rivals([*claims[:2], *elsewhere]) == []

    def test_claims_are_compared_with_what_is_held_now(self) -> None:
        member = MemberFactory.create(delivery_points=[point("A")])
        claims = list(own_claims(0, 0, "c", [point("A")], {}))
        assert [fault.holder_id for fault in held_by_others(claims)] == [member.pk]
        assert held_by_others(claims, besides={member.pk}) == []
        assert held_by_others([]) == []


class TestLookups:
    def test_a_member_is_found_by_what_it_holds(self) -> None:
        member = MemberFactory.create(delivery_points=[pod(1), pod(2)], extra={"did": "did:a"})
        AssetFactory.create(owner=member, sensor_id="S")
        MemberFactory.create(status="pending", delivery_points=[pod(3)])
        find = Member.objects.holding
        assert list(find("delivery_point", ["it999e-00000001", "IT 999 E 00000002", "x"])) == [member]
        assert list(find("did", [" did:a "])) == [member]
        assert list(find("sensor", ["S"])) == [member]
        assert list(find("sensor", ["s", "did:a"])) == []
        assert list(find("delivery_point", [pod(3)["id"]])) == []
        assert list(find("delivery_point", ["\x00", "\ud800", ""])) == []
        member.status = "inactive"
        member.save()
        assert list(find("did", ["did:a"])) == []
