"""Hostile files at every door that takes one, and a large community at every door that gives one: each in a
process of its own, so that the most memory that it ever had can be read.

`RECPORTAL_SOAK=1` sends files of 8 MB and takes out 100,000 members with 300,000 assets.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.installation import ROOT, Installation, empty_database
from tests.soak import soak

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

KILOBYTES: Final = soak(8000, 150)
MEMBERS: Final = soak(100_000, 3_000)
MOST_MEGABYTES: Final = 400
MOST_GROWTH: Final = 200  # megabytes, of an export
MOST_BYTES: Final = 256 * 1024


def told(module: str, size: int, program: Installation, folder: Path) -> list[dict[str, Any]]:
    """What the program said of each request."""
    with empty_database(folder) as url:
        made = Installation(program.folder, {"DATABASE_URL": url})
        environment = {
            **made.environment, "DJANGO_SETTINGS_MODULE": "recportal.settings", "PYTHONPATH": str(ROOT)
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", module, str(size)],
            cwd=program.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [each for line in done.stdout.splitlines() if "door" in (each := json.loads(line))]


def test_no_file_takes_much_memory_or_gets_a_long_answer(
    program: Installation, tmp_path: Path, figure: Callable[..., None]
) -> None:
    found = told("tests.proof.hostile_doors", KILOBYTES, program, tmp_path)
    figure("hostile files: requests", len(found))
    figure("hostile files: most memory, MB", max(each["peak"] for each in found), most=True)
    figure("hostile files: slowest, s", max(each["seconds"] for each in found), most=True)
    figure("hostile files: longest answer, KiB", max(each["bytes"] for each in found) // 1024, most=True)
    assert len({each["door"] for each in found}) == 4
    faults = [
        each
        for each in found
        if each["status"] >= 500 or each["peak"] >= MOST_MEGABYTES or each["bytes"] >= MOST_BYTES
    ]
    assert not faults, "\n".join(map(str, faults))
    forbidden = [each for each in found if each["door"] == "forbidden"]
    assert {each["status"] for each in forbidden} <= {403, 404}
    figure(
        "hostile files: slowest refusal of who may not write, s",
        max(e["seconds"] for e in forbidden),
        most=True,
    )
    # Reading one of these takes many times as long.
    assert max(each["seconds"] for each in forbidden) < 2, forbidden


def test_a_large_community_goes_out_in_little_memory(
    program: Installation, tmp_path: Path, figure: Callable[..., None]
) -> None:
    found = told("tests.proof.export_doors", MEMBERS, program, tmp_path)
    assert len(found) == 12
    assert {each["status"] for each in found} == {200}
    assert all(each["announced"] == str(each["bytes"]) for each in found)
    figure("exports: records", MEMBERS * 4)
    figure("exports: most growth, MB", max(each["grown"] for each in found), most=True)
    figure("exports: most memory, MB", max(each["peak"] for each in found), most=True)
    figure("exports: slowest, s", max(each["seconds"] for each in found), most=True)
    assert max(each["grown"] for each in found) < MOST_GROWTH, found
