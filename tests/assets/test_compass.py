"""Directions as words are the directions that the schema takes, each at its degrees."""

import re

import pytest

from assets.compass import degrees
from recportal.documents.schemas import schema

WORDS = {
    "N": 0,
    "north": 0,
    "NNE": 22.5,
    "north-north-east": 22.5,
    "ne": 45,
    "North-East": 45,
    "ENE": 67.5,
    "east_north_east": 67.5,
    "E": 90,
    "SE": 135,
    "south east": 135,
    "southeast": 135,
    "S": 180,
    "SSW": 202.5,
    "southsouthwest": 202.5,
    "W": 270,
    "WEST": 270,
    "NW": 315,
    "NNW": 337.5,
}


@pytest.mark.parametrize(("word", "angle"), WORDS.items())
def test_word(word: str, angle: float) -> None:
    assert degrees(word) == angle
    assert re.search(schema("assets/properties/pv").definition["properties"]["orientation"]["pattern"], word)


def test_degrees_are_themselves() -> None:
    assert degrees(0) == 0
    assert degrees(359.5) == 359.5


@pytest.mark.parametrize("value", [None, True, "", "up", "north-south", "NEN", ["S"], "180"])
def test_anything_else_is_no_direction(value: object) -> None:
    assert degrees(value) is None
