"""Whether `check_registry` finds what came into the database past every rule."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import JSONField, Value
from pytest_django import DjangoAssertNumQueries

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.bundles import registry
from recportal.bundles.bundle import Bundle
from recportal.bundles.demo import generate
from recportal.bundles.importing import import_bundle
from recportal.records.history import DERIVED

pytestmark = pytest.mark.django_db

Found = list[tuple[str, str, str]]

AUSTRIAN = "AT0010000000000000000000099000001"


@pytest.fixture
def north() -> Community:
    """A community of ten members and twenty assets. Its fourth member holds a point; all are its own."""
    for document in generate(1, 10, 3):
        bundle = Bundle("native", document["community"], document["members"], document["assets"])
        assert import_bundle(bundle, name="north").applied
    return Community.objects.get()


@pytest.fixture
def member(north: Community) -> Member:
    return north.members.get(key="m-00004")


@pytest.fixture
def meter(member: Member) -> Asset:
    return member.assets.filter(asset_type="meter").exclude(sensor_id=None)[:1].get()


def check(*options: str) -> tuple[int, str]:
    """Exit status and what was printed."""
    out, status = StringIO(), 0
    try:
        call_command("check_registry", *options, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue()


def faults() -> Found:
    """(record, code, path) of what does not hold."""
    found = [(finding.record, finding.code, finding.path) for finding in registry.RegistryCheck().findings()]
    assert check()[0] == (1 if found else 0)
    return found


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside, to the tables too, is undone before a constraint is looked at."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def store(record: Any, **columns: Any) -> None:
    """Put values into columns past everything, and into the history, so that they alone speak."""
    columns = {
        name: Value(value, JSONField()) if value is None or isinstance(value, dict | list | int) else value
        for name, value in columns.items()
    }
    rows = type(record).objects.filter(pk=record.pk)
    assert rows.update(**columns) == 1
    tracked = {name: value for name, value in columns.items() if name not in DERIVED}
    if tracked:
        type(record).history.filter(id=record.pk).update(**tracked)
    changed = rows.get()
    with contextlib.suppress(Exception):  # of what is no document, no words can be taken
        changed.stamp(changed)
        rows.update(search_text=changed.search_text)


def test_it_works(north: Community) -> None:
    status, said = check()
    assert status == 0
    assert said.splitlines() == ["Communities 1, members 10, assets 20.", "Everything stored holds."]


def test_an_empty_registry_holds() -> None:
    assert check()[0] == 0
    assert json.loads(check("--json")[1])["findings"] == []


def test_the_demo_holds() -> None:
    call_command("load_demo", "--into-production", "--yes", stdout=StringIO())
    assert faults() == []


def test_notices_are_told_when_they_are_asked_for_and_are_no_fault() -> None:
    call_command("load_demo", "--into-production", "--yes", stdout=StringIO())
    status, said = check("--notices")
    assert status == 0
    assert "asset cer-val-lumarna/pv-044: notice: properties.capacity_kwp: " in said
    assert said.endswith("Notices: 12.\nEverything stored holds.\n")


def test_json_says_the_same(north: Community, member: Member) -> None:
    store(north, contact={})
    store(member, area="nowhere")
    status, said = check("--json", "--notices")
    report = json.loads(said)
    assert status == 1
    assert report["checked"] == {"community": 1, "member": 10, "asset": 20}
    assert (report["faults"], report["notices"]) == (1, 1)
    by_code = {finding["code"]: finding for finding in report["findings"]}
    assert by_code["unknown_area"] == {
        "kind": "member",
        "community": north.key,
        "key": member.key,
        "code": "unknown_area",
        "path": "area",
        "detail": "The community has no area “nowhere”.",
        "notice": False,
    }
    assert by_code["no_contact"]["notice"]


def test_what_is_printed_names_record_and_path(north: Community, member: Member) -> None:
    store(member, area="nowhere")
    assert f"member {north.key}/{member.key}: fault: area: The community has no area" in check()[1]


def test_a_document_that_breaks_its_schema(north: Community) -> None:
    panels = Asset.objects.filter(asset_type="pv")[:1].get()
    store(panels, properties={"tilt": 120, "chemistry": "lfp"})
    assert faults() == [
        (f"asset {north.key}/{panels.key}", "too_large", "properties.tilt"),
        (f"asset {north.key}/{panels.key}", "foreign_property", "properties.chemistry"),
    ]


@pytest.mark.parametrize("document", [5, None, "text", [], {"id": 1}])
def test_a_document_of_the_wrong_kind(document: Any, north: Community, member: Member) -> None:
    store(member, extra=document, delivery_points={})
    name = f"member {north.key}/{member.key}"
    found = faults()
    assert (name, "wrong_type", "delivery_points") in found
    assert check("--notices")[0] == 1
    if not isinstance(document, dict):
        assert (name, "wrong_type", "extra") in found


@pytest.mark.parametrize("column", ["areas", "topology", "legal", "settings", "extra", "contact"])
def test_a_community_whose_documents_are_anything(column: str, north: Community) -> None:
    """Its members and assets are judged all the same, and nothing falls over."""
    for document in (5, None, "text", [5], {"a": 5}, [{"id": 5, "children": 5}]):
        store(north, **{column: document})
        status, said = check("--notices")
        wrong = isinstance(document, list) != (column == "topology")
        assert status == 1 or not wrong, document
        assert (f"community {north.key}: fault: {column}" in said) or not wrong


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("name", "", "required"),
        ("name", "a\u0001b", "invalid"),
        ("key", "north of it", "invalid"),
        ("area", "nowhere", "unknown_area"),
    ],
)
def test_a_column_of_a_member(column: str, value: str, code: str, north: Community, member: Member) -> None:
    store(member, **{column: value})
    key = value if column == "key" else member.key
    assert (f"member {north.key}/{key}", code, column) in faults()


@pytest.mark.parametrize(("column", "value"), [("role", "boss"), ("status", "lost"), ("key", "")])
def test_what_a_check_constraint_would_refuse(
    column: str, value: str, north: Community, member: Member
) -> None:
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints=ON")
    with taken_back():
        if connection.vendor == "postgresql":
            sql("SET CONSTRAINTS ALL IMMEDIATE")
            name = {"role": "member_role", "status": "member_status", "key": "member_key_given"}[column]
            sql(f"ALTER TABLE members_member DROP CONSTRAINT {name}")
        store(member, **{column: value})
        name = f"member {north.key}/{'' if column == 'key' else member.key}"
        found = faults()
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints=OFF")
    assert (name, "required" if column == "key" else "invalid_choice", column) in found
    assert (name, "constraint_broken", "") in found


def test_a_grid_that_goes_round(north: Community) -> None:
    topology = [
        {"id": "a", "type": "line", "children": ["b"]},
        {"id": "b", "type": "line", "children": ["a", "c"]},
    ]
    areas = {**north.areas, "south": {"name": "South", "topology": ["gone"]}}
    store(north, topology=topology, areas=areas)
    found = faults()
    name = f"community {north.key}"
    assert (name, "unknown_node", "topology[1].children[1]") in found
    assert [code for _name, code, _path in found].count("topology_invalid") == 1
    assert (name, "unknown_node", "areas.south.topology[0]") in found


def test_an_area_that_was_taken_from_under_its_members(north: Community, member: Member) -> None:
    store(north, areas={})
    found = faults()
    assert (f"member {north.key}/{member.key}", "unknown_area", "area") in found
    assert len(found) == Member.objects.exclude(area="").count()


def test_an_owner_in_another_community(north: Community, meter: Asset) -> None:
    south = Community(key="south", name="South")
    south.save()
    other = Member(community=south, name="Other", role="consumer")
    other.save()
    with taken_back():
        store(meter, owner=other)
        found = faults()
    name = f"asset {north.key}/{meter.key}"
    assert (name, "owner_elsewhere", "owner") in found


def test_an_owner_that_is_gone(north: Community, meter: Asset) -> None:
    with taken_back():
        sql("UPDATE assets_asset SET owner_id = 1000000000 WHERE id = %s", meter.pk)
        assert (f"asset {north.key}/{meter.key}", "constraint_broken", "owner") in faults()


def test_a_community_that_is_gone(member: Member) -> None:
    with taken_back():
        sql("UPDATE members_member SET community_id = 1000000000 WHERE id = %s", member.pk)
        assert ("member m-00004", "constraint_broken", "community") in faults()


def test_a_user_id_twice(north: Community, member: Member) -> None:
    first = Member.objects.exclude(user_id="").exclude(pk=member.pk).order_by("pk")[:1].get()
    with taken_back():
        sql("DROP INDEX member_user_id")
        store(member, user_id=first.user_id, user_id_compared=first.user_id)
        found = faults()
    assert (f"member {north.key}/{first.key}", "constraint_broken", "user_id_compared") in found
    assert (f"member {north.key}/{member.key}", "constraint_broken", "user_id_compared") in found


def test_roles_are_not_doubles_because_they_are_for_all_communities() -> None:
    for username in ("one", "other"):
        user = User.objects.create_user(username)
        StaffRole.objects.create(user=user, community=None, level=Level.VIEWER)
    assert faults() == []


def test_a_sensor_that_was_given_to_another_asset(north: Community, meter: Asset) -> None:
    other = Asset.objects.exclude(sensor_id=None).exclude(owner=meter.owner)[:1].get()
    assert meter.sensor_id is not None
    store(other, sensor_id=meter.sensor_id)
    assert sorted(faults()) == [
        (f"asset {north.key}/{other.key}", "sensor_held", "sensor_id"),
        (f"member {north.key}/{other.owner.key}", "holding_unfounded", "holdings"),
    ]


def test_a_holding_that_is_missing(north: Community, member: Member, meter: Asset) -> None:
    Holding.objects.filter(member=member).delete()
    found = faults()
    assert (f"member {north.key}/{member.key}", "holding_missing", "delivery_points[0].id") in found
    assert (f"asset {north.key}/{meter.key}", "holding_missing", "sensor_id") in found


def test_a_holding_that_was_closed(north: Community, meter: Asset) -> None:
    holding = Holding.objects.get(asset=meter)
    holding.until = holding.since
    holding.save()
    assert faults() == [(f"asset {north.key}/{meter.key}", "holding_missing", "sensor_id")]


def test_holdings_of_a_member_that_is_not_active_any_more(north: Community, member: Member) -> None:
    held = Holding.objects.filter(member=member).count()
    assert held
    store(member, status="inactive")
    assert faults() == [(f"member {north.key}/{member.key}", "holding_unfounded", "holdings")] * held


def test_a_holding_twice(north: Community, meter: Asset) -> None:
    holding = Holding.objects.get(asset=meter)
    with taken_back():
        sql("DROP INDEX holding_open_once")
        second = Holding.objects.create(
            kind=holding.kind, code=holding.code, member=holding.member, asset=meter, since=holding.since
        )
        found = faults()
    assert [one for one in found if one[1] == "constraint_broken"] == [
        (f"holding {holding.pk}", "constraint_broken", "scope"),
        (f"holding {second.pk}", "constraint_broken", "scope"),
    ]


def test_an_austrian_point_in_the_whole_registry_and_in_a_community(north: Community) -> None:
    others = list(Member.objects.filter(status="active").order_by("pk")[:2])
    others[0].delivery_points = [{"id": AUSTRIAN, "type": "other"}]
    others[0].save()
    points = [*others[1].delivery_points, {"id": AUSTRIAN, "type": "zp"}]
    store(others[1], delivery_points=points)
    name = f"member {north.key}/{others[1].key}"
    path = f"delivery_points[{len(points) - 1}].id"
    assert (name, "delivery_point_held", path) in faults()
    holding = Holding.objects.get(code=AUSTRIAN.casefold())
    Holding.objects.create(
        kind=holding.kind, code=holding.code, scope=north.key, member=others[1], since=holding.since
    )
    assert (f"holding {holding.pk}", "delivery_point_held", "code") in faults()


def test_a_change_without_a_trace(north: Community, member: Member) -> None:
    """Valid by itself; but the history of a registry says who did what."""
    Member.objects.filter(pk=member.pk).update(extra={**member.extra, "phone": "+39 000 000000"})
    assert faults() == [(f"member {north.key}/{member.key}", "history_differs", "extra.phone")]


def test_a_record_without_a_history(north: Community, member: Member) -> None:
    Member.history.filter(id=member.pk).delete()
    assert faults() == [(f"member {north.key}/{member.key}", "history_missing", "version")]


def test_a_deleted_account_leaves_no_fault(north: Community, member: Member) -> None:
    member.account = User.objects.create_user("somebody")
    member.save()
    member.account.delete()
    assert faults() == []


def test_what_a_write_would_store_otherwise(north: Community, member: Member) -> None:
    store(member, extra={**member.extra, "phone": None})
    for table in ("members_member", "members_historicalmember"):
        sql(f"UPDATE {table} SET user_id = ' ' || user_id WHERE id = %s", member.pk)
    name = f"member {north.key}/{member.key}"
    assert faults() == [(name, "not_in_order", "user_id"), (name, "not_in_order", "extra")]


def test_a_record_that_is_not_found_by_its_words(north: Community, member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(search_text="")
    assert faults() == [(f"member {north.key}/{member.key}", "not_in_order", "search_text")]


def test_all_is_reported_and_not_the_first_alone(north: Community) -> None:
    for member in Member.objects.all():
        store(member, area="nowhere")
    assert [code for _record, code, _path in faults()] == ["unknown_area"] * 10


def test_the_number_of_queries_does_not_depend_on_the_number_of_records(
    north: Community, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for members in (10, 200):
        document = next(iter(generate(1, members, 4)))
        bundle = Bundle("native", document["community"], document["members"], document["assets"])
        assert import_bundle(bundle, name="more").applied
        with django_assert_max_num_queries(1000) as captured:
            assert not list(registry.RegistryCheck(notices=True).findings())
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_looks_at_one_moment_and_leaves_none_open(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    call_command("load_demo", "--into-production", "--yes", stdout=StringIO())
    findings = registry.RegistryCheck(notices=True).findings()
    next(findings)
    findings.close()
    with transaction.atomic():
        Member.objects.filter(key="m-004").update(area="nowhere")
    assert {code for _record, code, _path in faults()} == {"unknown_area", "history_differs"}
