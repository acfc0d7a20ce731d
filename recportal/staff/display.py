"""Values for people to read, as HTML."""

from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from recportal.documents.field import DocumentField

#: A polygon alone can have ten thousand numbers; nobody reads them here.
_MOST_LINES = 1000


class DescribedDocument:
    """A read-only field: a document as labelled values with their units."""

    def __init__(self, field: DocumentField) -> None:
        self._field = field
        self.short_description = field.verbose_name
        self.__name__ = field.name

    def __call__(self, record: models.Model) -> Any:
        lines = self._field.describe(record)
        if not lines:
            return _("not given")
        return render_to_string(
            "staff/document.html", {"lines": lines[:_MOST_LINES], "more": max(0, len(lines) - _MOST_LINES)}
        )
