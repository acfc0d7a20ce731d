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


def file(what: str, *faults: tuple[str, str, str], replace: bool = False, **edits: Any) -> Broken:
    return Broken(what, edited(edits), list(faults), replace=replace)


def text(what: str, source: bytes | str, *faults: tuple[str, str], name: str = "file.yaml") -> Broken:
    content = source if isinstance(source, bytes) else source.encode()
    return Broken(what, content, [("", path, code) for path, code in faults], name)


HOLDERS = [
    file(
        "a sensor that another asset of the file has",
        ("meter-9", "sensor_id", "sensor_held"),
        **{"assets/meter-9": {**METER, "owner": "m-2", "sensor_id": " sensor-1 "}},
    ),
    file(
        "a sensor that the same member has twice",
        ("meter-9", "sensor_id", "sensor_held"),
        **{"assets/meter-9": {**METER, "sensor_id": "sensor-1"}},
    ),
    file(
        "a sensor of another community",
        ("meter-1", "sensor_id", "sensor_held"),
        **{"assets/meter-1/sensor_id": "sensor-9"},
    ),
    file(
        "a point of another member in another spelling",
        ("m-9", "delivery_points[0].id", "delivery_point_held"),
        **{"members/m-9": {**PERSON, "delivery_points": [{"id": "it-001-e.0000 0101", "type": "pod"}]}},
    ),
    file(
        "one point of a member in two spellings",
        ("m-1", "delivery_points[1].id", "delivery_point_held"),
        **{
            "members/m-1/delivery_points": [
                {"id": "IT001E00000101", "type": "pod"},
                {"id": "it001e00000101x", "type": "pod"},
            ]
        },
    ),
    file(
        "a point of another community in another spelling",
        ("m-2", "delivery_points[1].id", "delivery_point_held"),
        **{"members/m-2/delivery_points": [{"id": "IT 001 E 00000901", "type": "other"}]},
    ),
    file(
        "an Austrian point that is open in another way elsewhere",
        ("m-2", "delivery_points[1].id", "delivery_point_held"),
        **{"members/m-2/delivery_points": [{"id": "at" + "9" * 31, "type": "other"}]},
    ),
    file(
        "a DID of another community",
        ("m-2", "extra.did", "did_held"),
        **{"members/m-2/extra/did": "did:web:example.org:away"},
    ),
    file(
        "a DID twice in the file",
        ("m-9", "extra.did", "did_held"),
        **{"members/m-9": {**PERSON, "extra": {"did": "did:web:example.org:anna"}}},
    ),
    file(
        "a user id that another member has",
        ("m-9", "user_id", "user_id_taken"),
        **{"members/m-9": {**PERSON, "user_id": " anna "}},
    ),
    file(
        "a user id twice among new members",
        ("m-8", "user_id", "user_id_taken"),
        ("m-9", "user_id", "user_id_taken"),
        **{"members/m-8": {**PERSON, "user_id": "x"}, "members/m-9": {**PERSON, "user_id": "x"}},
    ),
]

REFERENCES = [
    file("an unknown area", ("m-1", "area", "unknown_area"), **{"members/m-1/area": "south"}),
    file("an unknown owner", ("pv-1", "owner", "unknown_member"), **{"assets/pv-1/owner": "m-9"}),
    file(
        "no owner, and a fault beside",
        ("pv-9", "owner", "required"),
        ("pv-9", "properties.tilt", "too_large"),
        **{"assets/pv-9": {"asset_type": "pv", "name": "P", "properties": {"tilt": 91}}},
    ),
    file(
        "an owner that the file takes away",
        ("meter-2", "owner", "unknown_member"),
        replace=True,
        **{"members/m-2": ...},
    ),
    file(
        "an area that is in use and not in the file",
        ("home", "areas.north", "area_in_use"),
        replace=True,
        **{"community/areas": {}},
    ),
    file(
        "an unknown child",
        ("home", "topology[1].children[0]", "unknown_node"),
        **{"community/topology/1/children": ["SS-9"]},
    ),
    file(
        "an unknown node of an area",
        ("home", "areas.north.topology[0]", "unknown_node"),
        **{"community/areas/north/topology": ["SS-9"]},
    ),
    file(
        "a circle of nodes",
        ("home", "topology[1].children", "topology_invalid"),
        **{"community/topology/1/children": ["PS-1"]},
    ),
    file(
        "a node twice",
        ("home", "topology[2].id", "duplicate"),
        **{
            "community/topology": [
                *HOME["community"]["topology"],
                {"id": " SS-1 ", "type": "feeder"},
            ]
        },
    ),
    file(
        "another type for an asset",
        ("meter-1", "asset_type", "type_immutable"),
        **{"assets/meter-1/asset_type": "load"},
    ),
    file(
        "a meter that measures itself",
        ("meter-1", "relationships.measures[0]", "invalid"),
        **{"assets/meter-1/relationships": {"measures": ["meter-1"]}},
    ),
]

VALUES = [
    file("a steep roof", ("pv-1", "properties.tilt", "too_large"), **{"assets/pv-1/properties/tilt": 120}),
    file(
        "a quantity of another type",
        ("pv-1", "properties.capacity_kwh", "foreign_property"),
        **{"assets/pv-1/properties/capacity_kwh": 5},
    ),
    file(
        "text for a number",
        ("pv-1", "properties.tilt", "wrong_type"),
        **{"assets/pv-1/properties/tilt": "30"},
    ),
    file(
        "true for a number",
        ("pv-1", "properties.tilt", "wrong_type"),
        **{"assets/pv-1/properties/tilt": True},
    ),
    file("a number for a text", ("", "members.m-1.name", "wrong_type"), **{"members/m-1/name": 5}),
    file(
        "a number for a text in a document",
        ("home", "legal.vat", "wrong_type"),
        **{"community/legal": {"vat": 12345678901}},
    ),
    file("a list for an object", ("home", "legal", "wrong_type"), **{"community/legal": []}),
    file(
        "an object for a list",
        ("home", "topology", "wrong_type"),
        **{"community/topology": {}, "community/areas": {}, "members/m-1/area": ""},
    ),
    file("a document of text", ("home", "areas", "wrong_type"), **{"community/areas": "north"}),
    file("no name", ("m-9", "name", "required"), **{"members/m-9": {"role": "consumer"}}),
    file("an empty name", ("home", "name", "required"), **{"community/name": " "}),
    file("a long name", ("m-1", "name", "too_long"), **{"members/m-1/name": "x" * 201}),
    file("a name of two lines", ("m-1", "name", "invalid"), **{"members/m-1/name": "a\nb"}),
    file("a long key", ("m" * 129, "key", "invalid"), **{f"members/{'m' * 129}": PERSON}),
    file("an empty key", ("", "key", "required"), **{"members/": PERSON}),
    file("a key with blanks", (" m-1 ", "key", "invalid"), **{"members/ m-1 ": PERSON}),
    file("an asset's key with a slash", ("a\\b", "key", "invalid"), **{"assets/a\\b": METER}),
    file("a long sensor", ("meter-1", "sensor_id", "too_long"), **{"assets/meter-1/sensor_id": "s" * 129}),
    file("an unknown role", ("m-1", "role", "invalid_choice"), **{"members/m-1/role": "king"}),
    file("an unknown status", ("m-1", "status", "invalid_choice"), **{"members/m-1/status": "gone"}),
    file(
        "an unknown type of asset",
        ("x", "asset_type", "invalid_choice"),
        **{"assets/x": {**METER, "asset_type": "X"}},
    ),
    file("an area without a name", ("home", "areas.south.name", "required"), **{"community/areas/south": {}}),
    file(
        "a link that is a script",
        ("home", "links.website", "invalid"),
        **{"community/links": {"website": "javascript:alert(1)"}},
    ),
    file(
        "a number beyond 2^53",
        ("pv-1", "properties.serial", "number_too_large"),
        **{"assets/pv-1/properties/serial": 2**53},
    ),
    file("an unknown field", ("", "members.m-1.nickname", "unknown_field"), **{"members/m-1/nickname": "A"}),
    file("a record that is none", ("", "members.m-1", "wrong_type"), **{"members/m-1": "Anna"}),
    file("no community", ("", "community", "required"), community=None, members={}, assets={}),
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
            for n in range(1, 20)
            for fault in ((f"a{n}", "anchor"), *((f"a{n}[{i}]", "anchor") for i in range(10)))
        ],
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
