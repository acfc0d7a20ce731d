"""An import that is killed has happened as a whole or not at all."""

from __future__ import annotations

import copy
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import call_command

from communities.models import Community
from recportal.bundles.demo import generate
from recportal.bundles.importing import import_file
from recportal.bundles.writing import to_json
from tests.proof.registry import await_the_end_of_others, contents, everything_holds, history

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

MEMBERS: Final = 1500
#: What the process says of itself on its terminal, in order; "" before it says anything.
STAGES: Final = ("", "Planning", "Writing", "Settling")
#: Stage → how many processes are killed in it, at moments that are spread over its length.
KILLS: Final = {"": 2, "Planning": 4, "Writing": 8, "Settling": 6}


@dataclass
class Import:
    """A real `manage.py import_bundle` on a terminal of its own, on which it shows how far it is."""

    process: subprocess.Popen[bytes]
    terminal: int
    began: float = field(default_factory=time.monotonic)
    #: Stage → seconds from the start to its first word.
    reached: dict[str, float] = field(default_factory=lambda: {"": 0.0})
    _said: str = ""
    _news: threading.Condition = field(default_factory=threading.Condition)

    @classmethod
    def start(cls, file: Path, environment: dict[str, str]) -> Import:
        terminal, end = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_bundle", "--replace", file],
            env={**environment, "TERM": "xterm", "COLUMNS": "120"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=end,
        )
        os.close(end)
        started = cls(process, terminal)
        threading.Thread(target=started._listen, daemon=True).start()
        return started

    def _listen(self) -> None:
        while True:
            try:
                said = os.read(self.terminal, 65536)
            except OSError:  # the last process that had the terminal is gone
                said = b""
            with self._news:
                self._said = (self._said + said.decode(errors="replace"))[-2000:]
                for stage in STAGES[1:]:
                    if stage in self._said:
                        self.reached.setdefault(stage, time.monotonic() - self.began)
                self._news.notify_all()
            if not said:
                return

    def run(self) -> dict[str, float]:
        """Let it come to its end; stage → how many seconds it took."""
        assert self.process.wait(timeout=120) == 0, self._said
        times = [*(self.reached[stage] for stage in STAGES), time.monotonic() - self.began]
        return {stage: times[index + 1] - times[index] for index, stage in enumerate(STAGES)}

    def kill_in(self, stage: str, seconds: float, usually: float) -> int:
        """Kill it so long after the beginning of the stage; its exit status (0: it was faster).

        ``usually`` is how many seconds it takes to the stage: the machine may be faster or slower by now.
        """
        with self._news:
            self._news.wait_for(lambda: stage in self.reached or self.process.poll() is not None, timeout=120)
        time.sleep(seconds * (self.reached.get(stage, usually) / usually if usually else 1))
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait(timeout=30)


@pytest.fixture
def bundles(tmp_path: Path) -> list[Path]:
    """Two states of one community. From one to the other, records are made, changed, and removed.

    Sensors and delivery points change hands between members who are in both, so that holdings move too.
    """
    one = next(iter(generate(1, MEMBERS, 5)))
    other: dict[str, Any] = copy.deepcopy(one)
    keys = list(other["members"])
    for key in keys[::7]:
        first, second = other["members"][key], other["members"][keys[keys.index(key) - 1]]
        first["delivery_points"], second["delivery_points"] = (
            second["delivery_points"],
            first["delivery_points"],
        )
        first["name"] = f"{first['name']} Neri"
    gone = set(keys[3::50])
    other["members"] = {key: member for key, member in other["members"].items() if key not in gone}
    other["assets"] = {key: asset for key, asset in other["assets"].items() if asset["owner"] not in gone}
    for asset in other["assets"].values():
        if "pod" in asset.get("properties", {}):  # a meter goes with the point
            asset["properties"]["pod"] = other["members"][asset["owner"]]["delivery_points"][0]["id"]
    with_sensor = [asset for asset in other["assets"].values() if asset.get("sensor_id")]
    for asset, neighbour in zip(with_sensor[::2], with_sensor[1::2], strict=False):
        asset["sensor_id"], neighbour["sensor_id"] = neighbour["sensor_id"], asset["sensor_id"]
    files = []
    for name, document in (("one", one), ("other", other)):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(to_json(document), encoding="utf-8")
    return files


def moments(lengths: dict[str, float]) -> list[tuple[str, float]]:
    """(stage, seconds after its beginning), spread evenly over each stage."""
    return [
        (stage, lengths[stage] * (number + 0.5) / KILLS[stage])
        for stage in STAGES
        for number in range(KILLS[stage])
    ]


def state() -> tuple[Any, ...]:
    return contents(), history()


def test_killed_at_twenty_moments_the_database_holds_all_or_nothing(
    bundles: list[Path], child_environment: dict[str, str], figure: Callable[..., None]
) -> None:
    lengths = {
        "make": Import.start(bundles[0], child_environment).run(),
        "change": Import.start(bundles[1], child_environment).run(),
    }
    assert everything_holds()
    before, present = state(), 1
    outcomes: Counter[str] = Counter()
    for number in range(sum(KILLS.values())):
        # The even imports change a community of 4,500 records, the odd ones make it.
        if number % 2:
            call_command("flush", interactive=False, verbosity=0)
            before = state()
        file = bundles[1 - present]
        usual = lengths["make" if number % 2 else "change"]
        stage, seconds = moments(usual)[number]
        before_it = sum(usual[each] for each in STAGES[: STAGES.index(stage)])
        status = Import.start(file, child_environment).kill_in(stage, seconds, before_it)
        assert status in (0, -signal.SIGKILL)
        await_the_end_of_others()
        after = state()
        plan = import_file(file.read_bytes(), file.name, replace=True)  # works at once
        assert plan.applied
        whole, present = state(), 1 - present
        assert after == (whole if plan.changes_nothing else before), f"half: {seconds:.2f} s of “{stage}”"
        outcomes["all" if plan.changes_nothing else "none"] += 1
        outcomes[f"killed: {stage}"] += status != 0
        before = whole
    assert everything_holds()
    assert outcomes["all"] + outcomes["none"] == 20
    killed = sum(count for name, count in outcomes.items() if name.startswith("killed"))
    figure("imports killed at work", killed)
    figure("killed imports that had happened as a whole", outcomes["all"])
    figure("killed imports that had not happened at all", outcomes["none"])
    # The moments are no good if the processes were faster: most of them died at work, and within the writes.
    assert killed >= 15, outcomes
    assert outcomes["killed: Writing"] >= 6, outcomes
    assert outcomes["none"] >= 12, outcomes


def test_a_killed_import_is_noticed_by_this_test(
    bundles: list[Path], child_environment: dict[str, str]
) -> None:
    """The comparison can fail: a lost asset, a lost holding and a lost row of history are each seen."""
    assert import_file(bundles[0].read_bytes(), "one").applied
    whole, rows = contents(), history()
    community = Community.objects.get()
    community.assets.exclude(sensor_id=None)[:1].get().holdings.all().delete()
    assert contents() != whole
    community.members.get(key="m-00004").history.all().delete()
    assert history() != rows
