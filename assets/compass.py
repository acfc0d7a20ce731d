"""Directions as people write them: `S`, `south-east`, `NNW`."""

import re
from typing import Final

#: The sixteen points of the compass, clockwise.
_POINTS: Final = (
    *("n", "nne", "ne", "ene", "e", "ese", "se", "sse"),
    *("s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw"),
)
_DEGREES: Final = {point: index * 360 / len(_POINTS) for index, point in enumerate(_POINTS)}
_WORD: Final = re.compile("north|east|south|west", re.IGNORECASE)


def degrees(direction: object) -> float | None:
    """A direction in degrees of the compass (90 is east), given so or as a word; None for neither."""
    if isinstance(direction, int | float) and not isinstance(direction, bool):
        return float(direction)
    if not isinstance(direction, str):
        return None
    letters = _WORD.sub(lambda found: found.group()[0], direction)
    return _DEGREES.get(re.sub(r"[ _-]", "", letters).lower())
