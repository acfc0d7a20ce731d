"""What `check --deploy` says of a program that its own account could change."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from recportal.records.checks import changeable, program_is_not_the_accounts_own

pytestmark = pytest.mark.once  # no database

NOBODY = 65534


@pytest.fixture
def release() -> Iterator[Path]:
    """A program in a folder that every account may look into, and its data beside it."""
    with tempfile.TemporaryDirectory() as name:
        for place in ("", "program", "program/package", "data"):
            folder = Path(name, place)
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        Path(name, "program", "package", "code.py").touch(0o644)
        yield Path(name)


def found_as(account: int, folder: Path) -> str:
    """What the account, with its real rights, could change: the first such path, or nothing."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            os.setgroups([])
            os.setresgid(account, account, account)
            os.setresuid(account, account, account)
            found = next(changeable([folder / "program"], apart=folder / "program" / "var"), None)
            os.write(writing, str(found or "").encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


needs_root = pytest.mark.skipif("os.geteuid() != 0", reason="only root becomes another account")


@needs_root
def test_a_program_of_roots_is_out_of_the_accounts_reach(release: Path) -> None:
    assert found_as(NOBODY, release) == ""


@needs_root
@pytest.mark.parametrize("place", ["", "program", "program/package", "program/package/code.py"])
@pytest.mark.parametrize("how", ["its own", "open to all"])
def test_a_part_that_the_account_can_change_is_named(release: Path, place: str, how: str) -> None:
    path = release / place
    if how == "its own":
        os.chown(path, NOBODY, NOBODY)
    else:
        path.chmod(0o777)
    assert found_as(NOBODY, release) == str(path)


@needs_root
def test_data_below_the_program_are_its_own(release: Path) -> None:
    (release / "program" / "var").mkdir()
    os.chown(release / "program" / "var", NOBODY, NOBODY)
    assert found_as(NOBODY, release) == ""


def test_the_owner_of_the_program_gets_an_error() -> None:
    messages = program_is_not_the_accounts_own()
    assert [message.id for message in messages] == ([] if os.geteuid() == 0 else ["records.E001"])
