"""What is backed up comes back: to the byte when nobody writes, and whole when somebody does."""

import contextlib
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import settings as test_settings
from tests.installation import Installation, Server, Visitor, empty_database
from tests.postgres import installed_programs, wheel_programs

pytestmark = pytest.mark.proof

SQLITE = test_settings.ENGINE == "sqlite"
PASSWORD = "correct horse battery staple"
KEYS = ("cer-val-lumarna", "demo-1-001")


@pytest.fixture(scope="module")
def register(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with two communities, whose records have histories and accounts."""
    with empty_database(tmp_path_factory.mktemp("database")) as url:
        made = Installation(program.folder, {"DATABASE_URL": url})
        made.manage("migrate", "--verbosity", "0")
        made.manage("shell", "--verbosity", "0", "--command", EVENTS, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        yield made


EVENTS = f"""
from django.core.management import call_command
from members.models import Member

call_command("load_demo", "--into-production", "--yes")
call_command("generate_demo", "--into-production", "--yes", members=30)
call_command("createsuperuser", interactive=False, username="anna", email="anna@example.org")
call_command("grant_role", "anna", "{KEYS[0]}", "manager")
# Members who change and go, so that history says more than holdings and records do.
members = Member.objects.filter(community__key="{KEYS[1]}").order_by("key")
for member in members[:5]:
    member.name += " Ñandú 🌱"
    member.status = "suspended"
    member.save()
members[5].assets.first().delete()
"""


# Taking and bringing back, as docs/operations.md has it


def backup(installation: Installation, folder: Path) -> Path:
    if SQLITE:
        file = folder / "recportal.sqlite3"
        installation.manage("backup_database", str(file))
    else:
        file = folder / "recportal.dump"
        _postgres("pg_dump", "--format=custom", f"--file={file}", f"--dbname={_url(installation)}")
    return file


@contextlib.contextmanager
def restored(installation: Installation, file: Path, folder: Path) -> Iterator[Installation]:
    """An installation whose database was empty before."""
    with empty_database(folder) as url:
        if SQLITE:
            Path(url.removeprefix("sqlite:///")).write_bytes(file.read_bytes())
        else:
            _postgres(
                "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={url}", file
            )
        yield Installation(installation.folder, {"DATABASE_URL": url})


def _postgres(program: str, *arguments: str | Path) -> None:
    folder = [*installed_programs(), *wheel_programs()][0]
    done = subprocess.run([folder / program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _url(installation: Installation) -> str:
    return installation.environment["DATABASE_URL"]


# What there is


def rows(installation: Installation) -> dict[str, list[str]]:
    """Every table, each row as the text that the database gives for it; and every sequence."""
    connection: Any
    if SQLITE:
        connection = sqlite3.connect(_url(installation).removeprefix("sqlite:///"))
        tables = "SELECT 'SELECT * FROM ' || name, name FROM sqlite_schema WHERE type = 'table'"
    else:
        connection = psycopg.connect(_url(installation))
        tables = """
            SELECT format(
                CASE relkind WHEN 'r' THEN 'SELECT ROW(x.*)::text FROM %I x'
                ELSE 'SELECT last_value FROM %I' END,
                relname
            ), relname
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
        """
    with contextlib.closing(connection):
        return {
            name: sorted(map(repr, connection.execute(every).fetchall()))
            for every, name in connection.execute(tables).fetchall()
        }


def exports(installation: Installation, folder: Path) -> dict[str, bytes]:
    for dialect in ("native", "celine"):
        installation.manage("export_bundle", *KEYS, "--format", dialect, "--output", str(folder / dialect))
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob("*/*")}


def test_a_restored_register_is_equal_to_the_byte(register: Installation, tmp_path: Path) -> None:
    before, exported = rows(register), exports(register, tmp_path / "before")
    assert len(exported) == 4
    assert len(before["members_historicalmember"]) > len(before["members_member"]) > 30
    assert before["accounts_user"]
    file = backup(register, tmp_path)
    (tmp_path / "new").mkdir()
    with restored(register, file, tmp_path / "new") as other:
        after = rows(other)
        assert after.keys() == before.keys()
        assert [name for name in before if after[name] != before[name]] == []
        assert exports(other, tmp_path / "after") == exported
        assert "Everything stored holds" in other.manage("check_registry")
        # And it goes on: new records take the next ids, people sign in.
        other.manage("generate_demo", "--into-production", "--yes", "--members", "3", "--seed", "2")
        with other.served() as server:
            assert Visitor(server).get("/readyz").status_code == 200
            Visitor(server).sign_in("anna", PASSWORD)


def test_a_backup_of_a_running_service_is_the_state_of_one_moment(
    register: Installation, tmp_path: Path
) -> None:
    with register.served() as server, people_at_work(server) as acknowledged:
        _await(lambda: len(acknowledged) >= 5)
        known = list(acknowledged)
        file = backup(register, tmp_path)
        during = len(acknowledged)
        _await(lambda: len(acknowledged) > during)  # work went on
    (tmp_path / "new").mkdir()
    with restored(register, file, tmp_path / "new") as other:
        assert "Everything stored holds" in other.manage("check_registry")
        members = rows(other)["members_member"]
        assert [name for name in known if not any(name in row for row in members)] == []


@contextlib.contextmanager
def people_at_work(server: Server) -> Iterator[list[str]]:
    """Somebody adds members by the admin until the block ends; gives the names that were acknowledged."""
    visitor = Visitor(server)
    visitor.sign_in("anna", PASSWORD)
    acknowledged: list[str] = []
    enough = threading.Event()

    def work() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            name = f"Newcomer {number:04}."
            typed = {
                "name": name,
                "role": "consumer",
                "status": "active",
                "community": "1",
                "key": f"new-{number:04}",
            }
            if visitor.send("/admin/members/member/add/", **typed).status_code == 302:
                acknowledged.append(name)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield acknowledged
    finally:
        enough.set()
        worker.join()


def _await(condition: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_this_comparison_sees_one_changed_row(register: Installation, tmp_path: Path) -> None:
    before = rows(register)
    register.manage("grant_role", "anna", KEYS[1], "viewer")
    after = rows(register)
    assert [name for name in before if after[name] != before[name] and "staffrole" in name]
