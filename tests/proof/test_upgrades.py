"""From the first migrations to the newest and back: nothing is lost on the way.

Until the first release each app has one initial migration, made anew when its tables change, and the rows
with it: the first and the newest are then the same.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recportal.bundles.plan import COLUMNS
from tests.installation import ROOT, Installation, empty_database

pytestmark = pytest.mark.proof

KEY = "cer-val-lumarna"
ROWS = Path(__file__).with_name("first_state.jsonl").read_text(encoding="utf-8")


@pytest.fixture
def empty(program: Installation, tmp_path: Path) -> Iterator[Installation]:
    with empty_database(tmp_path) as url:
        yield Installation(program.folder, {"DATABASE_URL": url})


def first_state(installation: Installation, *verbs: str, rows: str = "") -> list[str]:
    """What `first_state.py` dumps, in the installation, with the verbs. The script and the rows are ours."""
    code = (
        f"import sys, runpy; sys.argv[1:] = {verbs!r}; "
        f"runpy.run_path({str(ROOT / 'tests/proof/first_state.py')!r}, run_name='__main__')"
    )
    done = installation.run([sys.executable, "-c", code], given=rows)
    assert done.returncode == 0, done.stderr
    return re.split(r"^\.\n", done.stdout, flags=re.MULTILINE)[:-1]


def test_no_migration_is_missing(empty: Installation) -> None:
    done = empty.tried("makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


def test_a_register_of_the_first_migrations_reaches_the_newest(empty: Installation) -> None:
    dumped = first_state(empty, "load", "migrate", "dump", rows=ROWS)
    assert dumped == [ROWS]
    assert "Everything stored holds" in empty.manage("check_registry")
    assert exported_as_stored(empty)


def test_each_migration_undoes_itself_and_loses_nothing_of_what_was_before(empty: Installation) -> None:
    way = ("load", "migrate", "dump", "back", "dump", "migrate", "dump", "zero", "migrate", "dump")
    *dumped, nothing = first_state(empty, *way, rows=ROWS)
    assert dumped == [ROWS] * 3
    assert nothing == ""
    assert "is loaded" in empty.manage("load_demo", "--into-production", "--yes")


def exported_as_stored(installation: Installation) -> bool:
    """Asserts that the export says of every record what its first row says."""
    exported = json.loads(installation.manage("export_bundle", KEY, "--json"))
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in ROWS.splitlines():
        label, row = json.loads(line)
        rows.setdefault(label, []).append(row)
    (community,) = rows["communities.Community"]
    pairs = [("community", exported["community"], community)]
    for kind, label in (("member", "members.Member"), ("asset", "assets.Asset")):
        records = exported[f"{kind}s"]
        assert len(records) == len(rows[label]) > 40
        pairs += [(kind, records[row["key"]], row) for row in rows[label]]
    for kind, record, row in pairs:
        for column in COLUMNS[kind]:  # type: ignore[index]
            assert (record.get(column) or "") == (row[column] or ""), (kind, row["key"], column)
    return True
