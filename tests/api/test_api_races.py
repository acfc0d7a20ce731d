"""Two tools at once, over real HTTP: nothing is lost, nothing is refused without a reason."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from assets.models import Asset
from members.models import Holding

from .calling import Caller
from .conftest import Callers, Register

PLACE = "communities/alpha/assets/pv-1/"
PATCHES = 200
ROUNDS = 100


@pytest.mark.proof
def test_two_tools_patch_different_keys_and_none_is_lost(callers: Callers, register: Register) -> None:
    def patch(number: int) -> int:
        tool = (callers.manager_a, callers.editor_a)[number % 2]
        while (answer := tool.patch(PLACE, {"extra": {f"key-{number}": number}})).status == 503:
            assert answer.headers["Retry-After"]  # who has waited for three seconds is to come again
            time.sleep(0.1)
        return answer.status

    with ThreadPoolExecutor(8) as tools:
        statuses = list(tools.map(patch, range(PATCHES)))
    assert statuses == [200] * PATCHES
    stored = Asset.objects.get(key="pv-1")
    assert stored.extra == {f"key-{number}": number for number in range(PATCHES)}
    assert stored.version == PATCHES + 1
    assert stored.history.count() == PATCHES + 1


@pytest.mark.proof
def test_of_two_claims_on_one_sensor_one_wins(callers: Callers, register: Register) -> None:
    """From two communities, so that no lock of a community decides it."""
    claims = (
        (callers.manager_a, "communities/alpha/assets/meter-1/"),
        (callers.manager_b, "communities/beta/assets/meter-b/"),
    )
    for number in range(ROUNDS):
        sensor = f"wanted-{number}"

        def claim(one: tuple[Caller, str], wanted: str = sensor) -> tuple[int, str]:
            answer = one[0].patch(one[1], {"sensor_id": wanted})
            return answer.status, answer.text

        with ThreadPoolExecutor(2) as tools:
            answers = sorted(tools.map(claim, claims))
        assert [status for status, _text in answers] == [200, 409], answers
        assert '"code":"sensor_held"' in answers[1][1]
        assert not {"beta", "berta", "Secret", "alpha", "Anna"} & set(answers[1][1].replace('"', " ").split())
        assert Holding.objects.filter(kind="sensor", code=sensor, until=None).count() == 1


@pytest.mark.proof
def test_two_puts_of_one_new_record_are_one_record(callers: Callers, register: Register) -> None:
    body = {"owner": "own", "asset_type": "load", "name": "Press"}
    for number in range(20):
        place = f"communities/alpha/assets/load-{number}/"
        with ThreadPoolExecutor(2) as tools:
            answers = list(
                tools.map(
                    lambda tool, way=place: tool.put(way, body).status, [callers.manager_a, callers.editor_a]
                )
            )
        assert sorted(answers) == [200, 201]
    community = {"name": "New"}
    for number in range(10):
        place = f"communities/new-{number}/"
        with ThreadPoolExecutor(2) as tools:
            answers = list(
                tools.map(lambda _tool, way=place: callers.superuser.put(way, community).status, range(2))
            )
        assert sorted(answers) == [200, 201]
