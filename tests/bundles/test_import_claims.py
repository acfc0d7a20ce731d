"""The plan of an import is right about who may hold what: it refuses exactly what would be held twice."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from members.holdings import claims_of
from members.models import Holding, Member
from recportal.bundles.plan import Plan

from .register import edited, everything, imported, run_import

pytestmark = pytest.mark.django_db

State = dict[str, dict[str, Any]]

# The same few ids for all, so that most files are in somebody's way; "a1" and "A-1" are one point. Chosen by
# Random and not by strategies, which like to try next to nothing.


def a_member(random: Random) -> dict[str, Any]:
    member: dict[str, Any] = {"status": random.choice(["active", "active", "suspended", "pending"])}
    if random.random() < 0.5:
        member["points"] = random.choice([[], ["a1"], ["A-1"], ["a2"], ["a1", "a2"]])
    if random.random() < 0.3:
        member["did"] = random.choice(["d1", "d2"])
    if random.random() < 0.3:
        member["user_id"] = random.choice(["", "u1", "u2"])
    return member


def an_asset(random: Random) -> dict[str, Any]:
    asset = {"owner": random.choice(["m1", "m2"])}
    if random.random() < 0.8:
        asset["sensor_id"] = random.choice(["", "s1", "s2", "s3"])
    return asset


MAKERS = {"members": (["m1", "m2", "m3"], a_member), "assets": (["x1", "x2", "x3"], an_asset)}


def a_state(random: Random) -> State:
    return {
        kind: {key: make(random) for key in keys if random.random() < 0.8}
        for kind, (keys, make) in MAKERS.items()
    }


def a_file(random: Random, stored: State) -> State:
    """Of each record as it is stored, another one or none."""
    file: State = {kind: {} for kind in MAKERS}
    for kind, (keys, make) in MAKERS.items():
        for key in keys:
            chance = random.random()
            if chance < 0.6 and key in stored[kind]:
                file[kind][key] = stored[kind][key]
            elif chance < 0.8:
                file[kind][key] = make(random)
    return file


def code(point: str) -> str:
    return point.replace("-", "").casefold()


def without_rivals(*states: State) -> list[State]:
    """The states without what an earlier member or asset has."""
    taken: set[str] = set()

    def is_free(*words: str) -> bool:
        free = taken.isdisjoint(words)
        taken.update(words)
        return free

    sound = []
    for number, state in enumerate(states):
        members = {}
        for name, member in state["members"].items():
            points = [one for one in member.get("points", []) if is_free(code(one))]
            rest = {field: member[field] for field in ("did", "user_id") if field in member}
            own = {
                field: one
                for field, one in rest.items()
                if is_free(one if field == "did" else f"{number}{one}")
            }
            members[name] = {"status": member["status"], "points": points, **own}
        assets = {
            name: asset
            for name, asset in state["assets"].items()
            if asset["owner"] in members and (not asset.get("sensor_id") or is_free(asset["sensor_id"]))
        }
        sound.append({"members": members, "assets": assets})
    return sound


def tree(key: str, state: State) -> dict[str, Any]:
    """The state as a native file."""
    members = {}
    for name, member in state["members"].items():
        points = [{"id": point, "type": "pod"} for point in member.get("points", [])]
        extra = {"did": member["did"]} if "did" in member else {}
        rest = {field: member[field] for field in ("status", "user_id") if field in member}
        documents = {"delivery_points": points, "extra": extra}
        members[name] = {"name": name, "role": "consumer", **rest, **documents}
    assets = {name: {"asset_type": "meter", "name": name, **asset} for name, asset in state["assets"].items()}
    return {"recportal": 1, "community": {"key": key, "name": key}, "members": members, "assets": assets}


def merged(stored: State, given: State) -> State:
    """What is registered after a merge."""
    members = {name: dict(member) for name, member in stored["members"].items()}
    for name, member in given["members"].items():
        before = members.get(name, {})
        points = {code(one): one for one in member.get("points", [])}
        points |= {code(one): one for one in before.get("points", [])}  # which keep their spelling
        members[name] = before | member | {"points": list(points.values())}
    assets = {name: stored["assets"].get(name, {}) | asset for name, asset in given["assets"].items()}
    return {"members": members, "assets": stored["assets"] | assets}


def is_sound(*states: State) -> bool:
    """Whether all these communities can be registered beside each other."""
    held: Counter[tuple[str, str]] = Counter()
    for state in states:
        members = state["members"]
        if any(asset["owner"] not in members for asset in state["assets"].values()):
            return False
        ids = Counter(member["user_id"] for member in members.values() if member.get("user_id"))
        if max(ids.values(), default=0) > 1:
            return False
        holders = {name for name, member in members.items() if member["status"] != "pending"}
        for name in holders:
            points = members[name].get("points", [])
            held.update(("point", point.replace("-", "").casefold()) for point in points)
            held.update([("did", members[name]["did"])] if "did" in members[name] else [])
        for asset in state["assets"].values():
            if asset.get("sensor_id") and asset["owner"] in holders:
                held[("sensor", asset["sensor_id"])] += 1
    return max(held.values(), default=0) <= 1


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=60)
def test_a_file_is_refused_if_and_only_if_something_would_be_held_twice(seed: int, replace: bool) -> None:
    random = Random(seed)
    here, there = without_rivals(a_state(random), a_state(random))
    file = a_file(random, here)
    assert is_sound(here, there)
    with transaction.atomic():
        imported(tree("here", here))
        imported(tree("there", there))
        plan = run_import(tree("here", file), replace=replace)
        after = file if replace else merged(here, file)
        assert plan.applied == is_sound(after, there)
        # Told at a member or an asset: the write itself found nothing that the plan had missed.
        assert plan.steps[0].faults == []
        open_holdings = Holding.objects.filter(until=None)
        held = open_holdings.values_list("kind", "code", "scope", "member_id", "asset_id")
        members = list(Member.objects.values_list("pk", flat=True))
        wanted = [(one.kind, one.code, one.scope, one.member_id, one.asset_id) for one in claims_of(members)]
        assert sorted(held, key=str) == sorted(wanted, key=str)
        transaction.set_rollback(True)


def test_of_two_claims_of_a_file_the_later_one_is_refused() -> None:
    meters = {
        f"assets/{key}": {"owner": "m-1", "asset_type": "meter", "name": key, "sensor_id": "s"}
        for key in ("z", "a")
    }
    plan = run_import(edited(meters))
    assert [step.key for step in plan.steps if step.faults] == ["a"]


def test_a_sensor_that_a_change_of_status_would_claim_is_told_at_the_status() -> None:
    meter = {"owner": "m-1", "asset_type": "meter", "name": "M", "sensor_id": "s"}
    imported(edited({"members/m-1/status": "pending", "assets/meter-1/sensor_id": "s"}))
    imported(
        edited(
            {
                "community/key": "other",
                "members/m-1/delivery_points": [],
                "members/m-1/extra": {},
                "members/m-2": ...,
                "assets": {"x": meter},
            }
        )
    )
    plan = run_import("recportal: 1\ncommunity: {key: home}\nmembers: {m-1: {status: active}}\n")
    assert [(step.key, fault.path, fault.code) for step in plan.steps for fault in step.faults] == [
        ("m-1", ("status",), "sensor_held")
    ]


def test_what_is_taken_between_the_plan_and_the_write_refuses_the_import_and_raises_nothing() -> None:
    imported(edited({}))
    rival = {"m-1": {"status": "active"}}
    plans = []

    def take_it(plan: Plan) -> None:
        plans.append(plan)
        imported(tree("there", {"members": rival, "assets": {"x": {"owner": "m-1", "sensor_id": "new"}}}))

    file = edited({"assets/meter-1/sensor_id": "new", "assets/pv-1": ...})
    before = everything()
    plan = run_import(file, replace=True, announce=take_it)
    assert len(plans) == 3  # what was taken has been given up each time, together with the import
    assert plan.refused
    assert not plan.applied
    assert [fault.code for fault in plan.steps[0].faults] == ["sensor_held"]
    assert everything() == before
