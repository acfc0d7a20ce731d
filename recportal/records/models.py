"""The abstract record: keys, versions, history, and the one way in which anything is written."""

import re
from collections.abc import Collection, Iterator
from typing import Any, Self

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, faults_of, refuse
from recportal.documents.field import DocumentField
from recportal.documents.paths import Difference, untouched

from .fields import KeyField, fold
from .history import differences_of, keep_history

#: Columns that the write path itself fills in.
_OWN_COLUMNS = {"id", "version", "created_at", "updated_at", "search_text"}


class ChangedMeanwhile(Fault):
    """The record is not any more what the caller saw: ``stored`` is what it is, ``seen`` the version that was seen."""

    def __init__(self, stored: "Record", seen: int) -> None:
        self.stored = stored
        self.seen = seen
        super().__init__(_("Somebody else changed this record in the meantime."), "changed_meanwhile")

    def since(self) -> list[Any]:
        """The rows of history that the caller has not seen, newest first, down to the one that the caller saw."""
        rows = self.stored.history.filter(version__gte=self.seen)
        return list(rows.select_related("history_user").order_by("-version", "-history_id"))


class Record(models.Model):
    """What a community, a member and an asset have in common.

    ``save()`` locks, validates, bumps ``version``, keeps history and, by ``after_write``, what hangs on the record; all
    in one transaction, whichever door calls it. Raises ``ValidationError`` with ``Fault`` errors and writes nothing when
    a rule is broken.
    """

    key = KeyField(
        blank=True,
        help_text=_("How files and tools name this record. Empty: one is proposed. It never changes."),
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)
    search_text = models.TextField(default="", blank=True, editable=False)

    history = keep_history()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        name = getattr(self, "name", "")
        return f"{name} ({self.key})" if name and name != self.key else self.key

    # What a record class says of itself

    #: Columns that hold one value for good: column → (message, code).
    fixed_columns: dict[str, tuple[Any, str]] = {}

    def lock(self) -> None:
        """Lock the row of the record's community, which every write takes first."""
        raise NotImplementedError

    def siblings(self) -> "models.QuerySet[Any]":
        """The records among which the key is unique."""
        raise NotImplementedError

    def key_examples(self) -> "models.QuerySet[Any]":
        """The records whose newest key shows what the next one looks like."""
        return self.siblings()

    def first_key(self) -> tuple[str, str]:
        """The prefix and the number of the key that is proposed when no sibling shows the way: ``("m-", "0001")``."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Put columns in order before they are checked."""

    def rules(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        """The faults that a look at other records shows.

        ``stored`` is the record as it is in the database, ``around`` answers questions about other records (None: ask
        the database), ``unsound`` names the columns that are faulty already and not worth reading.
        """
        return iter(())

    def deletion_rules(self) -> Iterator[Fault]:
        """What speaks against deleting the record."""
        return iter(())

    def searchable(self) -> Iterator[str]:
        """The words by which the record is found."""
        yield self.key

    def after_write(self, stored: Self | None) -> None:
        """Keep what hangs on the record in step, in the transaction of the write."""

    # Validation

    def stored(self) -> Self | None:
        """The record as the database has it, None for a new one."""
        if self.pk is None or self._state.adding:
            return None
        return type(self)._base_manager.filter(pk=self.pk).first()

    def faults(self, stored: Self | None, around: Any = None) -> list[Fault]:
        """Everything that speaks against storing the record as it is now.

        Puts the values in order on the way (trims, leaves out known keys with null). A fault that is stored already and
        that this write does not touch is no reason to refuse it.
        """
        self.prepare()
        found = [
            fault for fault in self._column_faults(stored) if not (stored and self._is_old(fault, stored))
        ]
        found += self._key_faults(stored, around)
        found += self._fixed_faults(stored)
        found += self.rules(stored, around, {fault.column for fault in found})
        return found

    def _column_faults(self, stored: Self | None) -> Iterator[Fault]:
        for column in _checked_columns(type(self)):
            value = getattr(self, column.attname)
            if isinstance(column, DocumentField):
                value, found = column.check_document(value, self)
                setattr(self, column.attname, value)
                yield from found
                continue
            if column.blank and value in column.empty_values:
                continue
            try:
                setattr(self, column.attname, column.clean(value, self))
            except ValidationError as error:
                for each in faults_of(error):
                    yield Fault(each.text, each.code or "invalid", (column.name,))

    def _is_old(self, fault: Fault, stored: Self) -> bool:
        """Whether the faulty value was there before and is left as it was."""
        column, *below = fault.path
        return untouched(tuple(below), getattr(stored, str(column)), getattr(self, str(column)))

    def _key_faults(self, stored: Self | None, around: Any) -> Iterator[Fault]:
        if stored:
            if self.key != stored.key:
                yield Fault(
                    _("A key never changes: files and tools know the record by it."),
                    "key_immutable",
                    ("key",),
                )
        elif self.key and around is None and self.siblings().filter(key=self.key).exists():
            yield Fault(_("This key is taken."), "key_taken", ("key",))

    def _fixed_faults(self, stored: Self | None) -> Iterator[Fault]:
        for column, (message, code) in self.fixed_columns.items():
            if stored and getattr(stored, column) != getattr(self, column):
                yield Fault(message, code, (column.removesuffix("_id"),))

    def full_clean(
        self,
        exclude: Collection[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """All rules at once, for forms: raises ``ValidationError`` keyed by column; ``exclude`` as Django has it."""
        left_out = set(exclude or ()) - {NON_FIELD_ERRORS}
        refuse(fault for fault in self.faults(self.stored()) if fault.column not in left_out)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Nothing: ``faults()`` has said it, with a code of its own."""

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Nothing: ``faults()`` has said it, with a code of its own."""

    # Writing

    def save(self, *args: Any, seen: int | None = None, around: Any = None, **options: Any) -> None:
        """Write the record, or raise ``ValidationError`` and write nothing.

        ``seen`` is the version that the caller has seen; when the stored one is another, ``ChangedMeanwhile`` is raised.
        ``around`` answers the rules' questions in place of the database. The whole record is written, also with
        ``update_fields``. A record that says nothing new is left alone: no version, no history.
        """
        options.pop("update_fields", None)
        before = (self.pk, self.version, self.updated_at, self._state.adding)
        try:
            with transaction.atomic():
                self._write(seen, around, args, options)
        except BaseException:
            self.pk, self.version, self.updated_at, self._state.adding = before
            raise

    def _write(self, seen: int | None, around: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.lock()
        stored = self._locked()
        if stored and seen is not None and stored.version != seen:
            refuse([ChangedMeanwhile(stored, seen)])
        if not self.key and not stored:
            self.key = self.propose_key()
        refuse(self.faults(stored, around))
        if stored and not differences_of(stored, self):
            self.version, self.updated_at = stored.version, stored.updated_at
            return
        self.stamp(stored)
        try:
            with transaction.atomic():
                super().save(*args, **options)
                self.after_write(stored)
        except IntegrityError:
            refuse(self.faults(stored, around))  # somebody was faster: seen now, it is a fault with a code
            raise

    def _locked(self) -> Self | None:
        if self.pk is None or self._state.adding:
            return None
        stored = type(self)._base_manager.select_for_update(no_key=True).filter(pk=self.pk).first()
        if stored is None:
            refuse([Fault(_("This record has been deleted in the meantime."), "gone")])
        return stored

    def stamp(self, stored: Self | None) -> None:
        """The bookkeeping of a write: version, times, words to search."""
        self.version = stored.version + 1 if stored else 1
        self.updated_at = timezone.now()
        self.created_at = stored.created_at if stored else self.updated_at
        self.search_text = fold("\n".join(filter(None, self.searchable())))

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the record; raises ``ValidationError`` when something hangs on it."""
        with transaction.atomic():
            self.lock()
            refuse(self.deletion_rules())
            return super().delete(*args, **options)

    def changes(self) -> list[Difference]:
        """What saving the record would change."""
        return differences_of(self.stored(), self)

    def propose_key(self) -> str:
        """A key that is free: the next number after the newest sibling's, with its prefix and padding."""
        siblings = self.siblings()
        newest = self.key_examples().order_by("-pk").values_list("key", flat=True).first() or ""
        match = re.fullmatch(r"(.*?)(\d{1,18})", newest)
        if match:
            prefix, digits = match.groups()
            number = int(digits) + 1
        else:
            prefix, digits = self.first_key()
            number = int(digits)
        while siblings.filter(key=f"{prefix}{number:0{len(digits)}}").exists():
            number += 1
        return f"{prefix}{number:0{len(digits)}}"


_CHECKED: dict[type[Record], list[Any]] = {}


def _checked_columns(model: type[Record]) -> list[Any]:
    """The columns that can be judged by themselves; foreign keys are the rules' business."""
    if model not in _CHECKED:
        _CHECKED[model] = [
            column
            for column in model._meta.concrete_fields
            if not column.is_relation and column.name not in _OWN_COLUMNS
        ]
    return _CHECKED[model]
