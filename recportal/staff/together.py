"""Several records written in one transaction: all of them, or none and every reason."""

from collections.abc import Callable, Iterable, Mapping

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
    _write_together(records, lambda record: record.save(seen=seen.get(record.pk, 0)))


def delete_together(records: Iterable[Record]) -> None:
    """Delete all of the records or, raising ``ValidationError`` with every reason, none."""
    _write_together(records, lambda record: record.delete())


def _write_together(records: Iterable[Record], write: Callable[[Record], object]) -> None:
    refused: list[Fault] = []
    with transaction.atomic():
        for record in in_writing_order(records):
            name = str(record)  # before a deletion takes the id away
            try:
                write(record)
            except ValidationError as error:
                refused += [named_fault(name, fault) for fault in faults_of(error)]
        refuse(refused)


def named_fault(name: str, fault: Fault) -> Fault:
    """What is wrong with one record of several: with its name in front, and no place of a form."""
    text = "; ".join(fault.messages)
    return Fault(say("%(record)s: %(text)s", record=shown(name), text=text), fault.code)
