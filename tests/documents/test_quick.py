"""The quick yes never says yes where the judge would not, and it is said to documents as they are."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from recportal.documents.schemas import Schema, schema, schema_names
from tests.documents.test_schema_files import BAD, GOOD

pytestmark = pytest.mark.once  # no database

WORDS = """
    a A-1 - S south-east pv import 2024-02-29 2023-02-29 20240229 Europe/Rome EUR IT https://example.org a@b
    Polygon MultiPolygon Point de-AT pod zp
"""
TEXTS = st.sampled_from([*WORDS.split(), "", " ", " a ", "a\n", "a@b\n", "x" * 128, "x" * 129, "x" * 257])
OTHERS = st.sampled_from([None, [], {}, [1], [None], {"a": None}, True, 0, 1.5])


BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@st.composite
def near(draw: st.DrawFn, judge: Schema, part: Any) -> Any:
    """A value that is nearly what the schema wants: mostly on this side of it, sometimes on the other."""
    part = judge.resolve(part)
    names = part.get("type", ["string", "number", "object", "array"])
    kind = draw(st.sampled_from([*([names] if isinstance(names, str) else names)] * 9 + ["other"]))
    if kind == "string":
        return draw(st.sampled_from(part.get("examples") or part.get("enum") or [""]) | TEXTS)
    if kind in ("number", "integer"):
        limits = [part[key] for key in BOUNDS if key in part] or [0]
        return draw(st.sampled_from(limits)) + draw(st.sampled_from([0, 0, 0, 1, -1, 0.5, -0.5]))
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "object":
        return draw(objects(judge, part))
    if kind == "array":
        return draw(lists(judge, part))
    return draw(OTHERS)


@st.composite
def objects(draw: st.DrawFn, judge: Schema, part: Any) -> Any:
    known = part.get("properties", {})
    wanted = [key for key in part.get("required", ()) if draw(st.integers(0, 9))]
    allowed = [key for key, below in known.items() if "not" not in below or not draw(st.integers(0, 9))]
    if allowed:
        wanted += draw(st.lists(st.sampled_from(allowed), max_size=2))
    value = {key: draw(near(judge, known[key])) for key in wanted}
    if "coordinates" in value:
        outline = draw(st.sampled_from(["polygon", "multipolygon"]))
        value["coordinates"] = draw(near(judge, {"$ref": f"#/$defs/{outline}"}))
    others = part.get("additionalProperties")
    for key in draw(st.lists(TEXTS, max_size=1)):
        value.setdefault(key, draw(near(judge, others) if others else OTHERS))
    return value


@st.composite
def lists(draw: st.DrawFn, judge: Schema, part: Any) -> Any:
    if "prefixItems" in part:
        position = [draw(near(judge, below)) for below in part["prefixItems"]]
        kept: int = draw(st.sampled_from([1, 2, 2, 2, 3]))
        more: list[int] = draw(st.sampled_from([[], [], [], [1, 1]]))
        return [*position[:kept], *more]
    least = part.get("minItems", 0)
    entry: st.SearchStrategy[Any] = near(judge, part.get("items", {}))
    entries: list[Any] = draw(st.lists(entry, min_size=max(least - 1, 0), max_size=least + 2))
    if part.get("x-closed-ring") and entries and draw(st.sampled_from([False, True, True, True])):
        entries[-1] = entries[0]
    return entries


@pytest.mark.parametrize("name", schema_names())
@settings(max_examples=250)
@given(data=st.data())
def test_a_quick_yes_is_true(name: str, data: st.DataObject) -> None:
    judge = schema(name)
    value = data.draw(near(judge, judge.definition))
    event("quick" if judge.is_fine(value) else "judged")
    if judge.is_fine(value):
        assert judge.faults(value) == []
        assert judge.tidy(value) is value


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_what_is_in_order_gets_it(name: str, value: Any) -> None:
    judge = schema(name)
    assert judge.is_fine(value) == (judge.tidy(value) is value)


@pytest.mark.parametrize(("name", "value", "place"), BAD)
def test_what_is_not_valid_never_gets_it(name: str, value: Any, place: str) -> None:
    assert not schema(name).is_fine(value)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"type": "number", "multipleOf": 2}, 4),
        ({"anyOf": [{"type": "number"}]}, 4),
        ({"const": 4}, 4),
        ({"enum": [True]}, 1),
        ({"enum": [4]}, 4),
        ({"type": "integer"}, 5.0),
        ({"type": "null"}, None),
        ({"type": ["string", "null"]}, None),
        ({}, None),
        ({"not": {}}, 4),
        (True, 4),
        (False, 4),
        ({"type": "object", "additionalProperties": False}, {"a": 1}),
        ({"type": "array", "items": False}, [1]),
        ({"type": "array", "prefixItems": [{"type": "number"}], "items": {"type": "string"}}, [1, "a"]),
        ({"type": "object", "allOf": [{"required": ["a"]}]}, {"a": 1}),
        ({"type": "object", "allOf": [{"if": {}, "then": {}}]}, {"a": 1}),
        (
            {
                "allOf": [
                    {
                        "if": {"required": ["a"], "properties": {"a": {"const": "b"}}},
                        "then": {"type": "object"},
                    }
                ]
            },
            4,
        ),
        ({"type": "object", "required": ["a"]}, {}),
        ({"type": "array", "x-unique-by": "id"}, [{"id": 1}]),
        ({"type": "object", "dependentRequired": {}}, {}),
    ],
)
def test_what_it_does_not_know_for_certain_is_for_the_judge(part: Any, value: Any) -> None:
    judge = Schema("tests/made", {"type": "object", "properties": {"x": part}})
    assert not judge.is_fine({"x": value})
    assert judge.is_fine({"y": value})


@pytest.mark.parametrize("last", [[11, 46], [11, 46.1], [11.0, 46]])
def test_a_ring_is_closed_for_it_as_for_the_judge(last: list[float]) -> None:
    ring = [[11, 46], [11, 47], [12, 47], last]
    areas = {"north": {"name": "North", "geometry": {"type": "Polygon", "coordinates": [ring]}}}
    assert schema("communities/areas").is_fine(areas) == (schema("communities/areas").faults(areas) == [])


@pytest.mark.parametrize("other", ["A", "B", " A"])
def test_ids_are_different_for_it_as_for_the_judge(other: str) -> None:
    points = [{"id": "A", "type": "pod"}, {"id": other, "type": "pod"}]
    assert schema("members/delivery_points").is_fine(points) == (other == "B")
