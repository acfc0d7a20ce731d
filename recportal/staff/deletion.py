"""Deleting records: what goes along, what is in the way, and all of them or none."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import ValidationError
from django.db import models, transaction

from recportal.documents.faults import Fault, faults_of, refuse, say
from recportal.documents.text import shown
from recportal.records.models import Record


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


def delete_together(records: Iterable[Record]) -> None:
    """Delete all of the records or, raising ``ValidationError`` with every reason, none.

    The records are locked in the order of their ids, so that two who delete never wait for each other.
    """
    refused: list[Fault] = []
    with transaction.atomic():
        for record in sorted(records, key=lambda each: (getattr(each, "community_id", 0), each.pk)):
            name = shown(str(record))  # before the deletion takes the id away
            try:
                record.delete()
            except ValidationError as error:
                refused += [
                    Fault(say("%(record)s: %(text)s", record=name, text=fault.text), fault.code)
                    for fault in faults_of(error)
                ]
        refuse(refused)
