"""Remarks on records that are valid but look wrong: shown, never in the way of a write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text, dotted, say
from recportal.documents.field import documents_of
from recportal.documents.text import shown
from recportal.documents.vocabulary import unusual_words
from recportal.text import has_look_alikes

if TYPE_CHECKING:
    from .models import Record


@dataclass(frozen=True)
class Notice:
    """One remark: a stable ``code``, a sentence, and the place, such as ``delivery_points[0].id``."""

    code: str
    message: Text
    path: str = ""


def notice(code: str, message: Text, *path: str | int) -> Notice:
    """A notice at ``path``: the column, then keys and indexes."""
    return Notice(code, message, dotted(path))


def document_notices(record: "Record", *, but: tuple[str, ...] = ()) -> Iterator[Notice]:
    """What the schemas have to say about the stored documents of a record.

    Words that a vocabulary does not suggest (``unusual_word``), and faults that were stored before the schema
    knew them, under their own codes: a write that does not touch them is not refused, so they are said here.
    Faults in the columns of ``but`` are not looked for: a megabyte takes seconds, and ``check_registry``
    looks there.
    """
    for field in documents_of(record):
        document = getattr(record, field.attname)
        schema = field.schema_of(record)
        if not document or schema is None:
            continue
        if field.name not in but:
            for fault in field.check_document(document, record)[1]:
                yield Notice(fault.code or "invalid", fault.text, dotted(fault.path))
        for unusual in unusual_words(schema, document):
            message = say(
                _("“%(word)s” is an unusual word for “%(property)s”."),
                word=shown(unusual.word),
                property=_(unusual.title),
            )
            yield notice("unusual_word", message, field.name, *unusual.path)


def look_alikes(value: object, *path: str | int) -> Iterator[Notice]:
    """A notice when letters of two alphabets stand in one id: they look alike, and are two for a computer."""
    if isinstance(value, str) and has_look_alikes(value):
        message = _("This id mixes letters of two alphabets: please type it again.")
        yield notice("look_alikes", message, *path)


def future_date(value: object, today: date, *path: str | int) -> Iterator[Notice]:
    """A notice when ``value``, a date as documents hold it, is after ``today``."""
    day = as_date(value)
    if day and day > today:
        yield notice("date_in_future", _("This date lies in the future."), *path)


def as_date(value: object) -> date | None:
    """The date that a document holds as text; None for anything else, which is not a notice's business."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
