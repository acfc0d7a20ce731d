"""The one way of writing a record: all of it or nothing, with version, history, and locks in their order."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assets.models import Asset
from communities.models import Community, lock_community
from members.models import Member
from recportal.documents.faults import Fault, dotted, faults_of
from recportal.records.models import ChangedMeanwhile, Record
from tests.factories import AssetFactory, CommunityFactory, MemberFactory, pod

pytestmark = pytest.mark.django_db

FACTORIES: list[Any] = [CommunityFactory, MemberFactory, AssetFactory]


def faults(record: Record, **options: Any) -> list[Fault]:
    """What saving the record is refused for."""
    with pytest.raises(ValidationError) as caught:
        record.save(**options)
    return faults_of(caught.value)


def refusals(record: Record, **options: Any) -> dict[str, str]:
    return {dotted(fault.path): fault.code for fault in faults(record, **options)}


def everything(record: Record) -> dict[str, Any]:
    """The whole object, as it is in memory."""
    state = record._state
    return {
        **record.__dict__,
        "_state": (state.adding, state.db, dict(state.fields_cache)),
    }


class TestVersions:
    @pytest.mark.parametrize("factory", FACTORIES)
    def test_a_new_record_is_version_one_and_each_change_counts(self, factory: Any) -> None:
        record = factory.create()
        assert (record.version, record.created_at) == (1, record.updated_at)
        record.name = "Another name"
        record.save()
        again = type(record).objects.get(pk=record.pk)
        assert (again.version, again.name) == (2, "Another name")
        assert again.updated_at > again.created_at == record.created_at
        assert record.history.count() == 2

    @pytest.mark.parametrize("factory", FACTORIES)
    def test_saying_nothing_new_writes_nothing(self, factory: Any) -> None:
        record = type(factory.create()).objects.get()
        before = everything(record)
        record.name = f"  {record.name}\n"
        record.extra = {**record.extra}
        with CaptureQueriesContext(
            connection,
        ) as queries:
            record.save()
        written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
        assert written == []
        again = type(record).objects.get()
        assert (again.version, again.updated_at) == (1, before["updated_at"])
        assert (record.version, record.updated_at) == (1, before["updated_at"])
        assert record.history.count() == 1

    def test_one_and_one_point_zero_are_nothing_new_but_true_is(self) -> None:
        asset = AssetFactory.create(extra={"a": 1})
        asset.extra = {"a": 1.0}
        asset.save()
        assert asset.version == 1
        asset.extra = {"a": True}
        asset.save()
        assert asset.version == 2
        assert Asset.objects.get().extra == {"a": True}
        assert Asset.objects.get().extra["a"] is True

    def test_bookkeeping_is_not_the_callers(self) -> None:
        member = MemberFactory.create()
        created = member.created_at
        member.version, member.created_at, member.search_text = 77, datetime(2000, 1, 1, tzinfo=UTC), "x"
        member.name = "New"
        member.save(update_fields=["name"])
        stored = Member.objects.get(pk=member.pk)
        assert (stored.version, stored.created_at) == (2, created)
        assert "new" in stored.search_text

    def test_the_whole_record_is_written_whatever_fields_are_named(self) -> None:
        member = MemberFactory.create()
        member.name, member.role = "New", "producer"
        member.save(update_fields=["name"])
        assert Member.objects.get(pk=member.pk).role == "producer"

    def test_a_record_without_its_large_columns_is_saved_whole(self) -> None:
        community = CommunityFactory.create(topology=[{"id": "A", "type": "feeder"}])
        part = Community.objects.defer("areas", "topology", "extra").get()
        part.name = "New"
        part.save()
        stored = Community.objects.get()
        assert (stored.name, stored.areas, stored.topology) == ("New", community.areas, community.topology)


class TestRefusals:
    @pytest.mark.parametrize("factory", FACTORIES)
    def test_a_refused_write_leaves_record_and_object_as_they_were(self, factory: Any) -> None:
        record = factory.create()
        stored = type(record).objects.values().get(pk=record.pk)
        record.name, record.extra, record.key = "  New  ", {"a": "\x00"}, f" {record.key} "
        before = everything(record)
        assert refusals(record) == {"extra.a": "null_character"}
        assert everything(record) == before
        assert type(record).objects.values().get(pk=record.pk) == stored
        assert record.history.count() == 1

    def test_a_refused_new_record_has_no_key_and_no_id(self) -> None:
        member = Member(community=CommunityFactory.create(), name="", role="x")
        before = everything(member)
        assert refusals(member) == {"name": "required", "role": "invalid_choice"}
        assert everything(member) == before
        assert member.key == ""
        assert member._state.adding
        assert not Member.objects.exists()

    def test_a_refusal_after_the_row_was_written_takes_it_back(self) -> None:
        holder = MemberFactory.create(delivery_points=[pod(1)])
        other = Member(community=holder.community, name="Other", role="consumer", status="active")
        other.delivery_points = [pod(1)]
        before = everything(other)
        assert refusals(other) == {"delivery_points[0].id": "delivery_point_held"}
        assert everything(other) == before
        assert Member.objects.get() == holder
        other.delivery_points = []
        other.save()
        assert Member.objects.count() == 2

    def test_every_fault_is_told_at_once(self) -> None:
        asset = AssetFactory.create()
        asset.name, asset.asset_type = "", "storage"
        asset.properties = {"capacity_kwh": -1, "max_power_kw": "x"}
        asset.relationships = {"paired_with": asset.key}
        assert refusals(asset) == {
            "name": "required",
            "properties.capacity_kwh": "too_small",
            "properties.max_power_kw": "wrong_type",
            "asset_type": "type_immutable",
            "relationships.paired_with": "invalid",
        }

    def test_full_clean_says_the_same_and_writes_nothing(self) -> None:
        member = MemberFactory.create()
        member.area, member.extra = "nowhere", {"did": 5}
        with pytest.raises(ValidationError) as caught:
            member.full_clean()
        assert {dotted(fault.path) for fault in faults_of(caught.value)} == {"area", "extra.did"}
        with pytest.raises(ValidationError) as caught:
            member.full_clean(exclude=["extra"])
        assert {dotted(fault.path) for fault in faults_of(caught.value)} == {"area"}
        member.full_clean(exclude=["extra", "area"])
        assert Member.objects.get().version == 1

    def test_a_broken_transaction_of_the_callers_is_not_left_behind(self) -> None:
        member = MemberFactory.create()
        with transaction.atomic():
            other = Member(community=member.community, key=member.key, name="Other", role="consumer")
            assert refusals(other) == {"key": "key_taken"}
            assert Member.objects.count() == 1


class TestTwoEditors:
    def test_what_was_seen_is_compared_under_the_lock(self) -> None:
        member = MemberFactory.create()
        mine, theirs = Member.objects.get(), Member.objects.get()
        theirs.name = "Theirs"
        theirs.save(seen=1)
        mine.name = "Mine"
        before = everything(mine)
        (fault,) = faults(mine, seen=1)
        assert isinstance(fault, ChangedMeanwhile)
        assert (fault.code, fault.path, fault.seen) == ("changed_meanwhile", (), 1)
        stored: Any = fault.stored
        assert (stored.version, stored.name) == (2, "Theirs")
        assert [row.version for row in fault.since()] == [2, 1]
        assert everything(mine) == before
        mine.save(seen=2)
        assert (member.history.count(), Member.objects.get().version) == (3, 3)

    def test_without_a_seen_version_the_last_one_wins(self) -> None:
        MemberFactory.create()
        mine, theirs = Member.objects.get(), Member.objects.get()
        theirs.name = "Theirs"
        theirs.save()
        mine.name = "Mine"
        mine.save()
        assert (Member.objects.get().name, Member.objects.get().version) == ("Mine", 3)

    def test_deleting_what_was_changed_meanwhile_is_refused(self) -> None:
        member = MemberFactory.create()
        member.name = "New"
        member.save()
        stale = Member.objects.get()
        with pytest.raises(ValidationError) as caught:
            stale.delete(seen=1)
        assert [fault.code for fault in faults_of(caught.value)] == ["changed_meanwhile"]
        stale.delete(seen=2)
        assert not Member.objects.exists()

    @pytest.mark.parametrize("factory", FACTORIES)
    def test_a_record_that_is_gone_is_not_written_again(self, factory: Any) -> None:
        record = factory.create()
        again = type(record).objects.get(pk=record.pk)
        again.delete()
        record.name = "Still here"
        assert refusals(record) == {"": "gone"}
        with pytest.raises(ValidationError) as caught:
            record.delete()
        assert [fault.code for fault in faults_of(caught.value)] == ["gone"]

    def test_a_record_made_with_the_id_of_another_is_an_update_and_judged_as_one(self) -> None:
        member = MemberFactory.create(delivery_points=[pod(1)])
        other = Member(pk=member.pk, community=member.community, key="hijack", name="X", role="consumer")
        assert refusals(other) == {"key": "key_immutable"}
        other.key = member.key
        other.save()
        assert (other.version, other.created_at) == (2, member.created_at)

    def test_a_new_record_may_bring_its_id(self) -> None:
        CommunityFactory.create(pk=4711, key="chosen")
        assert Community.objects.get(pk=4711).version == 1

    def test_a_community_that_is_gone_takes_no_members(self) -> None:
        community = CommunityFactory.create()
        Community.objects.get().delete()
        member = Member(community=community, name="x", role="consumer")
        assert refusals(member) == {"community": "unknown_community"}
        with pytest.raises(ValidationError) as caught, transaction.atomic():
            lock_community(4711)
        assert [fault.code for fault in faults_of(caught.value)] == ["unknown_community"]


class TestStoredFaults:
    """A tightened schema does not make old rows uneditable."""

    def test_a_fault_that_is_stored_and_untouched_is_no_reason_to_refuse(self) -> None:
        asset = AssetFactory.create(properties={"tilt": 30})
        Asset.objects.update(properties={"tilt": 120, "capacity_kwp": 5})
        asset = Asset.objects.get()
        asset.properties = {**asset.properties, "capacity_kwp": 6}
        asset.save()
        assert Asset.objects.get().properties == {"tilt": 120, "capacity_kwp": 6}

    @pytest.mark.parametrize(
        ("properties", "expected"),
        [
            ({"tilt": 130}, {"properties.tilt": "too_large"}),
            ({"tilt": "120"}, {"properties.tilt": "wrong_type"}),
            ({"tilt": 120, "capacity_kwp": -5}, {"properties.capacity_kwp": "too_small"}),
            ({"tilt": 120, "cop": 5}, {"properties.cop": "foreign_property"}),
        ],
    )
    def test_a_fault_that_is_touched_or_new_is_refused(
        self, properties: dict[str, Any], expected: dict[str, str]
    ) -> None:
        asset = AssetFactory.create()
        Asset.objects.update(properties={"tilt": 120})
        asset = Asset.objects.get()
        asset.properties = properties
        assert refusals(asset) == expected

    def test_a_second_entry_with_a_stored_id_is_new(self) -> None:
        member = MemberFactory.create(delivery_points=[pod(1)])
        member.delivery_points = [pod(1), pod(1)]
        assert refusals(member) == {"delivery_points[1].id": "duplicate"}

    def test_of_two_stored_ones_a_third_is_new(self) -> None:
        member = MemberFactory.create(status="pending")
        Member.objects.update(delivery_points=[pod(1), pod(1)])
        member = Member.objects.get()
        member.name = "New"
        member.save()
        member.delivery_points = [*member.delivery_points, pod(1)]
        assert refusals(member) == {"delivery_points[2].id": "duplicate"}

    def test_an_old_fault_is_known_again_wherever_its_entry_moves(self) -> None:
        MemberFactory.create(status="pending")
        Member.objects.update(delivery_points=[{**pod(1), "active": "yes"}, pod(2)])
        member = Member.objects.get()
        member.delivery_points = [pod(3), pod(2), {**pod(1), "active": "yes"}]
        member.save()
        member.delivery_points = [{**pod(3), "active": "yes"}]
        assert refusals(member) == {"delivery_points[0].active": "wrong_type"}

    def test_a_name_from_before_is_left_alone(self) -> None:
        MemberFactory.create()
        Member.objects.update(name="")
        member = Member.objects.get()
        member.role = "producer"
        member.save()
        assert (member.name, member.version) == ("", 2)

    def test_documents_without_any_form_do_not_stop_an_edit(self) -> None:
        """Every place of the rules that reads documents meets one that no schema would pass."""
        asset = AssetFactory.create()
        Member.objects.update(
            delivery_points=[5, {"id": 5}, {"type": "pod"}, {"id": "A", "type": None}],
            extra={"did": 5, "email": []},
        )
        Asset.objects.update(
            properties={"pod": 5},
            device={"serial_number": 5},
            relationships={"measures": 5, "paired_with": []},
        )
        Community.objects.update(
            topology=[5, {"id": 5}, {"id": "A", "children": 5}, {"id": "B", "children": [5, "A"]}],
            areas={"north": 5, "south": {"topology": 5}},
            legal={"name": 5},
            settings={"timezone": 5},
        )
        for model in (Community, Member, Asset):
            record: Any = model._default_manager.get()
            record.name = "New"
            record.save()
            assert record.version == 2
        member = Member.objects.get()
        member.status = "inactive"
        member.save()
        member.status = "active"
        member.save()
        asset = Asset.objects.get()
        asset.sensor_id, asset.properties = "S1", {"pod": "X"}
        asset.save()
        asset.delete()


class TestLocks:
    @pytest.mark.parametrize("factory", FACTORIES)
    def test_the_community_is_locked_before_anything_is_read(self, factory: Any) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        record = factory.create()
        for act in ("save", "delete"):
            fresh = type(record).objects.get(pk=record.pk)
            fresh.name = "Another name"
            with CaptureQueriesContext(connection) as queries:
                getattr(fresh, act)()
            asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
            assert asked[0].startswith("SELECT")
            assert 'FROM "communities_community"' in asked[0]
            assert asked[0].endswith("FOR NO KEY UPDATE")
            own = [sql for sql in asked if sql.endswith("FOR NO KEY UPDATE")][-1]
            assert f'FROM "{record._meta.db_table}"' in own

    def test_a_new_record_locks_its_community_first(self) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has one writer at a time")
        owner = MemberFactory.create()
        for record in (
            Member(community=owner.community, name="x", role="consumer"),
            Member(community_id=owner.community_id, name="x", role="consumer"),
            Asset(community=owner.community, owner_id=owner.pk, name="x", asset_type="pv"),
            Asset(owner=owner, name="x", asset_type="pv"),
        ):
            with CaptureQueriesContext(connection) as queries:
                record.save()
            asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
            assert 'FROM "communities_community"' in asked[0]
            assert asked[0].endswith("FOR NO KEY UPDATE")

    def test_a_write_does_not_read_the_communitys_large_documents(self) -> None:
        member = MemberFactory.create()
        member.name = "New"
        with CaptureQueriesContext(connection) as queries:
            member.save()
        assert not any('"topology"' in query["sql"] for query in queries)


class TestKeys:
    def test_a_missing_key_is_proposed(self) -> None:
        community = CommunityFactory.create(key="", name="Comunità Energetica del Sole")
        assert community.key == "comunita-energetica-del-sole"
        assert CommunityFactory.create(key=" ", name="Comunità energetica del sole!").key.endswith("-sole-2")
        assert CommunityFactory.create(key="", name="太陽").key == "community"
        assert MemberFactory.create(community=community, key="").key == "m-0001"
        assert MemberFactory.create(community=community, key="  ").key == "m-0002"

    @pytest.mark.parametrize(
        ("stored", "proposed"),
        [
            (["socio-009"], "socio-010"),
            (["socio-999"], "socio-1000"),
            (["a.7", "b:099"], "b:100"),
            (["m-0003", "m-0001"], "m-0004"),
            (["m-0002", "m-0009", "m-0001"], "m-0010"),
            (["anna"], "m-0001"),
            (["m-0001", "anna"], "m-0002"),
            (["7"], "8"),
            (["k" * 127 + "9"], "m-0001"),
            (["x" + "9" * 20], "x" + "9" * 2 + "1" + "0" * 18),
        ],
    )
    def test_the_next_number_has_the_same_prefix_and_padding(self, stored: list[str], proposed: str) -> None:
        community = CommunityFactory.create()
        for key in stored:
            MemberFactory.create(community=community, key=key)
        assert MemberFactory.create(community=community, key="").key == proposed

    def test_assets_are_numbered_by_type(self) -> None:
        owner = MemberFactory.create()
        keys = [
            AssetFactory.create(owner=owner, key="", asset_type=kind).key for kind in ("pv", "meter", "pv")
        ]
        assert keys == ["pv-0001", "meter-0001", "pv-0002"]

    @pytest.mark.parametrize("hostile", ["\x00", "\ud800", "x" * 300, 5, None, ""])
    def test_a_hostile_type_or_name_finds_its_refusal_without_a_key(self, hostile: Any) -> None:
        owner = MemberFactory.create()
        asset = Asset(owner=owner, name="x", asset_type=hostile)
        assert "asset_type" in refusals(asset)
        assert "name" in refusals(Community(name=hostile))

    @pytest.mark.parametrize("key", ["\x00", "\ud800", "a b", "-a", "a\nb", "k" * 129, "è", "a/b", 5, True])
    def test_a_key_is_plain(self, key: Any) -> None:
        community = CommunityFactory.create()
        (code,) = refusals(Member(community=community, key=key, name="x", role="consumer")).values()
        assert code in ("invalid", "too_long", "wrong_type")

    @pytest.mark.parametrize("key", ["_", "0", "A.b:c@d-e_f", "k" * 128])
    def test_a_plain_key_is_taken_as_it_is(self, key: str) -> None:
        assert MemberFactory.create(key=f" {key} ").key == key
