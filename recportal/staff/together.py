"""Several records written together: all of them, or none and every reason."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from recportal.documents.faults import Fault, faults_of, refuse, say
from recportal.documents.text import shown


def write_together(records: Iterable[Any], write: Callable[[Any], object]) -> None:
    """Call ``write`` for each record in one transaction. Raises ``ValidationError`` with every reason, each
    with its record's name in front, when one is refused; then nothing is written.

    The records are locked in the order of their ids, so that two who write never wait for each other.
    """
    refused: list[Fault] = []
    with transaction.atomic():
        for record in sorted(records, key=lambda each: (getattr(each, "community_id", 0), each.pk)):
            name = shown(str(record))  # before a deletion takes the id away
            try:
                write(record)
            except ValidationError as error:
                refused += [
                    Fault(say("%(record)s: %(text)s", record=name, text=fault.text), fault.code)
                    for fault in faults_of(error)
                ]
        refuse(refused)
