"""Charts as SVG, drawn here: no script, no inline style. Colours are classes, so that light and dark follow.

Each is an image with a title and a description for those who do not see it; the page has the same figures as
a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from recportal.documents.faults import Text
from recportal.documents.text import shown

#: Units of the drawing; the page shows one as about one pixel.
WIDTH: Final = 320
_ROW: Final = 34
_BAR: Final = 10
#: So many letters of a label and its value stand in one line.
_LETTERS: Final = 40


@dataclass(frozen=True)
class Part:
    """One value of a chart. ``words`` stands for the value, with its unit; empty, it is the number.

    ``colour`` is one of six, of which the style sheet knows what they look like.
    """

    label: Text
    value: float
    words: str = ""
    colour: int = 0

    @property
    def shown_value(self) -> str:
        return self.words or str(localize(self.value))


def bars(title: Text, parts: Sequence[Part]) -> SafeString:
    """Horizontal bars under their labels; empty for no parts."""
    most = max((part.value for part in parts), default=0)
    if not most:
        return SafeString()
    rows = format_html_join(
        "",
        '<text x="0" y="{}">{}</text><text class="value" x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="track" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect class="bar" x="0" y="{}" width="{}" height="{}" rx="3"/>',
        (
            (
                row * _ROW + 13,
                shown(str(part.label), max(_LETTERS - len(part.shown_value), 8)),
                WIDTH,
                row * _ROW + 13,
                part.shown_value,
                row * _ROW + 18,
                WIDTH,
                _BAR,
                row * _ROW + 18,
                _length(part.value, most),
                _BAR,
            )
            for row, part in enumerate(parts)
        ),
    )
    return _image(title, parts, len(parts) * _ROW, rows)


def stacked(title: Text, parts: Sequence[Part]) -> SafeString:
    """One bar that is divided among the parts, each in its colour; empty when all are nought."""
    whole = sum(part.value for part in parts)
    if not whole:
        return SafeString()
    pieces = []
    left = 0
    for part in parts:
        length = _length(part.value, whole)
        pieces.append((part.colour, left, max(length - 1, 0)))
        left += length
    drawn = format_html_join("", '<rect class="colour-{}" x="{}" y="0" width="{}" height="24"/>', pieces)
    return _image(title, parts, 24, drawn)


def _length(value: float, most: float) -> int:
    """How long a bar is; what is not nought is seen."""
    return max(round(WIDTH * value / most), 2) if value > 0 else 0


def _image(title: Text, parts: Sequence[Part], height: int, drawn: SafeString) -> SafeString:
    said = ", ".join(f"{part.label}: {part.shown_value}" for part in parts)
    return format_html(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" width="{}" height="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        WIDTH,
        height,
        WIDTH,
        height,
        title,
        said,
        drawn,
    )
