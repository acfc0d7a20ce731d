"""What a schema says of a value, for the form field in which it is typed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from recportal.documents.faults import Text, say


def titled(part: Mapping[str, Any]) -> dict[str, Any]:
    """Label, with the unit if there is one, and help of a form field, from the part of a schema."""
    label: Text = gettext_lazy(part["title"])
    if "x-unit" in part:
        label = say("%(title)s (%(unit)s)", title=label, unit=part["x-unit"])
    return {"label": label, "help_text": gettext_lazy(part["description"])}
