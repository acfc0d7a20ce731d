"""What one request takes of this process: seconds, memory at its highest, and the bytes of the answer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

_STATUS: Final = Path("/proc/self/status")


def megabytes(name: str) -> float:
    """``VmRSS``, what this process has in memory, or ``VmHWM``, the most that it had."""
    return next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if name in line) / 1024


class Measured:
    """How long one request took, how much memory this process had at most, and how much came back."""

    def __init__(self, door: str, name: str) -> None:
        self.told: dict[str, Any] = {"door": door, "name": name, "bytes": 0, "status": 0}

    def __enter__(self) -> Measured:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is forgotten
        self._before, self._began = megabytes("VmRSS"), time.perf_counter()
        return self

    def heard(self, status: str) -> None:
        self.told["status"] = int(status.split()[0])

    def received(self, answer: Any) -> None:
        self.told["bytes"] = sum(len(each) for each in answer)
        answer.close()

    def __exit__(self, *_error: object) -> None:
        self.told["seconds"] = round(time.perf_counter() - self._began, 2)
        self.told["peak"] = round(megabytes("VmHWM"))
        self.told["grown"] = round(self.told["peak"] - self._before)
