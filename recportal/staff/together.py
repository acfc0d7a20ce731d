"""Several records written in one transaction: all of them, or none and every reason."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from recportal.documents.faults import Fault, faults_of, refuse, say
from recportal.documents.text import shown
from recportal.records.models import Record


def in_writing_order(records: Iterable[Record]) -> list[Record]:
    """The order in which everybody locks: by community, then by id, so that no two wait for each other."""
    return sorted(records, key=lambda each: (getattr(each, "community_id", 0), each.pk))


def save_together(records: Iterable[Record], seen: Mapping[int, int]) -> None:
    """Save all of the records or, raising ``ValidationError`` with every reason, none.

    ``seen``: id → the version that the caller saw.
    """
    refused: list[Fault] = []
    with transaction.atomic():
        for record in in_writing_order(records):
            try:
                record.save(seen=seen.get(record.pk, 0))
            except ValidationError as error:
                refused += [named_fault(record, fault) for fault in faults_of(error)]
        refuse(refused)


def named_fault(record: Record, fault: Fault) -> Fault:
    """What is wrong with one record of several: with its name in front, and no place of a form."""
    text = "; ".join(fault.messages)
    return Fault(say("%(record)s: %(text)s", record=shown(str(record)), text=text), fault.code)
