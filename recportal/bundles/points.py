"""Delivery points of a file beside those that are stored: the same point may be spelled otherwise."""

from typing import Any

from members.identifiers import compact
from members.models import points_of
from recportal.documents.faults import Path
from recportal.records.models import Record
from recportal.text import visible


def points_as_stored(stored: Any, given: Any) -> Any:
    """The points of a file, each that is stored under another spelling of its id with the stored one.

    Else merging would add it a second time, and the member would be told that it holds it already.
    """
    if not isinstance(stored, list) or not isinstance(given, list):
        return given
    spelled = [point["id"] for _index, point in points_of(stored)]
    named = {point["id"] for _index, point in points_of(given)}
    if named <= set(spelled):
        return given
    by_code = _by_code(stored)
    changed = list(given)
    for index, point in points_of(given):
        own = by_code.get(compact(point["type"], point["id"]), [])
        if point["id"] not in spelled and len(own) == 1 and own[0] not in named:
            changed[index] = {**point, "id": own[0]}
    return changed


def spelled_as_stored(record: Record, places: list[Path]) -> list[Path]:
    """The places of a record, those inside of a delivery point under the stored spelling of its id."""
    points = getattr(record, "delivery_points", None)
    if not isinstance(points, list):
        return places
    types = {point["id"]: point["type"] for _index, point in points_of(points)}
    found: list[Path] = []
    for place in places:
        column, *below = place
        if column == "delivery_points" and below and below[0] not in types:
            name = visible(str(below[0]))
            same = [each for each, kind in types.items() if compact(kind, each) == compact(kind, name)]
            place = (column, same[0], *below[1:]) if len(same) == 1 else place
        found.append(place)
    return found


def _by_code(points: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _index, point in points_of(points):
        found.setdefault(compact(point["type"], point["id"]), []).append(point["id"])
    return found
