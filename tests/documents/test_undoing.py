"""One change taken back: what came after it elsewhere stays."""

from typing import Any

import pytest

from recportal.documents.paths import ABSENT
from recportal.documents.undoing import undone


def points(**tariffs: str) -> list[dict[str, str]]:
    return [{"id": name, "tariff": tariff} for name, tariff in tariffs.items()]


@pytest.mark.parametrize(
    ("before", "after", "now", "result"),
    [
        ("a", "b", "b", "a"),
        ("a", "b", "c", "a"),
        ({"x": 1}, {"x": 2}, {"x": 2, "y": 3}, {"x": 1, "y": 3}),
        ({}, {"x": 2}, {"x": 2, "y": 3}, {"y": 3}),
        ({"x": 1}, {}, {"y": 3}, {"x": 1, "y": 3}),
        ({"x": None}, {}, {}, {"x": None}),
        ({"x": False}, {"x": 0}, {"x": 0}, {"x": False}),
        ([1, 2], [3], [3], [1, 2]),
        (points(a="1"), points(a="2"), points(b="5", a="2"), points(b="5", a="1")),
        (points(a="1", b="2"), points(b="2"), points(b="3", c="4"), points(a="1", b="3", c="4")),
        (points(a="1", b="2"), points(a="1"), points(a="9", c="4"), points(a="9", b="2", c="4")),
        (points(a="1"), points(a="1", b="2"), points(b="2", a="7"), points(a="7")),
        (
            points(a="1", b="2"),
            points(b="2", a="1"),
            points(b="2", c="3", a="1"),
            points(a="1", b="2", c="3"),
        ),
    ],
)
def test_what_came_after_it_elsewhere_stays(before: Any, after: Any, now: Any, result: Any) -> None:
    found, reversals = undone(before, after, now)
    assert found == result
    assert type(found) is type(result)
    assert reversals


def test_the_places_are_named_by_the_ids_of_entries() -> None:
    _result, (only,) = undone(points(a="1"), points(a="2"), points(b="5", a="3"), ("column",))
    assert (only.path, only.before, only.after, only.now) == (("column", "a", "tariff"), "1", "2", "3")
    assert only.has_moved


def test_what_was_part_of_something_gone_is_not_made_anew() -> None:
    for before, after, now in (
        ({"p": {"x": 1}}, {"p": {"x": 2}}, {}),
        (points(a="1"), points(a="2"), []),
        ({"p": points(a="1")}, {"p": points(a="2")}, {}),
    ):
        result, (only,) = undone(before, after, now)
        assert result == now
        assert only.is_lost
        assert only.does_nothing


def test_what_says_it_already_does_nothing() -> None:
    _result, (only,) = undone({"x": 1}, {}, {"x": 1.0})
    assert only.does_nothing
    assert only.after is ABSENT
