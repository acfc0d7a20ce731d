"""Whatever happens at once: one winner, one error with a code, nothing lost, nothing dangling."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from tests.proof.races import Call, Outcome, Racers
from tests.proof.registry import everything_holds

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

#: ``RECPORTAL_ROUNDS=200`` for the figures of docs/proofs.md; fewer show the same in less time.
ROUNDS: Final = int(os.environ.get("RECPORTAL_ROUNDS", "60"))
DONE: Final[Outcome] = ("done", None)


def until_each_won(rounds: int, won: Counter[Any]) -> Iterator[int]:
    """The numbers of so many rounds, and of more as long as one side was faster each time."""
    for number in range(5 * rounds):
        if number >= rounds and len(won) > 1:
            return
        yield number


def refused(*codes: str) -> Outcome:
    return "refused", list(codes)


@pytest.fixture(scope="module")
def started() -> Iterator[list[Racers]]:
    """The processes, which serve all tests of this file: to start them takes longer than most races."""
    running: list[Racers] = []
    yield running
    for racers in running:
        racers.stop()


@pytest.fixture
def racers(child_environment: dict[str, str], registry: None, started: list[Racers]) -> Iterator[Racers]:
    if not started:
        started.append(Racers(4, child_environment))
    yield started[0]
    assert everything_holds()


@pytest.fixture
def registry(transactional_db: None) -> None:
    """Two communities, `north` and `south`, of two members with an asset each."""
    for key in ("north", "south"):
        community = Community(key=key, name=key.title(), areas={"home": {"name": "Home"}})
        community.save()
        for name in ("anna", "bruno"):
            member = Member(community=community, key=name, name=name, role="consumer", status="active")
            member.save()
            Asset(community=community, owner=member, key=name, asset_type="meter", name="Meter").save()


def member(key: str, community: str = "north") -> Member:
    return Member.objects.get(community__key=community, key=key)


@pytest.mark.parametrize("other", [("south", "anna"), ("north", "bruno")])
def test_two_claims_on_one_sensor(other: tuple[str, str], racers: Racers) -> None:
    winners: Counter[int] = Counter()
    for number in until_each_won(ROUNDS, winners):
        sensor = f"sensor-{number}"
        outcomes = racers.race(("give_sensor", "north", "anna", sensor), ("give_sensor", *other, sensor))
        assert sorted(outcomes) == [DONE, refused("sensor_held")]
        assert Holding.objects.filter(kind="sensor", code=sensor, until=None).count() == 1
        assert Asset.objects.filter(sensor_id=sensor).count() == 1
        winners[outcomes.index(DONE)] += 1
    assert len(winners) == 2, "one was faster each time: this was no race"


@pytest.mark.parametrize("kind", ["sensor", "delivery_point"])
def test_many_writers_for_one_thing(kind: str, racers: Racers) -> None:
    winners: Counter[int] = Counter()
    places = [(community, name) for community in ("north", "south") for name in ("anna", "bruno")]
    for number in until_each_won(ROUNDS, winners):
        code = f"wanted{number}"
        if kind == "sensor":
            calls: list[Call] = [("give_sensor", *place, code) for place in places]
        else:
            calls = [
                ("edit_member", *place, "delivery_points", [{"id": code, "type": "other"}])
                for place in places
            ]
        outcomes = racers.race(*calls)
        assert sorted(outcomes) == [DONE, *[refused(f"{kind}_held")] * 3]
        assert Holding.objects.filter(kind=kind, code=code, until=None).count() == 1
        winners[outcomes.index(DONE)] += 1
    assert len(winners) > 1, winners


def test_a_status_changes_while_an_asset_comes_to_the_member(racers: Racers) -> None:
    """Who has left holds nothing, whichever of the two came first."""
    give: Call = ("give_asset", "north", "anna")
    become: Call = ("edit_member", "north", "anna", "status")
    assert racers.race(("give_sensor", "north", "anna", "moved")) == [DONE]
    for _number in range(ROUNDS):
        assert racers.race((*give, "bruno"), (*become, "active")) == [DONE] * 2
        held = Holding.objects.get(kind="sensor", code="moved", until=None)
        assert held.member == member("bruno")
        assert racers.race((*give, "anna"), (*become, "inactive")) == [DONE] * 2
        assert not Holding.objects.filter(kind="sensor", code="moved", until=None).exists()
        assert Asset.objects.get(sensor_id="moved").owner == member("anna")


def test_joining_an_area_while_it_is_removed(racers: Racers) -> None:
    seen: Counter[str] = Counter()
    for number in until_each_won(ROUNDS, seen):
        area = f"area-{number}"
        community = Community.objects.get(key="north")
        community.areas[area] = {"name": area}
        community.save()
        outcomes = racers.race(("remove_area", "north", area), ("edit_member", "north", "anna", "area", area))
        removed = area not in Community.objects.get(key="north").areas
        joined = member("anna").area == area
        assert removed != joined
        assert outcomes == ([DONE, refused("unknown_area")] if removed else [refused("area_in_use"), DONE])
        seen["removed" if removed else "joined"] += 1
    assert len(seen) == 2, seen


def test_two_editors_who_saw_the_same(racers: Racers) -> None:
    winners: Counter[int] = Counter()
    for number in until_each_won(ROUNDS, winners):
        version = member("anna").version
        assert racers.race(*[("read_member", "north", "anna")] * 2) == [("done", version)] * 2
        names = [f"first-{number}", f"second-{number}"]
        outcomes = racers.race(*[("rename_as_seen", name) for name in names])
        assert sorted(outcomes) == [DONE, refused("changed_meanwhile")]
        winner = outcomes.index(DONE)
        assert (member("anna").name, member("anna").version) == (names[winner], version + 1)
        winners[winner] += 1
    assert len(winners) == 2, winners


def test_a_thousand_increments_by_four_writers(racers: Racers) -> None:
    calls = [("count_up", "north", "anna", f"own-{number}", 250) for number in range(4)]
    assert racers.race(*calls) == [DONE] * 4
    assert member("anna").extra == {"shared": 1000} | {f"own-{number}": 250 for number in range(4)}
    versions = Member.history.filter(key="anna", version__gt=1).values_list("version", flat=True)
    assert sorted(versions) == list(range(2, 1002))
    assert member("anna").version == 1001


def test_many_points_claimed_in_opposite_orders_without_a_deadlock(racers: Racers) -> None:
    """Who inserts them as they come waits for the other, who waits for him."""
    random = Random(7)
    winners: Counter[int] = Counter()
    for number in until_each_won(ROUNDS // 2, winners):
        points = [{"id": f"P-{number}-{count}", "type": "other"} for count in range(30)]
        calls = [
            ("edit_member", community, "anna", "delivery_points", random.sample(points, len(points)))
            for community in ("north", "south")
        ]
        outcomes = racers.race(*calls)
        assert sorted(outcomes) == [DONE, refused("delivery_point_held")]
        winner = outcomes.index(DONE)
        held = Holding.objects.filter(member=member("anna", ("north", "south")[winner]), until=None)
        assert set(held.values_list("code", flat=True)) == {f"p-{number}-{count}" for count in range(30)}
        winners[winner] += 1
    assert len(winners) == 2, winners


def test_points_and_sensors_that_change_hands_in_two_communities_at_once(racers: Racers) -> None:
    """Swaps inside each community, by import, while somebody in the other one reaches for the same codes."""
    random = Random(7)
    for number in range(30):
        calls: list[Call] = [("import_community", shuffled(key, random), True) for key in ("north", "south")]
        if number:  # by now each code is somebody's, at any moment of a swap
            calls.append(("give_sensor", "north", "anna", "south-one"))
            calls.append(("give_sensor", "south", "anna", "north-two"))
        outcomes = racers.race(*calls)
        assert [kind for kind, _result in outcomes[:2]] == ["done", "done"], outcomes
        assert outcomes[2:] == [refused("sensor_held")] * (len(calls) - 2)
        held = Holding.objects.filter(until=None).values_list("kind", flat=True)
        assert Counter(held) == {"delivery_point": 40, "sensor": 4}


def shuffled(community: str, random: Random) -> dict[str, Any]:
    """A file that deals the community's twenty points and two sensors out anew."""
    codes = random.sample([f"{community}-{number}" for number in range(20)], 20)
    sensors = random.sample([f"{community}-one", f"{community}-two"], 2)
    document = document_of(community, ["anna", "bruno"], "")
    for number, name in enumerate(("anna", "bruno")):
        points = [{"id": code, "type": "other"} for code in codes[number::2]]
        document["members"][name]["delivery_points"] = points
        document["assets"][name]["sensor_id"] = sensors[number]
    return document


def document_of(key: str, names: list[str], mark: str) -> dict[str, Any]:
    """A file with a meter, a sensor and a delivery point for each member."""
    return {
        "community": {"key": key, "name": key},
        "members": {
            name: {
                "name": f"{name} {mark}",
                "role": "consumer",
                "status": "active",
                "delivery_points": [{"id": f"{key}-{name}", "type": "other"}],
            }
            for name in names
        },
        "assets": {
            name: {"owner": name, "asset_type": "meter", "name": "Meter", "sensor_id": f"{key}-{name}"}
            for name in names
        },
    }


TWENTY: Final = [f"m-{number:03}" for number in range(20)]


@pytest.mark.parametrize("marks", [("same", "same"), ("one", "other")])
def test_two_imports_of_one_new_community(marks: tuple[str, str], racers: Racers) -> None:
    for number in range(ROUNDS):
        calls = [("import_community", document_of(f"new-{number}", TWENTY, mark)) for mark in marks]
        outcomes = racers.race(*calls)
        assert [kind for kind, _result in outcomes] == ["done", "done"], outcomes
        first, second = sorted(
            (result["member"] for _kind, result in outcomes), key=lambda of: "create" not in of
        )
        assert first == {"create": 20}
        assert second == {"unchanged" if marks[0] == marks[1] else "update": 20}
        assert Member.objects.filter(community__key=f"new-{number}").count() == 20


def test_an_austrian_point_in_the_whole_registry_and_in_a_community(racers: Racers) -> None:
    """No constraint tells the two apart."""
    winners: Counter[int] = Counter()
    for number in until_each_won(ROUNDS // 2, winners):
        code = f"AT{number:031}"
        calls = [
            ("edit_member", "north", "anna", "delivery_points", [{"id": code, "type": "zp"}]),
            ("edit_member", "south", "anna", "delivery_points", [{"id": code, "type": "other"}]),
        ]
        outcomes = racers.race(*calls)
        assert sorted(outcomes) == [DONE, refused("delivery_point_held")]
        winners[outcomes.index(DONE)] += 1
    assert len(winners) == 2, winners


def test_an_austrian_point_in_two_communities(racers: Racers) -> None:
    for number in range(20):
        points = [{"id": f"AT{number:031}", "type": "zp"}]
        calls = [
            ("edit_member", community, "anna", "delivery_points", points) for community in ("north", "south")
        ]
        assert racers.race(*calls) == [DONE, DONE]


def test_an_import_against_edits(racers: Racers) -> None:
    assert racers.race(("import_community", document_of("busy", TWENTY, "0")))[0][0] == "done"
    for number in range(1, 11):
        outcomes = racers.race(
            ("import_community", document_of("busy", TWENTY, str(number))),
            ("mark", "busy", TWENTY[number:] + TWENTY[:number], f"mark-{number}"),
        )
        assert [kind for kind, _result in outcomes] == ["done", "done"]
    for record in Member.objects.filter(community__key="busy"):
        assert record.name == f"{record.key} 10"
        assert record.extra == {f"mark-{number}": "edited" for number in range(1, 11)}
        assert record.version == 21
        assert record.history.count() == 21


def test_a_member_is_deleted_while_it_gets_an_asset(racers: Racers) -> None:
    seen: Counter[str] = Counter()
    for number in until_each_won(ROUNDS, seen):
        community = Community.objects.get(key="north")
        key = f"member-{number}"
        Member(community=community, key=key, name=key, role="consumer", status="active").save()
        racers.race(*[("read_member", "north", key)] * 2)
        outcomes = racers.race(("delete_member",), ("add_asset", f"asset-{number}"))
        there = Member.objects.filter(key=key).exists()
        assert there == Asset.objects.filter(key=f"asset-{number}").exists()
        seen["kept" if there else "deleted"] += 1
        if there:
            assert outcomes == [refused("member_has_assets"), DONE]
        else:
            assert outcomes == [DONE, refused("unknown_member")]
    assert len(seen) == 2, seen
