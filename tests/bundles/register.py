"""What tests of imports share: a small community, ways to import, and all that a database holds."""

import copy
import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recportal.bundles.importing import import_file
from recportal.bundles.plan import Plan

FILES = Path(__file__).parent / "files"

#: Two members with three assets in one area, in the native dialect; the points are invented.
HOME: dict[str, Any] = {
    "recportal": 1,
    "community": {
        "key": "home",
        "name": "Home",
        "areas": {"north": {"name": "North", "topology": ["SS-1"]}},
        "topology": [
            {"id": "PS-1", "type": "primary_substation", "children": ["SS-1"]},
            {"id": "SS-1", "type": "secondary_substation"},
        ],
        "settings": {"country": "IT", "timezone": "Europe/Rome"},
    },
    "members": {
        "m-1": {
            "name": "Anna",
            "user_id": "anna",
            "role": "prosumer",
            "area": "north",
            "status": "active",
            "delivery_points": [{"id": "IT001E00000101", "type": "pod"}],
            "extra": {"did": "did:web:example.org:anna"},
        },
        "m-2": {
            "name": "Bruno",
            "user_id": "bruno",
            "role": "consumer",
            "status": "active",
            "delivery_points": [{"id": "IT001E00000102", "type": "pod"}],
        },
    },
    "assets": {
        "pv-1": {
            "owner": "m-1",
            "asset_type": "pv",
            "name": "Roof",
            "properties": {"capacity_kwp": 5, "tilt": 30},
        },
        "meter-1": {"owner": "m-1", "asset_type": "meter", "name": "Meter 1", "sensor_id": "sensor-1"},
        "meter-2": {"owner": "m-2", "asset_type": "meter", "name": "Meter 2", "sensor_id": "sensor-2"},
    },
}


def edited(edits: dict[str, Any], tree: dict[str, Any] = HOME) -> dict[str, Any]:
    """A copy of the tree in which each path (``members/m-1/name``) has a new value; ``...`` takes it away."""
    tree = copy.deepcopy(tree)
    for path, value in edits.items():
        *way, last = path.split("/")
        place: Any = tree
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if value is ...:
            del place[last]
        elif isinstance(place, list):
            place[int(last) :] = [value]
        else:
            place[last] = value
    return tree


def run_import(source: dict[str, Any] | str | bytes, name: str = "file.yaml", **options: Any) -> Plan:
    """Import a tree, as JSON, or the text of a file."""
    if isinstance(source, dict):
        source, name = json.dumps(source), "file.json"
    content = source if isinstance(source, bytes) else source.encode()
    return import_file(content, name, **options)


def imported(source: dict[str, Any] | str | bytes, **options: Any) -> Plan:
    """As ``run_import``, of a file that must not be refused."""
    plan = run_import(source, **options)
    assert faults_of(plan) == []
    assert plan.applied or options.get("dry_run")
    return plan


def faults_of(plan: Plan) -> list[tuple[str, str, str]]:
    """Everything that refuses the plan: record, path, code."""
    found = [("", fault.where, fault.code) for fault in plan.file_faults]
    return found + [
        (step.key, ".".join(map(str, fault.path)), fault.code) for step in plan.steps for fault in step.faults
    ]


def larch_valley(version: str) -> bytes:
    return (FILES / f"larch-valley.v{version}.yaml").read_bytes()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
    }


class Queries(CaptureQueriesContext):
    """The queries of a block."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def writes(self) -> list[str]:
        reads = ("SELECT", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
        return [query["sql"] for query in self.captured_queries if not query["sql"].startswith(reads)]
