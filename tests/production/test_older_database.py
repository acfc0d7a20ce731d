"""A database of an earlier development version is met with a sentence, and not with errors later on."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import settings as test_settings
from tests.installation import Installation, empty_database


@pytest.fixture(scope="module")
def installed(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with empty_database(tmp_path_factory.mktemp("database")) as url:
        made = Installation(program.folder, {"DATABASE_URL": url})
        made.manage("migrate", "--verbosity", "0")
        yield made


def execute(installation: Installation, statement: str) -> None:
    url = installation.environment["DATABASE_URL"]
    connection: Any = (
        sqlite3.connect(url.removeprefix("sqlite:///"))
        if test_settings.ENGINE == "sqlite"
        else psycopg.connect(url)
    )
    with contextlib.closing(connection):
        connection.execute(statement)
        connection.commit()


def test_it_works(installed: Installation) -> None:
    """The tables of this version are its own, as all its migrations make them."""
    assert installed.manage("migrate", "--verbosity", "0") == ""
    assert "no issues" in installed.manage("check", "--database", "default")


@pytest.mark.parametrize(
    ("statement", "back", "place"),
    [
        (
            "ALTER TABLE communities_apitoken RENAME COLUMN name TO title",
            "ALTER TABLE communities_apitoken RENAME COLUMN title TO name",
            "communities_apitoken.name",
        ),
        (
            "ALTER TABLE members_holding RENAME TO members_held",
            "ALTER TABLE members_held RENAME TO members_holding",
            "members_holding",
        ),
        (
            "DROP INDEX member_user_anywhere",
            "CREATE INDEX member_user_anywhere ON members_member (user_id)",
            "members_member.member_user_anywhere",
        ),
    ],
)
def test_other_tables_are_named_in_a_sentence(
    installed: Installation, statement: str, back: str, place: str
) -> None:
    execute(installed, statement)
    done = installed.tried("migrate")
    execute(installed, back)
    assert done.returncode == 1
    assert "earlier development version" in done.stderr
    assert f"({place})" in done.stderr
    assert "Traceback" not in done.stderr
