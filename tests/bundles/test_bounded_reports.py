"""However large and wrong a file is: faults are capped and counted, planning stops, reports stay short."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from communities.models import Community
from recportal.bundles import bundle as bundles
from recportal.bundles.bundle import BundleUnreadable, read_bundle
from recportal.bundles.header import community_key
from recportal.bundles.importing import import_bundle
from recportal.bundles.planning import MOST_REFUSED
from recportal.bundles.report import as_json, as_lines
from recportal.documents.faults import MOST_FAULTS, Fault, first, pointer, too_many

MOST_BYTES = 256 * 1024


def bundle(**sections: Any) -> bytes:
    return json.dumps({"recportal": 1, "community": {"key": "home", "name": "Home"}, **sections}).encode()


def planned(content: bytes, **options: Any) -> Any:
    return import_bundle(read_bundle(content, "a.json"), name="a.json", dry_run=True, **options)


def test_faults_beyond_the_first_hundred_are_counted() -> None:
    listed = first(Fault("x", "x", ("a",)) for _each in range(MOST_FAULTS + 50))
    assert len(listed) == MOST_FAULTS + 1
    assert "50" in str(listed[-1].text)
    assert "57" in str(first([*listed[:-1], *[Fault("x", "x")] * 7, too_many((), 50)])[-1].text)


def test_a_pointer_below_a_long_key_is_short() -> None:
    assert len(pointer(("extra", "k" * 500_000, "é" * 500))) < 300
    assert len(pointer(("k" * 120,) * 32)) < 1100
    assert pointer(("extra", "k" * 128)) == f"/extra/{'k' * 128}"


@pytest.mark.django_db
def test_planning_stops_after_so_many_refused_records() -> None:
    members = {f"m{number}": {"name": "", "role": "consumer"} for number in range(MOST_REFUSED + 200)}
    plan = planned(bundle(members=members))
    report = as_json("a.json", plan)
    assert report["counts"]["member"] == {"refused": MOST_REFUSED}
    assert [error["code"] for error in report["errors"]] == ["too_many_errors"]
    assert "200 records" in report["errors"][0]["detail"]


@pytest.mark.django_db
def test_unknown_fields_are_counted_beyond_and_the_records_left_alone() -> None:
    members = {f"m{number}": {"a": 1, "b": 2} for number in range(1000)}
    report = as_json("a.json", planned(bundle(members=members)))
    assert len(report["errors"]) == MOST_FAULTS + 2
    assert str(2000 - MOST_FAULTS) in report["errors"][-2]["detail"]
    assert "1000 records" in report["errors"][-1]["detail"]
    assert report["counts"]["member"] == {}


def test_a_file_has_a_largest_number_of_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MOST_RECORDS", 3)
    assert len(read_bundle(bundle(members={"a": {}, "b": {}, "c": {}}), "a.json").members) == 3
    with pytest.raises(BundleUnreadable) as refusal:
        read_bundle(bundle(members={"a": {}, "b": {}}, assets={"a": {}, "b": {}}), "a.json")
    assert [fault.code for fault in refusal.value.faults] == ["too_many_records"]


@pytest.mark.django_db
def test_long_values_are_cut_and_the_whole_can_be_asked_for() -> None:
    Community(key="home", name="Home").save()
    plan = planned(bundle(members={f"m{n}": {"name": "M", "role": "consumer"} for n in range(2000)}))
    report = as_json("a.json", plan)
    assert len(json.dumps(report, indent=2)) < MOST_BYTES
    assert report["more"]["records"] == 2000 - len(report["records"])
    assert len(as_json("a.json", plan, whole=True)["records"]) == 2000
    assert sum(map(len, as_lines("a.json", plan))) < MOST_BYTES
    assert len(list(as_lines("a.json", plan, whole=True))) > 2000
    sent = read_bundle(bundle(), "a.json")
    sent.community["description"] = "é" * 5000
    changed = import_bundle(sent, name="a.json", dry_run=True)
    [change] = as_json("a.json", changed)["records"][0]["changes"]
    assert change["cut"]
    assert len(change["after"]) < 1100


@pytest.mark.django_db
def test_the_command_lists_everything_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(bundle(members={f"m{n}": {"name": "M", "role": "consumer"} for n in range(1500)}))
    found = {}
    for options in ((), ("--all",)):
        out = StringIO()
        call_command("import_bundle", str(file), "--dry-run", "--json", *options, stdout=out)
        [report] = json.loads(out.getvalue())
        found[options] = len(report["records"])
    assert found["--all",] == 1501
    assert found[()] < 1501


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "key"),
    [
        (bundle(members={"x": {"name": "key"}}), "home"),
        (b"recportal: 1\ncommunity:\n  areas: {key: {id: wrong}}\n  key: home\n", "home"),
        (b'schema_version: "0.6"\ncommunity: {name: N, topology: [{id: wrong}], id: home}\n', "home"),
        (b"\xef\xbb\xbfcommunity: {key: home}", "home"),
        (b"members: {community: {key: wrong}}\ncommunity: {key: home}", "home"),
        (b"community: {key: [home]}", None),
        (b"community: [key, home]", None),
        (b"key: home", None),
        (b"- community", None),
        (b"[" * 1000, None),
        (b"\xff\xfe\x00", None),
        (b"*a", None),
        (b"", None),
    ],
)
def test_the_key_is_found_at_the_beginning(content: bytes, key: str | None) -> None:
    assert community_key(content) == key
