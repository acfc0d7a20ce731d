"""The commands that take files in and write them: import_bundle and export_bundle."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.bundles.demo import generate
from recportal.bundles.exporting import bundle_of, export_bundle

from .register import HOME, edited, everything, imported, larch_valley

Run = Callable[..., subprocess.CompletedProcess[bytes]]

OTHER = edited(
    {
        "community/key": "other",
        "members/m-1/delivery_points": [],
        "members/m-1/extra": {},
        "members/m-2": ...,
        "assets": {},
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with some bundles."""
    (tmp_path / "home.json").write_text(json.dumps(HOME))
    (tmp_path / "other.json").write_text(json.dumps(OTHER))
    (tmp_path / "larch.yaml").write_bytes(larch_valley("0.5"))
    (tmp_path / "broken.json").write_text(json.dumps(edited({"members/m-1/role": "king"})))
    (tmp_path / "unreadable.yaml").write_text("recportal: 1\nrecportal: 1\n")
    # Takes a sensor that home.json has, too.
    rival = {"owner": "m-1", "asset_type": "meter", "name": "M", "sensor_id": "sensor-1"}
    (tmp_path / "rival.json").write_text(json.dumps(edited({"assets/x": rival}, OTHER)))
    return tmp_path


def take(*arguments: object) -> str:
    """What the import prints; it must not be refused."""
    out = StringIO()
    call_command("import_bundle", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


def refused(*arguments: object) -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as leaving:
        call_command("import_bundle", *map(str, arguments), stdout=out, stderr=StringIO())
    assert leaving.value.code == 1
    return out.getvalue()


def give(*arguments: object) -> str:
    out = StringIO()
    call_command("export_bundle", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def manage(child_environment: dict[str, str]) -> Run:
    """A command in a process of its own, on the test's database."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        environment = {**child_environment, **environment}
        return subprocess.run(
            command, env=environment, cwd=settings.BASE_DIR, capture_output=True, check=False
        )

    return run


# import_bundle


@pytest.mark.django_db
def test_it_works(folder: Path) -> None:
    said = take(folder / "home.json")
    assert said.splitlines() == [
        f"{folder}/home.json: community home",
        "  + community home",
        "  + member m-1",
        "  + member m-2",
        "  + asset pv-1",
        "  + asset meter-1",
        "  + asset meter-2",
        "  communities: 1 to create",
        "  members: 2 to create",
        "  assets: 3 to create",
        "  Applied.",
    ]
    assert take(folder / "home.json").endswith("  assets: 3 unchanged\n  Everything is unchanged.\n")
    assert Member.history.filter(history_door="command", history_change_reason="home.json").count() == 2


@pytest.mark.django_db
def test_changes_are_shown_with_their_places(folder: Path) -> None:
    take(folder / "home.json")
    edits = {"assets/pv-1/properties/tilt": 35, "members/m-2/extra/a key": "x", "members/m-1/area": "north"}
    (folder / "home.json").write_text(json.dumps(edited(edits)))
    assert take(folder / "home.json").splitlines()[1:5] == [
        "  ~ member m-2",
        '      extra["a key"]: – → "x"',
        "  ~ asset pv-1",
        "      properties.tilt: 30 → 35",
    ]


@pytest.mark.django_db
def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = everything()
    assert take(folder / "home.json", "--dry-run").endswith("Not applied: this was a dry run.\n")
    assert take(folder / "home.json", folder / "larch.yaml", "--dry-run").count("a dry run") == 2
    assert "[invalid_choice]" in refused(folder / "broken.json", "--dry-run")
    assert everything() == before


@pytest.mark.django_db
def test_replacing_says_first_how_much_goes(folder: Path) -> None:
    take(folder / "home.json")
    (folder / "home.json").write_text(json.dumps(edited({"members/m-2": ..., "assets/meter-2": ...})))
    errors = StringIO()
    out = StringIO()
    call_command("import_bundle", str(folder / "home.json"), "--replace", stdout=out, stderr=errors)
    sentence = "To remove, since the file does not name them: members 1, assets 1."
    assert sentence in errors.getvalue()
    assert out.getvalue().splitlines()[1:4] == [f"  {sentence}", "  - asset meter-2", "  - member m-2"]
    assert Member.objects.count() == 1


@pytest.mark.django_db
def test_the_report_as_json(folder: Path) -> None:
    take(folder / "home.json")
    edits = {
        "members/m-1/extra/did": ...,
        "members/m-2": ...,
        "assets/meter-2": ...,
        "assets/pv-1/name": "Barn",
        "assets/x": {"owner": "m-1", "asset_type": "load", "name": "X"},
    }
    (folder / "home.json").write_text(json.dumps(edited(edits)))
    (report,) = json.loads(take(folder / "home.json", "--replace", "--json"))
    did = "did:web:example.org:anna"
    assert report == {
        "file": f"{folder}/home.json",
        "community": "home",
        "applied": True,
        "refused": False,
        "counts": {
            "community": {"unchanged": 1},
            "member": {"update": 1, "remove": 1},
            "asset": {"create": 1, "update": 1, "unchanged": 1, "remove": 1},
        },
        "records": [
            record("member", "m-1", "update", [{"path": "extra.did", "before": did}]),
            record("asset", "pv-1", "update", [{"path": "name", "before": "Roof", "after": "Barn"}]),
            record("asset", "x", "create"),
            record("asset", "meter-2", "remove"),
            record("member", "m-2", "remove"),
        ],
        "errors": [],
    }


def record(kind: str, key: str, action: str, changes: list[Any] | None = None) -> dict[str, Any]:
    return {"kind": kind, "key": key, "action": action, "changes": changes or [], "errors": []}


@pytest.mark.django_db
def test_the_report_of_refused_files_as_json(folder: Path) -> None:
    files = [
        folder / "broken.json",
        folder / "unreadable.yaml",
        folder / "missing.yaml",
        folder / "larch.yaml",
    ]
    broken, unreadable, missing, larch = json.loads(refused(*files, "--json"))
    assert (broken["community"], broken["refused"], broken["applied"]) == ("home", True, False)
    (king,) = [each for each in broken["records"] if each["errors"]]
    assert (king["key"], king["action"]) == ("m-1", "refused")
    assert [(error["code"], error["path"]) for error in king["errors"]] == [("invalid_choice", "role")]
    assert unreadable == {
        "file": str(files[1]),
        "community": None,
        "applied": False,
        "refused": True,
        "counts": {},
        "records": [],
        "errors": [
            {"code": "duplicate_key", "path": "recportal", "detail": unreadable["errors"][0]["detail"]}
        ],
    }
    assert [error["code"] for error in missing["errors"]] == ["file_not_read"]
    assert "No such file" in missing["errors"][0]["detail"]
    # It could have been applied, and was not.
    assert (larch["refused"], larch["applied"], larch["counts"]["member"]) == (False, False, {"create": 17})


@pytest.mark.django_db
def test_several_files_are_applied_together(folder: Path) -> None:
    said = take(folder / "other.json", folder / "home.json")
    assert said.index("community other") < said.index("community home")  # in the order of the command
    assert said.count("Applied.") == 2
    assert set(Community.objects.values_list("key", flat=True)) == {"home", "other"}


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["broken.json", "unreadable.yaml", "missing.yaml", "rival.json"])
@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_with_one_file_refused_none_is_applied(folder: Path, broken: str, dry_run: list[str]) -> None:
    before = everything()
    said = refused(folder / "larch.yaml", folder / "home.json", folder / broken, *dry_run)
    assert said.count("Refused: nothing was written.") == 1
    assert said.count("Not applied") == 2
    assert "Applied" not in said
    assert everything() == before


@pytest.mark.django_db
def test_a_folder_is_no_file(folder: Path) -> None:
    assert "[file_not_read]" in refused(folder)


@pytest.mark.django_db
def test_a_file_without_an_extension_is_looked_at(folder: Path) -> None:
    (folder / "home.json").rename(folder / "home")
    assert take(folder / "home").endswith("Applied.\n")


@pytest.mark.django_db
def test_what_a_file_says_cannot_play_tricks_on_a_terminal(folder: Path) -> None:
    tricks = "\u001b[2Jx\u202e"
    tree = edited({f"members/{tricks}": {"name": "x"}, f"community/extra/{tricks}": tricks, tricks: 1})
    (folder / "home.json").write_text(json.dumps(tree))
    said = refused(folder / "home.json")
    assert "\u001b" not in said
    assert "\u202e" not in said


def test_the_real_command_reports_on_stdout_alone(manage: Run, folder: Path) -> None:
    done = manage("import_bundle", folder / "larch.yaml", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    (report,) = json.loads(done.stdout)
    assert report["applied"]
    assert Member.objects.count() == 17


def test_a_terminal_that_cannot_show_a_letter_gets_an_escape(manage: Run, folder: Path) -> None:
    imported(HOME)
    (folder / "home.json").write_text(json.dumps(edited({"members/m-1/name": "Zoë 😀"})))
    done = manage("import_bundle", folder / "home.json", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'name: "Anna" \\u2192 "Zo\\xeb \\U0001f600"' in done.stdout
    assert Member.objects.get(key="m-1").name == "Zoë 😀"


def test_a_terminal_sees_progress_and_the_output_does_not(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    (document,) = generate(1, 400, 5)
    (tmp_path / "file.json").write_text(json.dumps(document))
    ours, theirs = pty.openpty()
    command = [sys.executable, "manage.py", "import_bundle", str(tmp_path / "file.json")]
    environment = {**child_environment, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=theirs
    ) as child:
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 65536):
                seen += part
        except OSError:  # the other end is closed
            pass
        assert child.stdout is not None
        said = child.stdout.read()
    os.close(ours)
    assert child.returncode == 0
    for stage in (b"Planning", b"Writing", b"Settling holdings"):
        assert stage in seen
        assert stage not in said
    assert b"\x1b" not in said
    assert said.endswith(b"Applied.\n")


@pytest.mark.django_db
def test_progress_counts_up_to_all_records() -> None:
    told: list[tuple[str, int, int]] = []
    imported(HOME, progress=lambda *stage: told.append(stage))
    last = {stage: (done, total) for stage, done, total in told}
    assert last == {"plan": (6, 6), "write": (6, 6), "holdings": (1, 1)}


# export_bundle


@pytest.mark.django_db
def test_an_export_goes_to_the_output(folder: Path) -> None:
    imported(HOME)
    said = give("home")
    assert said.startswith("recportal: 1\ncommunity:\n")
    assert give("home") == said
    assert json.loads(give("home", "--json"))["members"]["m-1"]["name"] == "Anna"
    assert give("home", "--format", "celine").startswith('version: "1.0"\nschema_version: "0.6"\n')
    (folder / "again.yaml").write_text(said)
    assert take(folder / "again.yaml").endswith("Everything is unchanged.\n")


@pytest.mark.django_db
def test_exports_go_to_a_folder(tmp_path: Path) -> None:
    for key in ("home", "a:b", "a_b"):
        imported(edited({"community/key": key}, {**OTHER, "assets": {}}))
    folder = tmp_path / "new" / "folder"
    said = give("home", "a:b", "a_b", "--output", folder)
    files = ["home.yaml", "a%3Ab.yaml", "a_b.yaml"]
    assert said.splitlines() == [str(folder / name) for name in files]
    for name in files:
        assert take(folder / name).endswith("Everything is unchanged.\n")
    give("home", "--json", "--output", folder)
    assert json.loads((folder / "home.json").read_text())["community"]["key"] == "home"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["home", "nobody", "nothing", "--output", "{}"], "nobody, nothing"),
        (["home", "home-2"], "--output"),
        (["home", "--output", "{}/file"], "cannot be written"),
        (["home", "--output", "{}/file/below"], "cannot be written"),
    ],
)
def test_an_export_refuses_what_it_cannot_do(tmp_path: Path, arguments: list[str], message: str) -> None:
    imported(HOME)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match=message):
        give(*(argument.format(tmp_path) for argument in arguments))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_export_is_utf_8_whatever_the_terminal_is(manage: Run) -> None:
    imported(edited({"members/m-1/name": "Zoë"}))
    done = manage("export_bundle", "home", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "name: Zoë".encode() in done.stdout


@pytest.mark.django_db(transaction=True)
def test_an_export_shows_one_moment_though_an_import_comes_between() -> None:
    imported(HOME)
    community = Community.objects.get()
    meter = {"owner": "m-3", "asset_type": "meter", "name": "M"}
    later = edited({"members/m-3": {"name": "C", "role": "consumer"}, "assets/meter-3": meter})
    comers: list[threading.Thread] = []

    def come_between(execute: Any, sql: str, *rest: Any) -> Any:
        if '"assets_asset"' in sql and not comers:
            comers.append(threading.Thread(target=_import_and_hang_up, args=[later]))
            comers[0].start()
            comers[0].join()
        return execute(sql, *rest)

    with connection.execute_wrapper(come_between):
        bundle = bundle_of(community)
    assert comers
    assert Asset.objects.filter(key="meter-3").exists()
    assert set(bundle.members) == {"m-1", "m-2"}
    assert set(bundle.assets) == set(HOME["assets"])
    assert "meter-3" in export_bundle(community)


def _import_and_hang_up(source: dict[str, Any]) -> None:
    imported(source)
    connection.close()
