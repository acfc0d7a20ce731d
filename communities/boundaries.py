"""The outline of an area as people write it: a corner in each line, or a file of a map program.

Corners are "latitude, longitude", as people and maps say them; GeoJSON has them the other way round.
"""

import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from recportal.documents.faults import Fault, say
from recportal.documents.text import shown

_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d{1,20})?"
_WITH_COMMA: Final = r"[+-]?\d{1,3},\d{1,20}"
#: "46.14, 11.2", "46.14 11.2", "46.14; 11.2", and with decimal commas "46,14; 11,2" or "46,14 11,2".
_CORNER: Final = re.compile(
    rf"(?P<a>{_NUMBER})°?(?:\s*[,;]\s*|\s+)(?P<b>{_NUMBER})°?"
    rf"|(?P<c>{_WITH_COMMA})°?(?:\s*;\s*|\s+)(?P<d>{_WITH_COMMA})°?",
    re.ASCII,
)
_MOST_SAID: Final = 10


def corners_of(geometry: Any) -> str | None:
    """The corners of a polygon in one piece without holes, a line each; None for anything else.

    The last corner, which is the first one again, is left out.
    """
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        return None
    rings = geometry.get("coordinates")
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        return None
    ring = rings[0]
    if not all(isinstance(each, list) and len(each) >= 2 for each in ring):
        return None
    corners = ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring
    return "\n".join(f"{each[1]}, {each[0]}" for each in corners)


def polygon_of(corners: str) -> dict[str, Any] | None:
    """The polygon with these corners, closed by itself; None for no corners at all.

    Raises ``ValidationError`` with a sentence for each line that is not a corner.
    """
    ring: list[list[float]] = []
    wrong: list[ValidationError] = []
    for number, line in enumerate(corners.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            ring.append(_position(line.strip(), number))
        except ValidationError as error:
            wrong.append(error)
    if wrong:
        more = len(wrong) - _MOST_SAID
        text = ngettext_lazy("and %(count)d more line", "and %(count)d more lines", "count")
        rest = [ValidationError(say(text, count=more), "too_many_errors")] if more > 0 else []
        raise ValidationError([*wrong[:_MOST_SAID], *rest])
    if not ring:
        return None
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if len({tuple(each) for each in ring}) < 3:
        raise ValidationError(_("An outline has three corners at least."), "too_few")
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _position(line: str, number: int) -> list[float]:
    match = _CORNER.fullmatch(line)
    if match is None:
        message = _("Line %(line)s: “%(text)s” is not a latitude and a longitude, such as 46.14, 11.2.")
        raise ValidationError(say(message, line=number, text=shown(line, 40)), "invalid")
    latitude, longitude = (_number(each) for each in match.groups() if each is not None)
    if not -90 <= latitude <= 90:
        message = _("Line %(line)s: the latitude comes first, and lies between -90 and 90.")
        raise ValidationError(say(message, line=number), "invalid")
    if not -180 <= longitude <= 180:
        message = _("Line %(line)s: the longitude lies between -180 and 180.")
        raise ValidationError(say(message, line=number), "invalid")
    return [longitude, latitude]


def _number(digits: str) -> float:
    digits = digits.replace(",", ".")
    return float(digits) if "." in digits else int(digits)


def geometry_in(document: Any) -> Any:
    """The outline in a GeoJSON document: a geometry, a feature, or a collection of features, whose pieces
    are put together.

    What is no GeoJSON of this kind raises a ``Fault``; whether the coordinates are sound is the schema's
    business.
    """
    if not isinstance(document, dict):
        raise _no_outline()
    kind = document.get("type")
    if kind in ("Polygon", "MultiPolygon"):
        return document
    if kind == "Feature":
        return geometry_in(document.get("geometry"))
    features = document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list) or not features or not all(isinstance(each, dict) for each in features):
        raise _no_outline()
    pieces = [_geometry_of(each) for each in features]
    if len(pieces) == 1:
        return pieces[0]
    polygons: list[Any] = []
    for piece in pieces:
        coordinates = piece.get("coordinates")
        polygons += (
            coordinates
            if piece["type"] == "MultiPolygon" and isinstance(coordinates, list)
            else [coordinates]
        )
    return {"type": "MultiPolygon", "coordinates": polygons}


def _geometry_of(feature: dict[str, Any]) -> dict[str, Any]:
    geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise _no_outline()
    return geometry


def _no_outline() -> Fault:
    return Fault(_("There is no outline in this: a Polygon or a MultiPolygon is expected."), "invalid")
