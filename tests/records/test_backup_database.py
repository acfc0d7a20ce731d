"""The command that copies a running database."""

import os
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from communities.models import Community
from tests.factories import CommunityFactory
from tests.postgres import installed_programs, wheel_programs

pytestmark = pytest.mark.django_db(transaction=True)

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's file")
on_postgresql = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="about pg_dump")


def keys(file: Path) -> list[str]:
    with sqlite3.connect(file) as copy:
        found = [key for (key,) in copy.execute("SELECT key FROM communities_community ORDER BY key")]
    copy.close()
    return found


@on_sqlite
def test_it_copies_the_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CommunityFactory.create(key="alpha")
    file = tmp_path / "backup's # ?.sqlite3"
    call_command("backup_database", str(file))
    assert keys(file) == ["alpha"]
    assert f"{file.stat().st_size:,} bytes" in capsys.readouterr().out


@on_sqlite
def test_the_copy_is_one_file_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite3"
    call_command("backup_database", str(file))
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@on_sqlite
def test_it_neither_waits_for_a_writer_nor_sees_what_is_not_committed(tmp_path: Path) -> None:
    CommunityFactory.create(key="alpha")
    with transaction.atomic():
        CommunityFactory.create(key="beta")
        call_command("backup_database", str(tmp_path / "backup"))
    assert keys(tmp_path / "backup") == ["alpha"]
    assert Community.objects.count() == 2


@on_sqlite
def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("of yesterday")
    with pytest.raises(CommandError, match="exists"):
        call_command("backup_database", str(file))
    assert file.read_text() == "of yesterday"


@on_sqlite
def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("backup_database", str(tmp_path / "missing" / "backup"))


@on_sqlite
def test_a_damaged_database_is_an_error_and_leaves_no_backup(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite3"
    call_command("backup_database", str(damaged))
    content = bytearray(damaged.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the first page: some others may hold nothing
    damaged.write_bytes(content)
    real = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(damaged)
    try:
        with pytest.raises(CommandError, match=r"damaged|malformed"):
            call_command("backup_database", str(tmp_path / "backup"))
    finally:
        connection.settings_dict["NAME"] = real
    assert [each.name for each in tmp_path.iterdir()] == [damaged.name]


@on_postgresql
def test_on_postgresql_it_is_an_archive_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [*installed_programs(), *wheel_programs()][0]
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    CommunityFactory.create(key="alpha")
    file = tmp_path / "backup"
    before = os.umask(0)
    try:
        call_command("backup_database", str(file))
    finally:
        os.umask(before)
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    command = [
        str(programs / "pg_restore"),
        "--data-only",
        "--table=communities_community",
        "--file=-",
        str(file),
    ]
    assert "alpha" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


@on_postgresql
def test_on_postgresql_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="pg_dump is not installed"):
        call_command("backup_database", str(tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []


@on_postgresql
def test_a_database_that_is_away_leaves_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = [*installed_programs(), *wheel_programs()][0]
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")
    with pytest.raises(CommandError, match="was not backed up"):
        call_command("backup_database", str(tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []
