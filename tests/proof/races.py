"""Races between real processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

Call = tuple[Any, ...]
#: `("done", result)` or `("refused", codes)`.
Outcome = tuple[str, Any]

SECONDS = 120


class Racers:
    """Processes that work on one database. A race is one call for each of them, all at once."""

    def __init__(self, number: int, environment: dict[str, str]) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.proof.racer"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _number in range(number)
        ]
        self.race(*[("ready",)] * number)

    def stop(self) -> None:
        for process in self.processes:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(timeout=30)
            process.stdout.close()

    def race(self, *calls: Call) -> list[Outcome]:
        """Let the first racer do the first call, the second the second, at once; the outcomes in that order.

        Whoever crashes or does not answer (a deadlock that nobody resolves) fails the test.
        """
        told = list(zip(self.processes, calls, strict=False))
        assert len(told) == len(calls), "more calls than racers"
        # A racer that never answers is killed, so that reading its answer ends.
        watch = threading.Timer(SECONDS, self._kill)
        watch.start()
        try:
            for process, (name, *arguments) in told:
                assert process.stdin is not None
                process.stdin.write(json.dumps([name, arguments]) + "\n")
                process.stdin.flush()
            return [_outcome(process) for process, _call in told]
        finally:
            watch.cancel()

    def _kill(self) -> None:
        for process in self.processes:
            process.kill()


def _outcome(process: subprocess.Popen[str]) -> Outcome:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "a racer ended, or did not answer in time"
    kind, result = json.loads(line)
    assert kind != "crashed", result
    return kind, result
