"""What differs between two documents, and whether a place was touched."""

from typing import Any

import pytest
from hypothesis import given

from recportal.documents.faults import Path
from recportal.documents.paths import ABSENT, Difference, by_id, differences, named, same, untouched
from tests.documents.values import json_values


def found(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    return {each.place: (each.before, each.after) for each in differences(before, after)}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (0, -0.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, False, False),
        (None, ABSENT, False),
        ({}, [], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ([[True]], [[1]], False),
        ({"a": [{"b": False}]}, {"a": [{"b": 0}]}, False),
    ],
)
def test_equality_is_that_of_json(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 5, "c": 2}}, {"a.b": (1, 5)}),
        ({}, {"a": None}, {"a": (ABSENT, None)}),
        ({"a": None}, {}, {"a": (None, ABSENT)}),
        ({"a": {}}, {"a": []}, {"a": ({}, [])}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a": ([1, 2], [2, 1])}),
        ({"p": [{"id": "A", "x": 1}]}, {"p": [{"id": "A", "x": 2}]}, {"p[0].x": (1, 2)}),
        (
            {"p": [{"id": "A"}, {"id": "B", "x": 1}]},
            {"p": [{"id": "B", "x": 2}, {"id": "A"}]},
            {"p[0].x": (1, 2)},
        ),
        (
            {"p": [{"id": "A"}, {"id": "B"}]},
            {"p": [{"id": "B"}, {"id": "A"}]},
            {"p": ([{"id": "A"}, {"id": "B"}], [{"id": "B"}, {"id": "A"}])},
        ),
        (
            {"p": [{"id": "A"}]},
            {"p": [{"id": "A"}, {"id": "B", "x": 1}]},
            {"p[1]": (ABSENT, {"id": "B", "x": 1})},
        ),
        ({"p": [{"id": "A"}, {"id": "B"}]}, {"p": [{"id": "B"}]}, {"p[0]": ({"id": "A"}, ABSENT)}),
        (
            {"p": [{"id": "A"}, {"id": "A"}]},
            {"p": [{"id": "A"}]},
            {"p": ([{"id": "A"}, {"id": "A"}], [{"id": "A"}])},
        ),
        ({"p": [{"id": 1}]}, {"p": [{"id": 2}]}, {"p": ([{"id": 1}], [{"id": 2}])}),
    ],
)
def test_differences_are_told_place_by_place(before: Any, after: Any, expected: dict[str, Any]) -> None:
    assert found(before, after) == expected


@given(json_values(), json_values())
def test_there_are_differences_exactly_where_values_are_not_the_same(before: Any, after: Any) -> None:
    assert bool(list(differences(before, after))) == (not same(before, after))
    assert not list(differences(before, before))


POINTS = [{"id": "A", "tilt": 120}, {"id": "B", "tilt": 30}]


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ((), 5, 5, True),
        ((), "5", 5, False),
        (("tilt",), {"tilt": 120, "x": 1}, {"tilt": 120, "x": 2}, True),
        (("tilt",), {"tilt": 120}, {"tilt": 121}, False),
        (("tilt",), {"tilt": 1}, {"tilt": True}, False),
        (("tilt",), {}, {"tilt": 120}, False),
        (("name",), {"x": 1}, {"x": 2}, True),
        (("north", "name"), {}, {"north": {}}, False),
        (("north", "name"), {"north": {}}, {"north": {"x": 1}}, True),
        ((0, "tilt"), POINTS, POINTS, True),
        ((1, "tilt"), POINTS, POINTS[::-1], True),
        ((0, "tilt"), POINTS, [{"id": "C", "tilt": 120}], False),
        ((0, "name"), POINTS, [{"id": "C"}], False),
        ((1,), ["a", ""], ["b", ""], True),
        ((1,), ["a"], ["a", ""], False),
        ((2,), POINTS, POINTS, True),
        (("a", "b"), {"a": 5}, {"a": {"b": 1}}, False),
        (("a",), [], {"a": 1}, False),
    ],
)
def test_a_place_is_untouched_when_it_holds_what_it_held(
    path: Path, before: Any, after: Any, expected: bool
) -> None:
    assert untouched(path, before, after) is expected


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ((1, "tilt"), POINTS, ("B", "tilt")),
        (
            ("nodes", 0, "children", 1),
            {"nodes": [{"id": "X", "children": ["a", "b"]}]},
            ("nodes", "X", "children", 1),
        ),
        ((5, "x"), POINTS, (5, "x")),
        (("a", "b"), 5, ("a", "b")),
        ((0, "id"), [{"id": 7}], (0, "id")),
    ],
)
def test_a_path_by_ids_outlives_a_change_of_order(path: Path, document: Any, expected: Path) -> None:
    assert named(path, document) == expected


def test_only_lists_of_objects_with_different_ids_are_compared_by_them() -> None:
    assert by_id([]) == {}
    assert by_id([{"id": "A"}, {"id": "A"}]) is None
    assert by_id([{"id": "A"}, 5]) is None
    assert by_id({"id": "A"}) is None


def test_a_difference_says_where() -> None:
    assert Difference(("areas", "north", "topology", 1), "a", ABSENT).place == "areas.north.topology[1]"
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
