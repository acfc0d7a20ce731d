"""Outlines as people write them: what is read, and what is said of a line that cannot be."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from communities.boundaries import corners_of, geometry_in, polygon_of

SQUARE = {"type": "Polygon", "coordinates": [[[11, 46], [11.5, 46], [11.5, 46.25], [11, 46]]]}


@pytest.mark.parametrize(
    "text",
    [
        "46, 11\n46, 11.5\n46.25, 11.5",
        "46, 11\n46, 11.5\n46.25, 11.5\n46, 11",
        "46 11\r\n\r\n46 11.5\r\n  46.25   11.5  \r\n",
        "46; 11\n46;11.5\n46.25°, 11.5°",
        "46,0; 11,0\n46,0; 11,5\n46,25 11,5",
    ],
)
def test_corners_are_read_in_the_spellings_that_people_use(text: str) -> None:
    assert polygon_of(text) == SQUARE


def test_a_polygon_comes_back_as_it_was_written() -> None:
    corners = corners_of(SQUARE)
    assert corners == "46, 11\n46, 11.5\n46.25, 11.5"
    assert polygon_of(corners) == SQUARE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("46, 11\nnorth", "Line 2: “north” is not a latitude and a longitude, such as 46.14, 11.2."),
        ("\n\n46", "Line 3: “46” is not a latitude and a longitude, such as 46.14, 11.2."),
        ("111, 46", "Line 1: the latitude comes first, and lies between -90 and 90."),
        ("46, 211", "Line 1: the longitude lies between -180 and 180."),
        ("46, 11\n46, 12\n46, 11", "An outline has three corners at least."),
        (
            "\u0664\u0666, \u0661\u0661",
            "Line 1: “\u0664\u0666, \u0661\u0661” is not a latitude and a longitude, such as 46.14, 11.2.",
        ),
        ("1e9, nan", "Line 1: “1e9, nan” is not a latitude and a longitude, such as 46.14, 11.2."),
    ],
)
def test_an_error_names_its_line(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        polygon_of(text)
    assert caught.value.messages == [said]


def test_a_thousand_wrong_lines_are_not_all_listed() -> None:
    with pytest.raises(ValidationError) as caught:
        polygon_of("x\n" * 1000)
    assert len(caught.value.messages) == 11
    assert caught.value.messages[-1] == "and 990 more lines"


def test_no_corners_are_no_outline() -> None:
    assert polygon_of(" \n ") is None


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        5,
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": [5]},
        {"type": "Polygon", "coordinates": [[5]]},
        {"type": "Polygon", "coordinates": [[[0, 0]], [[1, 1]]]},
        {"type": "MultiPolygon", "coordinates": []},
    ],
)
def test_what_has_holes_or_faults_has_no_corners(geometry: Any) -> None:
    assert corners_of(geometry) is None


def test_a_file_may_be_a_geometry_a_feature_or_a_collection() -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": SQUARE}
    assert geometry_in(SQUARE) == geometry_in(feature) == SQUARE
    assert geometry_in({"type": "FeatureCollection", "features": [feature]}) == SQUARE
    several = geometry_in({"type": "FeatureCollection", "features": [feature, feature]})
    assert several == {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]] * 2}


@pytest.mark.parametrize(
    "document",
    [
        5,
        [],
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Feature"},
        {"type": "FeatureCollection", "features": []},
        {"type": "FeatureCollection", "features": [5]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None}]},
    ],
)
def test_a_file_without_an_outline_is_refused(document: Any) -> None:
    with pytest.raises(ValidationError, match="There is no outline in this"):
        geometry_in(document)
