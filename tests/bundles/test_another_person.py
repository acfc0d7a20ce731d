"""A file that would make another person of a member is refused, unless that is confirmed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .register import HOME, Queries, edited, everything, faults_of, imported, run_import
from .tables import changed, refusals, run

POINT = {"id": "IT001E00000901", "type": "pod"}
#: The same keys as in HOME, and other people: what an export of another community looks like.
OTHER: dict[str, Any] = {
    "recportal": 1,
    "community": {"key": "home"},
    "members": {
        "m-1": {"name": "Comune di Pontelarno", "role": "consumer", "delivery_points": [POINT]},
        "m-2": {"name": "Altra Persona 1", "role": "consumer", "extra": {"email": "altra@example.org"}},
    },
}


@pytest.fixture(autouse=True)
def home(db: None) -> None:
    imported(HOME)


def only(**member: Any) -> dict[str, Any]:
    return {"recportal": 1, "community": {"key": "home"}, "members": {"m-1": member}}


@pytest.mark.parametrize("replace", [False, True])
def test_a_bundle_of_another_community_is_refused_and_every_record_named(replace: bool) -> None:
    before = everything()
    other = {**OTHER, "community": HOME["community"]}
    found = [fault for fault in faults_of(run_import(other, replace=replace)) if fault[2] == "another_person"]
    assert found == [("m-1", "name", "another_person"), ("m-2", "name", "another_person")]
    plan = run_import(OTHER, dry_run=True)
    assert [step.action for step in plan.of("member", *("refused",))] == ["refused", "refused"]  # type: ignore[arg-type]
    fault = plan.steps[1].faults[0]
    assert fault.more == {"before": "Anna", "after": "Comune di Pontelarno"}
    assert "“Anna” would become “Comune di Pontelarno”" in str(fault.text)
    assert everything() == before


def test_a_table_of_another_community_is_refused_by_its_rows() -> None:
    table = "key,name,role\nm-1,Comune di Pontelarno,consumer\nm-2,Altra Persona 1,consumer\n"
    assert refusals(table) == [("another_person", 2, "name"), ("another_person", 3, "name")]
    with_codes = "key,name,fiscal code,e-mail\nm-1,Comune di Pontelarno,00000000001,a@example.org\n"
    assert refusals(with_codes) == [("another_person", 2, "name")]
    assert changed(run(table, confirmed=["another_person"])) == {"m-1": ["name", "role"], "m-2": ["name"]}
    assert Member.objects.get(key="m-1").name == "Comune di Pontelarno"


def test_it_is_done_when_the_code_that_was_seen_is_confirmed_and_no_other() -> None:
    for other in ([], ["another_asset"], ["another_community"], ["all"], ["yes"]):
        assert run_import(OTHER, confirmed=other).refused
    plan = run_import(OTHER, confirmed=["another_person"])
    assert plan.applied
    assert [member.name for member in Member.objects.order_by("key")] == [
        "Comune di Pontelarno",
        "Altra Persona 1",
    ]
    assert run_import(OTHER).changes_nothing


TAX, VAT = "RSSNNA80A41X999P", "IT00000000019"


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        # A name that is only written otherwise, whatever the codes.
        ({"name": "Dott.ssa ANNA BIANCHI", "extra": {"fiscal_code": "X"}}, False),
        ({"name": "Bianchi, Anna", "delivery_points": [POINT]}, False),
        # A correction of the name, and nothing that speaks against it.
        ({"name": "Ana Bianchi"}, False),
        ({"name": "Anna Bianchi Verdi", "delivery_points": [POINT]}, False),
        ({"name": "Ana Bianchi", "user_id": "ana"}, True),
        ({"name": "Ana Bianchi", "extra": {"fiscal_code": "RSSMRA80A01X999U"}}, True),
        # Another name, and a code that says who it is.
        ({"name": "Giulia Verdi", "extra": {"fiscal_code": TAX.lower()}}, False),
        ({"name": "Giulia Verdi", "extra": {"vat": "00000000019"}}, False),
        ({"name": "Giulia Verdi", "extra": {"fiscal_code": VAT}}, False),
        ({"name": "Giulia Verdi", "extra": {"did": "did:web:example.org:anna"}}, False),
        ({"name": "Giulia Verdi", "extra": {"email": "ANNA@example.org"}}, False),
        ({"name": "Giulia Verdi", "user_id": "anna", "delivery_points": [POINT]}, False),
        ({"name": "Giulia Verdi", "delivery_points": [{"id": "IT001E00000101", "type": "pod"}]}, False),
        # The next one at the same point is another person.
        (
            {
                "name": "Giulia Verdi",
                "extra": {"fiscal_code": "VRDGLI80A41X999Z"},
                "delivery_points": [{"id": "IT001E00000101", "type": "pod"}],
            },
            True,
        ),
        # Another name, and nothing that both have.
        ({"name": "Giulia Verdi"}, True),
        ({"name": "Giulia Verdi", "extra": {"phone": "1"}, "status": "active"}, True),
        ({"name": "Giulia Verdi", "delivery_points": [POINT]}, True),
        ({"name": "Giulia Verdi", "extra": {"email": "giulia@example.org", "fiscal_code": ""}}, True),
        # What is none of a text or a document is told as such.
        ({"name": "Giulia Verdi", "extra": {"fiscal_code": 5, "did": [], "email": {}}}, True),
        ({"name": "Giulia Verdi", "extra": 5, "delivery_points": {"id": "IT001E00000101"}}, True),
    ],
)
def test_who_it_is_is_told_by_name_and_codes(said: dict[str, Any], refused: bool) -> None:
    extra = {"did": "did:web:example.org:anna", "email": "anna@example.org", "fiscal_code": TAX, "vat": VAT}
    Member.objects.filter(key="m-1").update(name="Anna Bianchi", extra=extra)
    found = [code for _key, _path, code in faults_of(run_import(only(**said)))]
    assert ("another_person" in found) is refused, found
    if not refused:
        assert found == []


def test_a_member_without_codes_has_its_name_alone() -> None:
    Member.objects.filter(key="m-1").update(name="Anna Bianchi", extra={}, user_id="", delivery_points=[])
    assert faults_of(run_import(only(name="Giulia Verdi"))) == [("m-1", "name", "another_person")]
    assert faults_of(run_import(only(name="A. Bianchi"))) == []
    Member.objects.filter(key="m-1").update(name="m-1")  # a key in place of a name
    assert faults_of(run_import(only(name="Giulia Verdi"))) == []


def test_two_members_whose_keys_were_exchanged_are_two_other_persons() -> None:
    members = HOME["members"]
    swapped = {**HOME, "members": {"m-1": members["m-2"], "m-2": members["m-1"]}, "assets": {}}
    assert [code for _key, _path, code in faults_of(run_import(swapped, replace=True))] == [
        "another_person"
    ] * 2


def test_a_community_is_another_one_with_another_name_and_tax_number() -> None:
    Community.objects.update(legal={"vat": "IT00000000019"})
    renamed = {"recportal": 1, "community": {"key": "home", "name": "Vallescura"}}
    assert run_import(renamed, dry_run=True).refused is False
    renamed["community"]["legal"] = {"vat": "00000000019"}  # type: ignore[index]
    assert run_import(renamed, dry_run=True).refused is False
    renamed["community"]["legal"] = {"vat": "00000000027"}  # type: ignore[index]
    assert faults_of(run_import(renamed)) == [("home", "name", "another_community")]
    assert run_import(renamed, confirmed=["another_person"]).refused
    assert run_import(renamed, confirmed=["another_community"]).applied


def test_an_asset_is_another_one_with_another_name_owner_and_number() -> None:
    Asset.objects.filter(key="pv-1").update(device={"serial_number": "A1"})
    for edits, refused in (
        ({"name": "Barn"}, False),
        ({"owner": "m-2"}, False),
        ({"name": "Barn", "device": {"serial_number": "B2"}}, False),  # a new device on the same roof
        ({"name": "Barn", "owner": "m-2", "device": {"serial_number": "A1"}}, False),
        ({"name": "Barn", "owner": "m-2"}, True),
        ({"name": "Barn", "owner": "m-2", "device": {"serial_number": "B2"}}, True),
    ):
        file = {"recportal": 1, "community": {"key": "home"}, "assets": {"pv-1": edits}}
        found = faults_of(run_import(file, dry_run=True))
        assert found == ([("pv-1", "name", "another_asset")] if refused else []), edits
    assert refusals("key,name,owner\npv-1,Barn,m-2\n") == [("another_asset", 2, "name")]
    assert changed(run("key,name,owner\npv-1,Barn,m-2\n", confirmed=["another_asset"]))


def test_an_asset_is_known_by_its_sensor_however_that_is_spelled() -> None:
    Asset.objects.filter(key="pv-1").update(sensor_id="dongle-1")
    said = {"name": "Barn", "owner": "m-2", "sensor_id": "\u200bdongle-\uff11"}
    file = {"recportal": 1, "community": {"key": "home"}, "assets": {"pv-1": said}}
    assert faults_of(run_import(file, dry_run=True)) == []


def test_the_command_confirms_by_the_code(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps(OTHER))
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("import_bundle", str(file), stdout=out)
    assert stop.value.code == 1
    assert "“Anna” would become “Comune di Pontelarno”" in out.getvalue()
    assert out.getvalue().count("[another_person]") == 2
    with pytest.raises(CommandError):
        call_command("import_bundle", str(file), "--confirm", "all", stdout=out)
    with pytest.raises(SystemExit):
        call_command("import_bundle", str(file), "--confirm", "another_asset", stdout=out)
    assert Member.objects.get(key="m-1").name == "Anna"
    call_command("import_bundle", str(file), "--confirm", "another_person", "--dry-run", stdout=out)
    call_command("import_bundle", str(file), "--confirm", "another_person", "--json", stdout=out)
    assert Member.objects.get(key="m-1").name == "Comune di Pontelarno"


def test_the_register_itself_and_the_undo_of_a_change_ask_nothing() -> None:
    member = Member.objects.get(key="m-1")
    member.name, member.user_id, member.extra, member.delivery_points = "Giulia Verdi", "", {}, []
    member.save()
    assert Member.objects.get(key="m-1").name == "Giulia Verdi"


def test_it_costs_no_query() -> None:
    with Queries() as ordinary:
        run_import(only(name="Anna B."), dry_run=True)
    with Queries() as refused:
        run_import(OTHER, dry_run=True)
    assert len(refused) <= len(ordinary) + 1  # a delivery point is looked up


def test_a_conflict_in_a_table_names_the_row_or_the_member() -> None:
    table = "key,name,role,status,delivery_point_1_id,delivery_point_1_type,user_id\n"
    two = "x-1,Xenia,consumer,active,IT001E00000777,pod,x\nx-2,Yves,consumer,active,IT001E00000777,pod,x\n"
    plan = run(table + two)
    said = {(step.key, fault.code): str(fault.text) for step in plan.steps for fault in step.faults}
    assert said == {
        (
            "x-2",
            "delivery_point_held",
        ): "The delivery point “IT001E00000777” is held already. Row 2 says the same.",
        ("x-1", "user_id_taken"): "Another member has the user id “x”. Row 3 says the same.",
        ("x-2", "user_id_taken"): "Another member has the user id “x”. Row 2 says the same.",
    }
    plan = run(f"{table}x-1,Xenia,consumer,active,it001e00000102,pod,bruno\n")
    assert [str(fault.text) for fault in plan.steps[1].faults] == [
        "Another member has the user id “bruno”. Member “m-2” has it.",
        "The delivery point “it001e00000102” is held already. Member “m-2” has it.",
    ]
    plan = run(
        "key,name,owner,asset_type,sensor_id\na-1,A,m-1,meter,s\na-2,B,m-2,meter,s\na-3,C,m-1,meter,sensor-2\n"
    )
    assert [str(fault.text) for step in plan.steps for fault in step.faults] == [
        "The sensor “s” is held already. Row 2 says the same.",
        "The sensor “sensor-2” is held already. Member “m-2” has it.",
    ]


def test_a_holder_of_another_community_is_named_to_those_alone_who_see_it(django_user_model: Any) -> None:
    away = edited({"community/key": "away", "members": {"a-1": {**HOME["members"]["m-1"], "name": "Zoe"}}})
    away["members"]["a-1"] |= {"delivery_points": [POINT], "extra": {}, "area": "north"}
    imported({**away, "assets": {}})
    table = f"key,delivery_point_1_id,delivery_point_1_type\nm-1,{POINT['id']},pod\n"
    manager = django_user_model.objects.create_user("manager")
    manager.staff_roles.create(community=Community.objects.get(key="home"), level="manager")
    superuser = django_user_model.objects.create_superuser("root")
    said = [
        [str(fault.text) for step in run(table, user=user).steps for fault in step.faults]
        for user in (None, manager, superuser)
    ]
    held = f"The delivery point “{POINT['id']}” is held already."
    assert said == [[held], [held], [f"{held} Member “a-1” of the community “away” has it."]]
