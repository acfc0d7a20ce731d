"""Deleting records: what goes along, and what is in the way."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import model_ngettext
from django.db import models


def what_hangs_on(records: Sequence[models.Model]) -> tuple[dict[str, int], list[str]]:
    """What is deleted with the records, as name → count, and what is in the way: counted, never loaded."""
    goes: dict[str, int] = {}
    in_the_way: list[str] = []
    if not records:
        return goes, in_the_way
    for relation in type(records[0])._meta.related_objects:
        related: Any = relation.related_model
        count = related._base_manager.filter(**{f"{relation.field.name}__in": records}).count()
        if count and relation.on_delete is models.PROTECT:
            in_the_way.append(f"{count} {model_ngettext(related, count)}")
        elif count and relation.on_delete is models.CASCADE:
            goes[str(related._meta.verbose_name_plural)] = count
    return goes, in_the_way
