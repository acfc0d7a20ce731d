"""Files that must not be imported: each by the real command, with every fault named and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.management import call_command

from .register import HOME, edited, everything, imported

#: What another community of the same registry holds.
AWAY = edited(
    {
        "community/key": "away",
        "members/m-1/delivery_points/0/id": "IT001E00000901",
        "members/m-1/extra/did": "did:web:example.org:away",
        "members/m-2/delivery_points": [{"id": "AT" + "9" * 31, "type": "zp"}],
        "assets/meter-1/sensor_id": "sensor-8",
        "assets/meter-2/sensor_id": "sensor-9",
    }
)
MEBIBYTE = 1024 * 1024
PERSON = {"name": "P", "role": "consumer", "status": "active"}
METER = {"owner": "m-1", "asset_type": "meter", "name": "M"}


class Broken(NamedTuple):
    """A file and its faults: record, path, code. No record: it is the file itself that is wrong."""

    what: str
    source: dict[str, Any] | bytes
    faults: list[tuple[str, str, str]]
    name: str = "file.json"
    replace: bool = False


def file(what: str, edits: dict[str, Any], *faults: tuple[str, str, str], replace: bool = False) -> Broken:
    """A file of the home community with edits."""
    return Broken(what, edited(edits), list(faults), replace=replace)


def text(what: str, source: bytes | str, *faults: tuple[str, str], name: str = "file.yaml") -> Broken:
    content = source if isinstance(source, bytes) else source.encode()
    return Broken(what, content, [("", path, code) for path, code in faults], name)


HOLDERS = [
    file(
        "a sensor that another asset of the file has",
        {"assets/meter-9": {**METER, "owner": "m-2", "sensor_id": " sensor-1 "}},
        ("meter-9", "sensor_id", "sensor_held"),
    ),
    file(
        "a sensor that the same member has twice",
        {"assets/meter-9": {**METER, "sensor_id": "sensor-1"}},
        ("meter-9", "sensor_id", "sensor_held"),
    ),
    file(
        "a sensor of another community",
        {"assets/meter-1/sensor_id": "sensor-9"},
        ("meter-1", "sensor_id", "sensor_held"),
    ),
    file(
        "a point of another member in another spelling",
        {"members/m-9": {**PERSON, "delivery_points": [{"id": "it-001-e.0000 0101", "type": "pod"}]}},
        ("m-9", "delivery_points[0].id", "delivery_point_held"),
    ),
    file(
        "one point of a member in two spellings",
        {
            "members/m-1/delivery_points": [
                {"id": "IT001E00000101", "type": "pod"},
                {"id": "it001e00000101x", "type": "pod"},
            ]
        },
        ("m-1", "delivery_points[1].id", "delivery_point_held"),
    ),
    file(
        "a point of another community in another spelling",
        {"members/m-2/delivery_points": [{"id": "IT 001 E 00000901", "type": "other"}]},
        ("m-2", "delivery_points[1].id", "delivery_point_held"),
    ),
    file(
        "an Austrian point that is open in another way elsewhere",
        {"members/m-2/delivery_points": [{"id": "at" + "9" * 31, "type": "other"}]},
        ("m-2", "delivery_points[1].id", "delivery_point_held"),
    ),
    file(
        "a DID of another community",
        {"members/m-2/extra/did": "did:web:example.org:away"},
        ("m-2", "extra.did", "did_held"),
    ),
    file(
        "a DID twice in the file",
        {"members/m-9": {**PERSON, "extra": {"did": "did:web:example.org:anna"}}},
        ("m-9", "extra.did", "did_held"),
    ),
    file(
        "a user id that another member has",
        {"members/m-9": {**PERSON, "user_id": " anna "}},
        ("m-9", "user_id", "user_id_taken"),
    ),
    file(
        "a user id twice among new members",
        {"members/m-8": {**PERSON, "user_id": "x"}, "members/m-9": {**PERSON, "user_id": "x"}},
        ("m-8", "user_id", "user_id_taken"),
        ("m-9", "user_id", "user_id_taken"),
    ),
]

REFERENCES = [
    file("an unknown area", {"members/m-1/area": "south"}, ("m-1", "area", "unknown_area")),
    file("an unknown owner", {"assets/pv-1/owner": "m-9"}, ("pv-1", "owner", "unknown_member")),
    file(
        "no owner, and a fault beside",
        {"assets/pv-9": {"asset_type": "pv", "name": "P", "properties": {"tilt": 91}}},
        ("pv-9", "owner", "required"),
        ("pv-9", "properties.tilt", "too_large"),
    ),
    file(
        "an owner that the file takes away",
        {"members/m-2": ...},
        ("meter-2", "owner", "unknown_member"),
        replace=True,
    ),
    file(
        "an area that is in use and not in the file",
        {"community/areas": {}},
        ("home", "areas.north", "area_in_use"),
        replace=True,
    ),
    file(
        "an unknown child",
        {"community/topology/1/children": ["SS-9"]},
        ("home", "topology[1].children[0]", "unknown_node"),
    ),
    file(
        "an unknown node of an area",
        {"community/areas/north/topology": ["SS-9"]},
        ("home", "areas.north.topology[0]", "unknown_node"),
    ),
    file(
        "a circle of nodes",
        {"community/topology/1/children": ["PS-1"]},
        ("home", "topology[1].children", "topology_invalid"),
    ),
    file(
        "a node twice",
        {
            "community/topology": [
                *HOME["community"]["topology"],
                {"id": " SS-1 ", "type": "feeder"},
            ]
        },
        ("home", "topology[2].id", "duplicate"),
    ),
    file(
        "another type for an asset",
        {"assets/meter-1/asset_type": "load"},
        ("meter-1", "asset_type", "type_immutable"),
    ),
    file(
        "a meter that measures itself",
        {"assets/meter-1/relationships": {"measures": ["meter-1"]}},
        ("meter-1", "relationships.measures[0]", "invalid"),
    ),
]

VALUES = [
    file("a steep roof", {"assets/pv-1/properties/tilt": 120}, ("pv-1", "properties.tilt", "too_large")),
    file(
        "a quantity of another type",
        {"assets/pv-1/properties/capacity_kwh": 5},
        ("pv-1", "properties.capacity_kwh", "foreign_property"),
    ),
    file(
        "text for a number", {"assets/pv-1/properties/tilt": "30"}, ("pv-1", "properties.tilt", "wrong_type")
    ),
    file(
        "true for a number", {"assets/pv-1/properties/tilt": True}, ("pv-1", "properties.tilt", "wrong_type")
    ),
    file("a number for a text", {"members/m-1/name": 5}, ("", "members.m-1.name", "wrong_type")),
    file(
        "a number for a text in a document",
        {"community/legal": {"vat": 12345678901}},
        ("home", "legal.vat", "wrong_type"),
    ),
    file("a list for an object", {"community/legal": []}, ("home", "legal", "wrong_type")),
    file(
        "an object for a list",
        {"community/topology": {}, "community/areas": {}, "members/m-1/area": ""},
        ("home", "topology", "wrong_type"),
    ),
    file("a document of text", {"community/areas": "north"}, ("home", "areas", "wrong_type")),
    file("no name", {"members/m-9": {"role": "consumer"}}, ("m-9", "name", "required")),
    file("an empty name", {"community/name": " "}, ("home", "name", "required")),
    file("a long name", {"members/m-1/name": "x" * 201}, ("m-1", "name", "too_long")),
    file("a name of two lines", {"members/m-1/name": "a\nb"}, ("m-1", "name", "invalid")),
    file("a long key", {f"members/{'m' * 129}": PERSON}, ("m" * 129, "key", "invalid")),
    file("an empty key", {"members/": PERSON}, ("", "key", "required")),
    file("a key with blanks", {"members/ m-1 ": PERSON}, (" m-1 ", "key", "invalid")),
    file("an asset's key with a slash", {"assets/a\\b": METER}, ("a\\b", "key", "invalid")),
    file("a long sensor", {"assets/meter-1/sensor_id": "s" * 129}, ("meter-1", "sensor_id", "too_long")),
    file("an unknown role", {"members/m-1/role": "king"}, ("m-1", "role", "invalid_choice")),
    file("an unknown status", {"members/m-1/status": "gone"}, ("m-1", "status", "invalid_choice")),
    file(
        "an unknown type of asset",
        {"assets/x": {**METER, "asset_type": "X"}},
        ("x", "asset_type", "invalid_choice"),
    ),
    file("an area without a name", {"community/areas/south": {}}, ("home", "areas.south.name", "required")),
    file(
        "a link that is a script",
        {"community/links": {"website": "javascript:alert(1)"}},
        ("home", "links.website", "invalid"),
    ),
    file(
        "a number beyond 2^53",
        {"assets/pv-1/properties/serial": 2**53},
        ("pv-1", "properties.serial", "number_too_large"),
    ),
    file("an unknown field", {"members/m-1/nickname": "A"}, ("", "members.m-1.nickname", "unknown_field")),
    file("a record that is none", {"members/m-1": "Anna"}, ("", "members.m-1", "wrong_type")),
    file("no community", {"community": None, "members": {}, "assets": {}}, ("", "community", "required")),
]

BILLION = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
FILES = [
    text(
        "NaN", '{"recportal": 1, "community": {"key": NaN}}', ("community.key", "not_a_number"), name="f.json"
    ),
    text(
        "a NUL",
        '{"recportal": 1, "community": {"key": "home", "name": "a\\u0000b"}}',
        ("community.name", "null_character"),
        name="f.json",
    ),
    text("a bare NUL", b"recportal: 1\ncommunity: {key: a\x00b}\n", ("", "null_character")),
    text(
        "half a surrogate pair",
        'recportal: 1\ncommunity: {key: home, name: "\\ud800"}\n',
        ("community.name", "invalid_yaml"),
    ),
    text("invalid UTF-8", b"recportal: 1\ncommunity: {key: home, name: \xff}\n", ("", "not_utf8")),
    text(
        "anchors that expand to gigabytes",
        f"recportal: 1\ncommunity: {{key: home}}\na0: &a0 [x]\n{BILLION}",
        ("a0", "anchor"),
        *[
            fault
            for n in range(1, 10)
            for fault in ((f"a{n}", "anchor"), *((f"a{n}[{i}]", "anchor") for i in range(10)))
        ],
        ("", "too_many_errors"),
    ),
    text(
        "a key twice",
        "recportal: 1\ncommunity: {key: home, name: A, name: B}\nmembers: {m: {}, m: {}}\n",
        ("community.name", "duplicate_key"),
        ("members.m", "duplicate_key"),
    ),
    text("60 MB of brackets as JSON", b"[" * 60 * MEBIBYTE, ("", "too_many_values"), name="f.json"),
    text("60 MB of brackets as YAML", b"[" * 60 * MEBIBYTE, ("[0]" * 64, "too_deep")),
    text("more than 64 MB", b"#" * 64 * MEBIBYTE + b"\n", ("", "file_too_large")),
    text("no bundle", "a: 1\n", ("", "unknown_dialect")),
    text("nothing", "", ("", "wrong_type")),
    text("a version of the future", "recportal: 2\n", ("recportal", "unknown_version")),
    text("no YAML", "recportal: [1\n", ("recportal[1]", "invalid_yaml")),
]

CELINE = [
    Broken(
        "an unknown parent",
        b'schema_version: "0.7"\ncommunity: {id: home, topology: [{id: SS-2, type: t, parent: SS-9}]}\n',
        [("home", "topology[2].parent", "unknown_node")],
        "file.yaml",
    ),
    Broken(
        "a circle of parents",
        b'schema_version: "0.7"\ncommunity: {id: home, topology: '
        b"[{id: SS-1, type: t, parent: X}, {id: X, type: t, parent: SS-1}]}\n",
        [("home", "topology[2].children", "topology_invalid")],
        "file.yaml",
    ),
    Broken(
        "an asset twice, of a type that is none",
        b'schema_version: "0.7"\ncommunity: {id: home}\nmembers:\n'
        b"  m-1: {assets: {meter: {x: {name: X}}, pv: {x: {name: X}}, wind: {y: {name: Y}}}}\n",
        [
            ("", "members.m-1.assets.pv.x", "key_taken"),
            ("", "members.m-1.assets.wind", "invalid_choice"),
        ],
        "file.yaml",
    ),
    Broken(
        "a number for a member's name, and no name for an asset",
        b'schema_version: "0.7"\ncommunity: {id: home}\nmembers:\n'
        b"  m-9: {role: consumer, assets: {meter: {x: {name: 5}, y: {sensor_id: y}}}}\n",
        [
            ("", "members.m-9.assets.meter.x.name", "wrong_type"),
            ("m-9", "name", "required"),
            ("y", "name", "required"),
        ],
        "file.yaml",
    ),
]

ALL = [*HOLDERS, *REFERENCES, *VALUES, *FILES, *CELINE]


def written(broken: Broken, folder: Path) -> Path:
    path = folder / broken.name
    source = broken.source
    path.write_bytes(source if isinstance(source, bytes) else json.dumps(source).encode())
    return path


def run(path: Path, *options: str) -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as leaving:
        call_command("import_bundle", str(path), *options, stdout=out, stderr=StringIO())
    assert leaving.value.code == 1
    return out.getvalue()


def faults_in(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = [("", error["path"], error["code"]) for error in report["errors"]]
    return found + [
        (record["key"], error["path"], error["code"])
        for record in report["records"]
        for error in record["errors"]
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ALL, ids=lambda broken: broken.what)
def test_a_broken_file_is_refused_with_every_fault(broken: Broken, tmp_path: Path) -> None:
    imported(HOME)
    imported(AWAY)
    before = everything()
    path = written(broken, tmp_path)
    options = ["--replace"] if broken.replace else []
    (report,) = json.loads(run(path, "--json", *options))
    assert sorted(faults_in(report)) == sorted(broken.faults)
    assert (report["refused"], report["applied"]) == (True, False)
    lines = run(path, *options)
    for record, place, code in broken.faults:
        assert f"[{code}]" in lines
        assert place in lines
        assert record[:128] in lines
    assert lines.endswith("Refused: nothing was written.\n")
    assert everything() == before


def test_the_real_command_refuses_them_all_without_a_traceback(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    imported(HOME)
    imported(AWAY)
    before = everything()
    files = []
    for number, broken in enumerate(ALL):
        if not broken.replace:
            folder = tmp_path / str(number)
            folder.mkdir()
            files.append(str(written(broken, folder)))
    command = [sys.executable, "manage.py", "import_bundle", "--json", *files]
    child = subprocess.run(
        command, env=child_environment, cwd=settings.BASE_DIR, capture_output=True, check=False
    )
    assert (child.returncode, child.stderr.decode()) == (1, "")
    reports = json.loads(child.stdout)
    assert [report["file"] for report in reports] == files
    assert {report["refused"] for report in reports} == {True}
    assert everything() == before


@pytest.mark.django_db
def test_one_file_with_ten_faults_names_all_ten(tmp_path: Path) -> None:
    imported(HOME)
    imported(AWAY)
    before = everything()
    tree = edited(
        {
            "community/settings/timezone": "Europe/Nowhere",
            "community/areas/north/topology": ["SS-9"],
            "members/m-1/role": "king",
            "members/m-1/user_id": 7,
            "members/m-2/area": "south",
            "members/m-9": {**PERSON, "delivery_points": [{"id": "it001e00000901", "type": "pod"}]},
            "assets/pv-1/properties": {"tilt": 120, "capacity_kwh": 5},
            "assets/meter-1/sensor_id": "sensor-9",
            "assets/meter-9": {"owner": "nobody", "asset_type": "meter"},
        }
    )
    broken = Broken("ten", tree, [])
    (report,) = json.loads(run(written(broken, tmp_path), "--json"))
    assert sorted(faults_in(report)) == [
        ("", "members.m-1.user_id", "wrong_type"),
        ("home", "areas.north.topology[0]", "unknown_node"),
        ("home", "settings.timezone", "invalid"),
        ("m-1", "role", "invalid_choice"),
        ("m-2", "area", "unknown_area"),
        ("m-9", "delivery_points[0].id", "delivery_point_held"),
        ("meter-1", "sensor_id", "sensor_held"),
        ("meter-9", "name", "required"),
        ("meter-9", "owner", "unknown_member"),
        ("pv-1", "properties.capacity_kwh", "foreign_property"),
        ("pv-1", "properties.tilt", "too_large"),
    ]
    assert everything() == before
