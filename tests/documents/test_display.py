"""A document for people: labels, values with units, unknown keys as they are."""

from typing import Any

import pytest
from django.utils import translation

from assets.models import Asset
from communities.models import Community
from recportal.documents.display import describe, shown_value
from recportal.documents.schemas import schema
from recportal.documents.units import with_unit


def lines(name: str, document: Any) -> list[tuple[int, str, str]]:
    return [(line.depth, line.label, line.value) for line in describe(schema(name), document)]


def test_values_stand_in_the_order_of_the_schema_under_their_titles() -> None:
    document = {"ours": "x", "tilt": 30, "capacity_kwp": 5.5, "a": None}
    assert lines("assets/properties/pv", document) == [
        (0, "Peak power", "5.5 kWp"),
        (0, "Tilt", "30°"),
        (0, "a", "not given"),
        (0, "ours", "x"),
    ]


def test_a_line_knows_its_place_and_its_help() -> None:
    tilt, ours = describe(schema("assets/properties/pv"), {"tilt": 30, "ours": 1})
    assert (tilt.path, tilt.known, tilt.help) == (
        ("tilt",),
        True,
        "How steep the panels stand, in degrees: 0 lies flat, 90 stands upright.",
    )
    assert (ours.path, ours.known, ours.help) == (("ours",), False, "")


def test_entries_of_lists_and_maps_go_by_their_own_names() -> None:
    assert lines("members/delivery_points", [{"id": "IT1", "type": "pod"}, {"type": "pod"}]) == [
        (0, "IT1", ""),
        (1, "Id", "IT1"),
        (1, "Type", "pod"),
        (0, "2", ""),
        (1, "Type", "pod"),
    ]
    assert lines("communities/areas", {"n": {"name": "North", "topology": ["A", "B"]}}) == [
        (0, "North", ""),
        (1, "Name", "North"),
        (1, "Grid nodes", "A, B"),
    ]


def test_an_unknown_object_is_not_named_by_what_is_inside() -> None:
    assert lines("communities/legal", {"notary": {"name": "Rossi"}}) == [
        (0, "notary", ""),
        (1, "name", "Rossi"),
    ]
    assert lines("communities/areas", {"n": {"name": "N", "location": {"name": "x"}}})[2] == (
        1,
        "Location",
        "",
    )


def test_lists_of_lists_are_shown_level_by_level() -> None:
    assert lines("assets/extra", {"m": [[1, 2], [3]]}) == [(0, "m", ""), (1, "1", "1, 2"), (1, "2", "3")]


@pytest.mark.parametrize("document", [{}, [], 5, None, "x", True])
def test_nothing_to_show_is_shown_as_nothing(document: Any) -> None:
    assert describe(schema("assets/extra"), document) == []
    assert describe(None, document) == []


def test_without_a_schema_everything_is_shown_as_it_is() -> None:
    assert [(line.label, line.value) for line in describe(None, {"b": 1, "a": [True]})] == [
        ("a", "yes"),
        ("b", "1"),
    ]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (True, "", "yes"),
        (False, "", "no"),
        (None, "", "not given"),
        ("", "", "not given"),
        ([], "", "not given"),
        (0, "kWp", "0 kWp"),
        (0.1, "", "0.1"),
        (1e-7, "kW", "0.0000001 kW"),
        (90, "°", "90°"),
        (2**53, "", "9007199254740992"),
        ("S", "°", "S"),
        (["a", 1, False, None], "", "a, 1, no, not given"),
    ],
)
def test_single_values(value: Any, unit: str, words: str) -> None:
    assert shown_value(value, unit) == words


def test_numbers_are_in_the_readers_language() -> None:
    with translation.override("it"):
        assert shown_value(5.5, "kWp") == "5,5 kWp"
        assert with_unit(0.5) == "0,5"


def test_a_record_describes_its_own_documents() -> None:
    asset = Asset(asset_type="storage", properties={"capacity_kwh": 10})
    assert Asset._meta.get_field("properties").describe(asset)[0].value == "10 kWh"
    assert Community._meta.get_field("legal").describe(Community(legal={"vat": "1"}))[0].label == "VAT number"
