"""Figures of the proofs: how many of what was tried and with what result, told at the end of a run."""

from collections.abc import Callable
from typing import Any

import pytest

_MARK = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, Any], None]) -> Callable[..., None]:
    """``figure(name, value)`` counts; with ``most=True`` the greatest of all tests is told, not their sum."""

    def note(name: str, value: float, *, most: bool = False) -> None:
        record_property(_MARK, [name, value, most])

    return note


def told(reports: list[Any]) -> dict[str, float]:
    """Name → figure, of the reports of all tests, in the order in which they came."""
    found: dict[str, float] = {}
    for report in reports:
        for mark, value in getattr(report, "user_properties", []):
            if mark == _MARK and report.when == "call":
                name, number, most = value
                found[name] = max(found.get(name, 0), number) if most else found.get(name, 0) + number
    return found


def show(terminal: Any) -> None:
    """The figures, below the tests' own summary."""
    reports = [report for kind in ("passed", "failed") for report in terminal.stats.get(kind, [])]
    figures = told(reports)
    if figures:
        terminal.section("figures")
    for name, number in figures.items():
        terminal.write_line(f"{name}: {number:,.1f}" if isinstance(number, float) else f"{name}: {number:,}")
