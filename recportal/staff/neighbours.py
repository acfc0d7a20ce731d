"""What a record is connected with, for the box on its page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from recportal.documents.faults import Text


@dataclass(frozen=True)
class Neighbour:
    """One neighbour: ``url`` is empty for what has no page, such as a key that names nothing here.

    ``notes`` are short texts that tell it from its like; ``icon`` is a type of asset, or empty.
    """

    label: Text
    url: str = ""
    notes: tuple[Text, ...] = ()
    icon: str = ""


@dataclass(frozen=True)
class Neighbours:
    """The neighbours of one kind; ``more`` are further ones that the list at ``url`` shows."""

    title: Text
    found: Sequence[Neighbour] = field(default_factory=list)
    url: str = ""
    more: int = 0


def list_address(model: type[models.Model], **filters: Any) -> str:
    """The address of the list of a model's records, narrowed."""
    names = model._meta
    return f"{reverse(f'admin:{names.app_label}_{names.model_name}_changelist')}?{urlencode(filters)}"
