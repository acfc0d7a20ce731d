"""The areas of a community as a small drawing: from their GeoJSON, without tiles, scripts or another host."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

#: Units of the drawing, and how many corners one drawing may have in all: a page stays below 100 kB.
_WIDTH: Final = 600
_MOST_HEIGHT: Final = 420
_MARGIN: Final = 12
_MOST_POINTS: Final = 1500

Position = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One area: its ``d`` for an SVG path (may be empty), and where its mark stands (None: nowhere)."""

    key: str
    name: str
    outline: str
    mark: tuple[int, int] | None
    number: int
    is_own: bool


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: list[Shape]


def draw(areas: dict[str, Any], own: str = "") -> Drawing | None:
    """All areas that say where they are; None when none does. ``own`` is the key of the reader's area."""
    rings = {key: list(_rings(area.get("geometry"))) for key, area in areas.items()}
    marks = {key: _mark(area.get("location")) for key, area in areas.items()}
    positions = [each for found in rings.values() for ring in found for each in ring]
    positions += [mark for mark in marks.values() if mark]
    if not positions:
        return None
    west, south = (min(each[axis] for each in positions) for axis in (0, 1))
    east, north = (max(each[axis] for each in positions) for axis in (0, 1))
    # Degrees of longitude get shorter towards the poles; 89° keeps the very pole from dividing by nothing.
    squeeze = math.cos(math.radians(min(abs(south + north) / 2, 89)))
    across, down = max((east - west) * squeeze, 1e-4), max(north - south, 1e-4)
    scale = min((_WIDTH - 2 * _MARGIN) / across, (_MOST_HEIGHT - 2 * _MARGIN) / down)

    def place(position: Position) -> tuple[int, int]:
        x = _MARGIN + (position[0] - west) * squeeze * scale
        y = _MARGIN + (north - position[1]) * scale
        return round(x), round(y)

    step = max(1, math.ceil(sum(len(ring) for found in rings.values() for ring in found) / _MOST_POINTS))
    shapes = []
    for number, (key, area) in enumerate(sorted(areas.items()), start=1):
        outlines = ([place(each) for each in ring[::step]] for ring in rings[key])
        mark = marks[key]
        shapes.append(
            Shape(
                key,
                str(area.get("name") or key),
                "".join(map(_outline, outlines)),
                place(mark) if mark else None,
                number,
                key == own,
            )
        )
    return Drawing(
        round(across * scale) + 2 * _MARGIN,
        round(down * scale) + 2 * _MARGIN,
        sorted(shapes, key=lambda shape: shape.is_own),
    )


def _outline(points: list[tuple[int, int]]) -> str:
    kept = points[:1] + [new for old, new in pairwise(points) if new != old]
    if len(kept) < 3:
        return ""
    return "M" + "L".join(f"{x} {y}" for x, y in kept) + "Z"


def _rings(geometry: Any) -> Iterator[list[Position]]:
    """The rings of a GeoJSON Polygon or MultiPolygon; stored faults are left out."""
    if not isinstance(geometry, dict) or not isinstance(geometry.get("coordinates"), list):
        return
    coordinates = geometry["coordinates"]
    polygons = coordinates if geometry.get("type") == "MultiPolygon" else [coordinates]
    for polygon in polygons:
        for ring in polygon if isinstance(polygon, list) else []:
            if isinstance(ring, list) and all(map(_is_position, ring)):
                yield [(each[0], each[1]) for each in ring]


def _is_position(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and all(isinstance(x, int | float) for x in value[:2])


def _mark(location: Any) -> Position | None:
    if not isinstance(location, dict):
        return None
    lon, lat = location.get("lon"), location.get("lat")
    return (lon, lat) if isinstance(lon, int | float) and isinstance(lat, int | float) else None
