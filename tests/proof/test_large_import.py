"""A large community comes in as a whole, in little memory; and again, without a write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from django.db.models import Max, Sum

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.bundles.demo import generate
from recportal.bundles.writing import to_json
from tests.proof.registry import everything_holds, history

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

MEMBERS: Final = 10_000
ASSETS: Final = 20_000
MOST_MEGABYTES: Final = 600


def run_import(file: Path, environment: dict[str, str]) -> tuple[dict[str, Any], float]:
    """The report of a real `manage.py import_bundle`, and the most memory that it had, in megabytes."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_bundle", "--json", file],
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout as output:
        report = json.loads(output.read())
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, report
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return report[0], usage.ru_maxrss * unit / 1e6


def written() -> tuple[Any, ...]:
    """What every write moves on."""
    models = (Community, Member, Asset)
    return (
        history(),
        [model.objects.aggregate(Sum("version"), Max("updated_at")) for model in models],
        Holding.objects.aggregate(Max("pk"), Max("recorded_at"), Max("until")),
    )


def test_ten_thousand_members(tmp_path: Path, child_environment: dict[str, str]) -> None:
    document = next(iter(generate(1, MEMBERS, 1)))
    file = tmp_path / "large.json"
    file.write_text(to_json(document), encoding="utf-8")

    report, megabytes = run_import(file, child_environment)
    assert report["applied"]
    assert report["counts"] == {
        "community": {"create": 1},
        "member": {"create": MEMBERS},
        "asset": {"create": ASSETS},
    }
    assert megabytes < MOST_MEGABYTES
    assert (Member.objects.count(), Asset.objects.count()) == (MEMBERS, ASSETS)
    assert history() == {
        ("Community", "+", 1): 1,
        ("Member", "+", 1): MEMBERS,
        ("Asset", "+", 1): ASSETS,
    }
    holders = [
        member for member in document["members"].values() if member["status"] in ("active", "suspended")
    ]
    points = sum(len(member["delivery_points"]) for member in holders)
    assert Holding.objects.filter(kind="delivery_point", until=None).count() == points
    assert everything_holds()

    before = written()
    report, megabytes = run_import(file, child_environment)
    assert report["counts"] == {
        "community": {"unchanged": 1},
        "member": {"unchanged": MEMBERS},
        "asset": {"unchanged": ASSETS},
    }
    assert megabytes < MOST_MEGABYTES
    assert written() == before
