"""The drawing of the areas."""

import pytest

from communities.maps import draw


def square(lon: float, lat: float, side: float = 0.01) -> dict[str, object]:
    ring = [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]
    return {"name": "Square", "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_north_is_up_and_east_is_right() -> None:
    drawing = draw({"a": square(11, 46), "b": square(11.02, 46.02)})
    assert drawing
    first, second = drawing.shapes
    assert first.anchor
    assert second.anchor
    assert first.anchor[0] < second.anchor[0]
    assert first.anchor[1] > second.anchor[1]


def test_nothing_to_draw_is_no_drawing() -> None:
    assert (
        draw({"a": {"name": "A"}, "b": 5, "c": {"geometry": {"type": "Polygon", "coordinates": [[5]]}}})
        is None
    )


@pytest.mark.parametrize("place", [(0, 0), (180, 90), (-180, -90), (11.2, 46.1)])
def test_a_single_point_stands_inside(place: tuple[float, float]) -> None:
    drawing = draw({"a": {"location": {"lon": place[0], "lat": place[1]}}}, tile_url="https://x/{z}/{x}/{y}")
    assert drawing
    (shape,) = drawing.shapes
    assert shape.mark
    assert 0 < shape.mark[0] < drawing.width
    assert 0 < shape.mark[1] < drawing.height


def test_tiles_cover_the_drawing_and_are_few() -> None:
    drawing = draw({"a": square(11, 46)}, tile_url="https://tiles.example.org/{z}/{x}/{y}.png")
    assert drawing
    assert 1 <= len(drawing.tiles) <= 60
    xs = [(float(tile.x), float(tile.x) + float(tile.size)) for tile in drawing.tiles]
    assert min(left for left, _right in xs) <= 0
    assert max(right for _left, right in xs) >= drawing.width
    assert drawing.tiles[0].url.startswith("https://tiles.example.org/")
    assert "{" not in drawing.tiles[0].url


def test_a_name_that_would_cover_another_is_left_out() -> None:
    places = {str(n): {"location": {"lat": 46 + n / 1e6, "lon": 11}} for n in range(5)}
    drawing = draw(places, labels={key: ["A name", "5 members"] for key in places})
    assert drawing
    assert 1 <= sum(bool(shape.label) for shape in drawing.shapes) < 5
