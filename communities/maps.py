"""The areas of a community as a small drawing: from their GeoJSON, without scripts.

The drawing is in the projection of web maps (spherical Mercator), so that the tiles of a tile server lie
exactly under it, where there is one. Without one it needs no other host.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

#: Units of the drawing, and how many corners one drawing may have in all: a page stays below 100 kB.
_WIDTH: Final = 600
_MOST_HEIGHT: Final = 420
_MARGIN: Final = 20
_MOST_POINTS: Final = 1500
#: Where web maps end, and the smallest part of the world (a house) that is drawn, as a share of its width.
_MOST_LATITUDE: Final = 85.05
_LEAST_ACROSS: Final = 1e-6
#: A tile shows 256 units at its own zoom; servers have levels up to this one.
_TILE: Final = 256
_MOST_ZOOM: Final = 18
#: Room for names: units per letter and per line, and the longest name that is written.
_LETTER: Final = 7
_LINE: Final = 15
_LONGEST_NAME: Final = 28

Position = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One area: its ``d`` for an SVG path (may be empty), and where its mark stands (None: nowhere).

    ``anchor`` is where its number stands: the mark, else the middle of the outline. ``label`` are the lines
    that stand beside; none where they would cover those of another area.
    """

    key: str
    name: str
    outline: str
    mark: tuple[int, int] | None
    number: int
    is_own: bool
    anchor: tuple[int, int] | None = None
    label: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Tile:
    """A picture of a tile server, and where it lies in the drawing."""

    url: str
    x: str
    y: str
    size: str


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: list[Shape]
    tiles: list[Tile] = field(default_factory=list)


@dataclass(frozen=True)
class _Frame:
    """The part of the world that is drawn: its north-west corner, and units per width of the world."""

    west: float
    north: float
    scale: float

    def place(self, position: Position) -> tuple[int, int]:
        x, y = _projected(position)
        return round(_MARGIN + (x - self.west) * self.scale), round(_MARGIN + (y - self.north) * self.scale)


def draw(
    areas: Mapping[str, Any], own: str = "", labels: Mapping[str, list[str]] | None = None, tile_url: str = ""
) -> Drawing | None:
    """All areas that say where they are; None when none does.

    ``own`` is the key of the reader's area, ``labels`` the lines that are written beside the areas, and
    ``tile_url`` the address of a tile with ``{z}``, ``{x}`` and ``{y}`` in it.
    """
    known = {key: area for key, area in areas.items() if isinstance(area, dict)}
    rings = {key: list(_rings(area.get("geometry"))) for key, area in known.items()}
    marks = {key: _mark(area.get("location")) for key, area in known.items()}
    positions = [each for found in rings.values() for ring in found for each in ring]
    positions += [mark for mark in marks.values() if mark]
    if not positions:
        return None
    # Names need room beside a narrow community.
    frame, width, height = _framed(positions, 0 if labels is None else _WIDTH)
    step = max(1, math.ceil(sum(len(ring) for found in rings.values() for ring in found) / _MOST_POINTS))
    shapes = []
    for number, (key, area) in enumerate(sorted(known.items()), start=1):
        outlines = [[frame.place(each) for each in ring[::step]] for ring in rings[key]]
        mark = marks[key]
        placed = frame.place(mark) if mark else None
        shapes.append(
            Shape(
                key,
                str(area.get("name") or key),
                "".join(map(_outline, outlines)),
                placed,
                number,
                key == own,
                placed or _middle(outlines),
            )
        )
    if labels is not None:
        shapes = list(_labelled(shapes, labels, width))
    shapes.sort(key=lambda shape: shape.is_own)
    return Drawing(width, height, shapes, list(_tiles(frame, width, height, tile_url)) if tile_url else [])


def _projected(position: Position) -> Position:
    """Longitude and latitude as shares of the width of the world map, from its north-west corner."""
    latitude = math.radians(max(-_MOST_LATITUDE, min(_MOST_LATITUDE, position[1])))
    return (position[0] + 180) / 360, (1 - math.asinh(math.tan(latitude)) / math.pi) / 2


def _framed(positions: list[Position], least_width: int) -> tuple[_Frame, int, int]:
    projected = [_projected(each) for each in positions]
    west, north = (min(each[axis] for each in projected) for axis in (0, 1))
    east, south = (max(each[axis] for each in projected) for axis in (0, 1))
    across, down = max(east - west, _LEAST_ACROSS), max(south - north, _LEAST_ACROSS)
    scale = min((_WIDTH - 2 * _MARGIN) / across, (_MOST_HEIGHT - 2 * _MARGIN) / down)
    width, height = round(across * scale) + 2 * _MARGIN, round(down * scale) + 2 * _MARGIN
    beside = max(0, least_width - width) / 2
    # What is smaller than the smallest part of the world, a single point, stands in the middle.
    corner = ((west + east - across) / 2 - beside / scale, (north + south - down) / 2)
    return _Frame(*corner, scale), max(width, least_width), height


def _outline(points: list[tuple[int, int]]) -> str:
    kept = points[:1] + [new for old, new in pairwise(points) if new != old]
    if len(kept) < 3:
        return ""
    return "M" + "L".join(f"{x} {y}" for x, y in kept) + "Z"


def _middle(outlines: list[list[tuple[int, int]]]) -> tuple[int, int] | None:
    """The middle of the largest piece, near enough for a number."""
    largest = max(outlines, key=len, default=[])
    if not largest:
        return None
    return sum(x for x, _y in largest) // len(largest), sum(y for _x, y in largest) // len(largest)


def _labelled(shapes: list[Shape], labels: Mapping[str, list[str]], width: int) -> Iterator[Shape]:
    """The shapes with the lines beside their numbers, as far as there is room: the first one takes it."""
    taken: list[tuple[int, int, int, int]] = []
    for shape in shapes:
        lines = [line[:_LONGEST_NAME] for line in labels.get(shape.key, [])]
        if shape.anchor is None or not lines:
            yield shape
            continue
        x, y = shape.anchor
        wide = max(map(len, lines)) * _LETTER
        left = x + 18 if x + 18 + wide <= width else x - 18 - wide
        box = (left, y - _LINE * len(lines) // 2, left + wide, y + _LINE * len(lines) // 2)
        if left < 0 or any(_overlap(box, other) for other in taken):
            yield shape
            continue
        taken.append(box)
        written = tuple((left, box[1] + _LINE * index + 11, line) for index, line in enumerate(lines))
        yield replace(shape, label=written)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _tiles(frame: _Frame, width: int, height: int, url: str) -> Iterator[Tile]:
    """The tiles that lie under a drawing, at the zoom at which they are sharp."""
    zoom = max(0, min(_MOST_ZOOM, math.ceil(math.log2(frame.scale / _TILE))))
    count = 2**zoom
    size = frame.scale / count
    left, top = frame.west - _MARGIN / frame.scale, frame.north - _MARGIN / frame.scale
    right, bottom = left + width / frame.scale, top + height / frame.scale
    for row in range(max(0, math.floor(top * count)), min(count - 1, math.floor(bottom * count)) + 1):
        for column in range(max(0, math.floor(left * count)), min(count - 1, math.floor(right * count)) + 1):
            place = url.replace("{z}", str(zoom)).replace("{x}", str(column)).replace("{y}", str(row))
            x, y = (column / count - left) * frame.scale, (row / count - top) * frame.scale
            yield Tile(place, f"{x:.2f}", f"{y:.2f}", f"{size:.2f}")


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
