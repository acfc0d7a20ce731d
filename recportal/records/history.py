"""The history of a record: who, when, through which door, why, and which places changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.db import connection, models
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from recportal.documents.paths import ABSENT, Difference, differences

from .changes import current_change

#: The columns, of any record class, that a write computes from others.
DERIVED: Final = ("search_text", "user_id_compared")

_BATCH = 2000
#: What a change is not about: what every write moves.
BOOKKEEPING: Final = {"id", "version", "created_at", "updated_at", *DERIVED}


class HistoryEntry(models.Model):
    """What each row of history has beside the record as it was."""

    history_door = models.CharField(_("door"), max_length=20, default="shell")

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Nothing for a deletion that ``record_in_bulk`` has recorded (see ``deletions_recorded``)."""
        made_from = type(self).instance_type  # type: ignore[attr-defined]  # simple_history's
        if self.history_type != "-" or made_from is not _recorded.get():  # type: ignore[attr-defined]
            super().save(*args, **options)


_recorded: ContextVar[type[models.Model] | None] = ContextVar("recorded", default=None)


@contextmanager
def deletions_recorded(model: type[models.Model]) -> Iterator[None]:
    """Inside, deletions of this model's records add no rows of history, since they are there already."""
    token = _recorded.set(model)
    try:
        yield
    finally:
        _recorded.reset(token)


def keep_history() -> HistoricalRecords:
    """The history manager of a record class. Derived columns are left out."""
    return HistoricalRecords(
        inherit=True,
        bases=[HistoryEntry],
        excluded_fields=[*DERIVED],
        # The package's own is of 32 bits, and each change of each record takes one.
        history_id_field=models.BigAutoField(),
        history_change_reason_field=models.CharField(max_length=500, default="", blank=True),
        user_db_constraint=False,
    )


@receiver(pre_create_historical_record)
def _record_circumstances(sender: Any, history_instance: Any, **_rest: Any) -> None:
    made = current_change()
    history_instance.history_user = made.user
    history_instance.history_door = made.door
    history_instance.history_change_reason = made.reason


def record_in_bulk(records: Iterable[models.Model], what: Literal["+", "~", "-"]) -> None:
    """Rows of history for records that are written in bulk, with the circumstances of the current change.

    Created (``+``) and changed (``~``) records are recorded after the write, and those to be deleted (``-``)
    before it: the database copies the rows that it has, so that history says what is stored, and nothing
    travels twice.
    """
    by_model: dict[type[models.Model], list[int]] = {}
    for record in records:
        by_model.setdefault(type(record), []).append(record.pk)
    for model, ids in by_model.items():
        for start in range(0, len(ids), _BATCH):
            _copy_rows(model, ids[start : start + _BATCH], what)


def _copy_rows(model: type[models.Model], ids: list[int], history_type: str) -> None:
    made = current_change()
    history: type[models.Model] = model.history.model  # type: ignore[attr-defined]
    circumstances = {
        "history_date": timezone.now(),
        "history_type": history_type,
        "history_user": made.user.pk if made.user else None,
        "history_change_reason": made.reason,
        "history_door": made.door,
    }
    added = [history._meta.get_field(name) for name in circumstances]
    values = [
        column.get_db_prep_save(value, connection)  # type: ignore[union-attr]  # a column, never a reverse relation
        for column, value in zip(added, circumstances.values(), strict=True)
    ]
    quote = connection.ops.quote_name
    kept = ", ".join(quote(column.column) for column in history.tracked_fields)  # type: ignore[attr-defined]
    names = ", ".join(quote(str(column.column)) for column in added)  # type: ignore[union-attr]
    blanks = ", ".join(["%s"] * len(values))
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(history._meta.db_table)} ({kept}, {names}) "  # noqa: S608  # names of our own columns
            f"SELECT {kept}, {blanks} FROM {quote(model._meta.db_table)} WHERE id IN ({places}) ORDER BY id",
            [*values, *ids],
        )


def tracked_values(record: models.Model) -> dict[str, Any]:
    """What a record says, column by column, without bookkeeping. Works on rows of history as well."""
    model = getattr(record, "instance_type", type(record))
    return {
        column.attname: getattr(record, column.attname)
        for column in model._meta.concrete_fields
        if column.name not in BOOKKEEPING
    }


@dataclass(frozen=True)
class Entry:
    """One line of a record's history, as it is shown."""

    row: Any
    differences: list[Difference] = field(default_factory=list)

    @property
    def made(self) -> bool:
        return bool(self.row.history_type == "+")

    @property
    def gone(self) -> bool:
        return bool(self.row.history_type == "-")


def entries(rows: Iterable[Any]) -> Iterator[Entry]:
    """Rows of one record's history, newest first, each with what it changed against the one before."""
    later = None
    for row in rows:
        if later is not None:
            yield Entry(later, _between(row, later))
        later = row
    if later is not None:
        yield Entry(later)


def _between(before: Any, after: Any) -> list[Difference]:
    return list(differences(tracked_values(before), tracked_values(after)))


def differences_of(before: models.Model | None, after: models.Model) -> list[Difference]:
    """What a write of ``after`` changes; for a new record, everything that it says."""
    old = tracked_values(before) if before else {}
    return [
        each
        for each in differences(old, tracked_values(after))
        if before or each.after not in ("", None, {}, [], ABSENT)
    ]
