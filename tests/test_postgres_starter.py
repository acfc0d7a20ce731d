"""The throw-away PostgreSQL server: it starts from either kind of programs, and nothing of it stays."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres import StartError, installed_programs, postgres_server, wheel_programs

pytestmark = pytest.mark.once  # no database

ROOT = Path(__file__).parent.parent


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory of this test's own, which an unprivileged account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="recportal-starter-"))
    folder.chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def ask(url: str, question: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def is_gone(url: str, folder: Path) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        ask(url, "SELECT 1")
        return False
    return not list(folder.iterdir())


@pytest.mark.parametrize("found", [installed_programs, wheel_programs])
def test_it_starts_answers_and_leaves_nothing(temporary: Path, found: Any) -> None:
    if found is installed_programs and not found():
        pytest.skip("no server is installed on this machine")
    with postgres_server(found()[0]) as url:
        assert ask(url, "SELECT current_database()") == "recportal"
        assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SHOW fsync") == "off"
        [folder] = temporary.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
    assert is_gone(url, temporary)


def test_a_durable_one_keeps_fsync_on(temporary: Path) -> None:
    with postgres_server(durable=True) as url:
        assert ask(url, "SHOW fsync") == "on"


def test_nobody_enters_without_the_password(temporary: Path) -> None:
    with postgres_server() as url:
        account, _, place = url.rpartition("@")
        stranger = f"{account.rpartition(':')[0]}:guess@{place}"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as somebody else")
def test_programs_that_the_account_cannot_reach_are_copied(temporary: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    wheel = wheel_programs()[0].parent.parent
    for folder in wheel.parent.glob(f"{wheel.name}*"):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    with postgres_server(tmp_path / wheel.name / "pginstall" / "bin") as url:
        assert ask(url, "SELECT 1") == 1
    assert is_gone(url, temporary)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_it_goes_when_the_process_that_wanted_it_is_killed(temporary: Path) -> None:
    code = "import time, tests.postgres as p; print(p.server_of_this_process(), flush=True); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert ask(url, "SELECT 1") == 1
        process.kill()
    until = time.monotonic() + 30
    while not is_gone(url, temporary) and time.monotonic() < until:
        time.sleep(0.1)
    assert is_gone(url, temporary)


def test_the_command_runs_another_beside_a_server(temporary: Path) -> None:
    code = (
        "import os, psycopg, sys\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c: c.execute('SELECT 1')\n"
        "sys.exit(7 if os.environ['DATABASE_URL'] == os.environ['TEST_DATABASE_URL'] else 1)"
    )
    command = [sys.executable, "-m", "tests.postgres", "--", sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 7
    assert not list(temporary.iterdir())


def test_programs_that_do_not_work_are_named(temporary: Path) -> None:
    broken = temporary / "bin"
    broken.mkdir()
    (broken / "initdb").write_text("#!/bin/sh\necho it is broken >&2\nexit 1\n")
    (broken / "initdb").chmod(0o755)
    with (
        pytest.raises(StartError, match="it is broken"),
        postgres_server(broken),
    ):
        pass


def test_the_suite_never_skips_postgresql_silently() -> None:
    kept = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "tests/test_environment.py"],
        env={**kept, "RECPORTAL_TEST_ENGINE": "postgresql", "RECPORTAL_TEST_POSTGRES": "/no/such/folder"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "The PostgreSQL half of the suite cannot run: /no/such/folder" in done.stderr
