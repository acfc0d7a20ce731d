"""Values for people to read, as HTML."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from recportal.documents.display import Line
from recportal.documents.field import DocumentField

#: A grid has thousands of nodes; nobody reads more than this in one go.
_MOST_LINES = 1000
#: What stands deeper is the corners of polygons.
_DEEPEST = 4


class DescribedDocument:
    """A read-only field: a document as labelled values with their units."""

    def __init__(self, column: DocumentField) -> None:
        self._column = column
        self.short_description = column.verbose_name
        self.__name__ = column.name

    def __call__(self, record: models.Model) -> Any:
        lines = list(_folded(self._column.describe(record)))
        if not lines:
            return _("not given")
        more = max(0, len(lines) - _MOST_LINES)
        return render_to_string("staff/document.html", {"lines": lines[:_MOST_LINES], "more": more})


@dataclass
class ShownLine:
    """A line of a document, and how many values that stand too deep under it are not shown."""

    line: Line
    hidden: int = field(default=0)


def _folded(lines: Iterable[Line]) -> Iterable[ShownLine]:
    last = None
    for line in lines:
        if line.depth >= _DEEPEST and last:
            last.hidden += bool(line.value)
            continue
        if last:
            yield last
        last = ShownLine(line)
    if last:
        yield last
