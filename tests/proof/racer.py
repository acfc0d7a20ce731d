"""A process that does what it is told, at the moment that it is told: one side of a race.

Started by `Racers` as `python -m tests.proof.racer`, it reads a line of JSON, `[name, arguments]`, calls the
function of that name below, and answers with a line: `["done", what it gave]`, `["refused", [codes]]`, or
`["crashed", traceback]`.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

import django
from django.core.exceptions import ValidationError

django.setup()

from django.db import connection, transaction  # noqa: E402

from assets.models import Asset  # noqa: E402
from communities.models import Community  # noqa: E402
from members.models import Member  # noqa: E402
from recportal.bundles.bundle import Bundle  # noqa: E402
from recportal.bundles.importing import import_bundle  # noqa: E402
from recportal.documents.faults import faults_of  # noqa: E402
from recportal.records.changes import change  # noqa: E402

FUNCTIONS: dict[str, Callable[..., Any]] = {}
#: Records that were read for a later write, by kind and key.
READ: dict[str, Any] = {}


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


@told
def ready() -> str:
    """Connect, so that no race waits for that."""
    connection.ensure_connection()
    return connection.vendor


@told
def give_sensor(community: str, asset: str, sensor: str | None) -> None:
    record = Asset.objects.get(community__key=community, key=asset)
    record.sensor_id = sensor
    record.save()


@told
def edit_member(community: str, member: str, column: str, value: Any) -> None:
    record = Member.objects.get(community__key=community, key=member)
    setattr(record, column, value)
    record.save()


@told
def give_asset(community: str, asset: str, owner: str) -> None:
    record = Asset.objects.get(community__key=community, key=asset)
    record.owner = Member.objects.get(community__key=community, key=owner)
    record.save()


@told
def remove_area(community: str, area: str) -> None:
    record = Community.objects.get(key=community)
    del record.areas[area]
    record.save()


@told
def read_member(community: str, member: str) -> int:
    READ["member"] = Member.objects.get(community__key=community, key=member)
    return int(READ["member"].version)


@told
def rename_as_seen(name: str) -> None:
    """Save the member that was read, as a form does: only if it is still what was seen."""
    READ["member"].name = name
    READ["member"].save(seen=READ["member"].version)


@told
def count_up(community: str, member: str, own: str, times: int) -> None:
    """Raise two numbers by one, again and again: one that all racers raise, and one of this racer alone."""
    for _time in range(times):
        with transaction.atomic():
            Member.objects.get(community__key=community, key=member).lock()
            record = Member.objects.get(community__key=community, key=member)
            for name in ("shared", own):
                record.extra[name] = record.extra.get(name, 0) + 1
            record.save()


@told
def mark(community: str, members: list[str], name: str) -> int:
    """Edit members as people do, and read again when somebody was faster; gives how often that was."""
    again = 0
    for key in members:
        while True:
            record = Member.objects.get(community__key=community, key=key)
            record.extra[name] = "edited"
            try:
                record.save(seen=record.version)
                break
            except ValidationError as error:
                if [fault.code for fault in faults_of(error)] != ["changed_meanwhile"]:
                    raise
                again += 1
    return again


@told
def import_community(document: dict[str, Any], replace: bool = False) -> dict[str, dict[str, int]]:
    bundle = Bundle("native", document["community"], document["members"], document["assets"])
    plan = import_bundle(bundle, name="race.json", replace=replace)
    if plan.refused:
        raise ValidationError([fault for step in plan.steps for fault in step.faults])
    return {kind: {str(action): count for action, count in of.items()} for kind, of in plan.counts().items()}


@told
def delete_member() -> None:
    READ["member"].delete()


@told
def add_asset(key: str) -> None:
    owner = READ["member"]
    Asset(community=owner.community, owner=owner, key=key, asset_type="load", name="Load").save()


def answer(line: str) -> list[Any]:
    name, arguments = json.loads(line)
    try:
        with change(None, "command", "race"):
            return ["done", FUNCTIONS[name](*arguments)]
    except ValidationError as error:
        return ["refused", sorted({str(fault.code) for fault in faults_of(error)})]
    except Exception:  # noqa: BLE001  # the test is told, whatever it is
        return ["crashed", traceback.format_exc()]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)
