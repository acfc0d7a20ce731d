"""The abstract record: keys, versions, history, and the one way in which anything is written."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, Final, Self

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Path, Text, refuse
from recportal.documents.paths import Difference, named, untouched

from .another import ANOTHER, Another, Identity, is_another, is_asked
from .columns import check_column, is_unchanged, known_choice
from .fields import KeyField, fold
from .history import DERIVED, differences_of, keep_history

#: Columns that the write path itself fills in.
_OWN_COLUMNS = {"id", "version", "created_at", "updated_at", *DERIVED}

#: The next key follows so many of the newest ones.
_SHOWING_THE_WAY: Final = 1000
_MOST_DIGITS: Final = 18
_NUMBERED: Final = re.compile(rf"(.{{0,100}}?)([0-9]{{1,{_MOST_DIGITS}}})")
_NUMBER: Final = re.compile(rf"[0-9]{{1,{_MOST_DIGITS}}}")


class ChangedMeanwhile(Fault):
    """The record is not any more what the caller saw, which was version ``seen``: it is ``stored`` now."""

    def __init__(self, stored: "Record", seen: int) -> None:
        self.stored = stored
        self.seen = seen
        super().__init__(_("Somebody else changed this record in the meantime."), "changed_meanwhile")

    def since(self) -> list[Any]:
        """The rows of history that the caller has not seen, newest first, down to the one that the caller
        saw.
        """
        rows = self.stored.history.filter(version__gte=self.seen)
        return list(rows.select_related("history_user").order_by("-version", "-history_id"))


class Record(models.Model):
    """What a community, a member and an asset have in common.

    ``save()`` locks, validates, bumps ``version``, keeps history and, by ``after_write``, what hangs on the
    record; all in one transaction, whichever door calls it. Raises ``ValidationError`` with ``Fault`` errors
    and writes nothing when a rule is broken.
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

    #: Columns that hold one value for good: column → (message, code).
    fixed_columns: ClassVar[dict[str, tuple[Text, str]]] = {}
    #: The code with which an update that would make another person or thing of the record is refused.
    another: ClassVar[str] = ""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        name = getattr(self, "name", "")
        return f"{name} ({self.key})" if name and name != self.key else self.key

    # Writing

    def save(self, *, seen: int | None = None, around: Any = None, **options: Any) -> None:
        """Write the record, or raise ``ValidationError``, write nothing and leave the object as it was.

        ``seen`` is the version that the caller has seen; when the stored one is another, ``ChangedMeanwhile``
        is raised. ``around`` answers the rules' questions in place of the database. The whole record is
        written, also with ``update_fields``. A record that says nothing new is left alone: no version, no
        history.
        """
        options.pop("update_fields", None)
        with self._as_before_if_refused(), transaction.atomic():
            self.lock()
            stored = self._stored_and_locked(seen)
            if stored is None and not str(self.key or "").strip():
                self._read_choices()
                self.key = self.propose_key()
            refuse(self.faults(stored, around))
            if stored and not differences_of(stored, self):
                self.version, self.updated_at = stored.version, stored.updated_at
                return
            self.stamp(stored)
            try:
                with transaction.atomic():
                    super().save(**options)
                    self.after_write(stored)
            except IntegrityError:
                # Somebody was faster. Seen now, it is a fault with a code.
                refuse(self.faults(stored, around))
                raise

    def delete(
        self, using: str | None = None, keep_parents: bool = False, *, seen: int | None = None
    ) -> tuple[int, dict[str, int]]:
        """Delete the record; raises ``ValidationError`` when something hangs on it. ``seen`` as in
        ``save()``.
        """
        with transaction.atomic():
            self.lock()
            self._stored_and_locked(seen)
            refuse(self.deletion_rules())
            return super().delete(using, keep_parents)

    def stamp(self, stored: Self | None) -> None:
        """The bookkeeping of a write: version, times, words to search."""
        self.version = stored.version + 1 if stored else 1
        self.updated_at = timezone.now()
        self.created_at = stored.created_at if stored else self.updated_at
        words = (word for word in self.searchable() if word and isinstance(word, str))
        self.search_text = fold("\n".join(words))

    @contextmanager
    def _as_before_if_refused(self) -> Iterator[None]:
        values, state = dict(self.__dict__), dict(self._state.__dict__)
        relations = dict(self._state.fields_cache)
        try:
            yield
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(values)
            self._state.__dict__.clear()
            self._state.__dict__.update(state)
            self._state.fields_cache = relations
            raise

    def _stored_and_locked(self, seen: int | None) -> Self | None:
        if self.pk is None:
            return None
        stored = type(self)._base_manager.select_for_update(no_key=True).filter(pk=self.pk).first()
        if stored is None:
            if self._state.adding:
                return None
            refuse([Fault(_("This record has been deleted in the meantime."), "gone")])
        elif seen is not None and stored.version != seen:
            refuse([ChangedMeanwhile(stored, seen)])
        return stored

    # What a record class says of itself

    def lock(self) -> None:
        """Lock the row of the record's community, which every write takes first."""
        raise NotImplementedError

    def siblings(self) -> "models.QuerySet[Any]":
        """The records among which the key is unique."""
        raise NotImplementedError

    def key_examples(self) -> "models.QuerySet[Any]":
        """The records whose keys show what the next one looks like."""
        return self.siblings()

    def first_key(self) -> tuple[str, str]:
        """The prefix and the number of the first key, when no sibling shows the way: ``("m-", "0001")``."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Put columns in order before they are checked."""

    def rules(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        """The faults that a look at other records shows.

        ``stored`` is the record as it is in the database, ``around`` answers questions about other records
        (None: ask the database), ``unsound`` names the columns that are faulty already and not worth reading.
        What is not in it may still hold old faults, below the column's own JSON type.
        """
        return iter(())

    def identity(self, said: Mapping[str, Any] | None = None) -> Identity:
        """The codes by which the record is known again; ``said``: only those in what a file gives."""
        return Identity()

    def deletion_rules(self) -> Iterator[Fault]:
        """What speaks against deleting the record."""
        return iter(())

    def searchable(self) -> Iterator[Any]:
        """The words by which the record is found. What is no text, as an old fault may be, is left out."""
        yield self.key

    def after_write(self, stored: Self | None) -> None:
        """Keep what hangs on the record in step, in the transaction of the write."""

    # Validation

    def stored(self) -> Self | None:
        """The record as the database has it, None for a new one."""
        return type(self)._base_manager.filter(pk=self.pk).first() if self.pk is not None else None

    def changes(self) -> list[Difference]:
        """What saving the record would change."""
        return differences_of(self.stored(), self)

    def faults(self, stored: Self | None, around: Any = None) -> list[Fault]:
        """Everything that speaks against storing the record as it is now.

        Puts the values in order on the way (trims, leaves out known keys with null). A fault that is stored
        already and that this write does not touch is no reason to refuse it.
        """
        self.prepare()
        found: list[Fault] = []
        for column in _checked_columns(type(self)):
            value = getattr(self, column.attname)
            if stored is not None and is_unchanged(getattr(stored, column.attname), value):
                continue
            value, faults = check_column(column, value, self)
            setattr(self, column.attname, value)
            if faults:
                found += faults if stored is None else _new_faults(column, faults, value, stored)
        found += self._key_faults(stored, around, {fault.column for fault in found})
        found += self._fixed_faults(stored)
        found += self.rules(stored, around, {fault.column for fault in found})
        if stored is not None and around is None:
            found += self.another_faults(stored)
        return found

    def another_faults(self, stored: Self, said: Mapping[str, Any] | None = None) -> Iterator[Fault]:
        """Whether the write would make another person or thing of the record (see ``another.asking``).

        A file that is merged into what is stored says who the record is by what it names itself (``said``):
        the codes that it leaves as they are prove nothing.
        """
        before, after = getattr(stored, "name", ""), getattr(self, "name", "")
        if before in (after, stored.key) or not isinstance(after, str) or not is_asked(self.another):
            return  # a key in place of a name names nobody
        if is_another(before, stored.identity(), after, self.identity(said)):
            yield Another(ANOTHER[self.another], self.another, before, after)

    def _key_faults(self, stored: Self | None, around: Any, unsound: Collection[str]) -> Iterator[Fault]:
        if stored:
            if self.key != stored.key:
                message = _("A key never changes: files and tools know the record by it.")
                yield Fault(message, "key_immutable", ("key",))
        elif self.key and around is None and "key" not in unsound and self._is_key_taken():
            yield Fault(_("This key is taken."), "key_taken", ("key",))

    def _fixed_faults(self, stored: Self | None) -> Iterator[Fault]:
        for column, (message, code) in self.fixed_columns.items():
            if stored and getattr(stored, column) != getattr(self, column):
                yield Fault(message, code, (column.removesuffix("_id"),))

    def full_clean(
        self,
        exclude: Iterable[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """All rules at once, for forms: raises ``ValidationError`` keyed by column; ``exclude`` as Django has
        it.
        """
        left_out = set(exclude or ()) - {NON_FIELD_ERRORS}
        refuse(fault for fault in self.faults(self.stored()) if fault.column not in left_out)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Nothing: ``faults()`` has said it, with a code of its own."""

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Nothing: ``faults()`` has said it, with a code of its own."""

    # Keys

    def _is_key_taken(self, key: str | None = None) -> bool:
        return bool(self.siblings().filter(key=key or self.key).exists())

    def propose_key(self) -> str:
        """A key that is free: the next number of the series that most of the newest siblings belong to.

        It differs from every other key by more than case and zeros.
        """
        newest = self.key_examples().order_by("-pk").values_list("key", flat=True)
        prefix, width, number = self._series(newest[:_SHOWING_THE_WAY]) or self._first_series()
        number += 1
        if self._is_key_like(prefix, number):
            number = self._highest_number(prefix) + 1
        return f"{prefix}{number:0{width}}"

    def _series(self, keys: Iterable[str]) -> tuple[str, int, int] | None:
        """The prefix that most of these keys have before a number, and the number of digits and the highest
        number that they have there; None where none ends in a number.
        """
        series: dict[str, list[str]] = {}
        for key in keys:
            match = _NUMBERED.fullmatch(key)
            if match:
                series.setdefault(match[1], []).append(match[2])
        if not series:
            return None
        prefix, numbers = max(series.items(), key=lambda each: len(each[1]))  # of several, the newest
        width = Counter(map(len, numbers)).most_common(1)[0][0]
        return prefix, width, max(map(int, numbers))

    def _first_series(self) -> tuple[str, int, int]:
        prefix, digits = self.first_key()
        return prefix, len(digits), int(digits) - 1

    def _is_key_like(self, prefix: str, number: int) -> bool:
        """Whether a sibling's key is this one but for case and zeros in front of the number."""
        spellings = [f"{prefix}{number:0{width}}".lower() for width in range(1, _MOST_DIGITS + 1)]
        alike = self.siblings().alias(folded=Lower("key")).filter(folded__in=spellings)
        return bool(alike.exists())

    def _highest_number(self, prefix: str) -> int:
        keys = self.siblings().filter(key__istartswith=prefix).values_list("key", flat=True)
        numbers = (key[len(prefix) :] for key in keys.iterator())
        return max((int(number) for number in numbers if _NUMBER.fullmatch(number)), default=0)

    def _read_choices(self) -> None:
        """Know the choices in words of any language, as a proposed key depends on them."""
        for column in _checked_columns(type(self)):
            if column.choices:
                setattr(self, column.attname, known_choice(column, getattr(self, column.attname)))


@cache
def _checked_columns(model: type[Record]) -> list[Any]:
    """The columns that can be judged by themselves; foreign keys are the rules' business."""
    return [
        column
        for column in model._meta.concrete_fields
        if not column.is_relation and column.name not in _OWN_COLUMNS
    ]


def _new_faults(column: Any, faults: list[Fault], value: Any, stored: Record) -> list[Fault]:
    """Those of a column's faults that are not stored already, or whose value this write touches."""
    before, was_faulty = check_column(column, getattr(stored, column.attname), stored)
    old = Counter(_mark(fault, before) for fault in was_faulty)
    fresh = []
    for fault in faults:
        mark = _mark(fault, value)
        if old[mark] and untouched(fault.path[1:], before, value):
            old[mark] -= 1
        else:
            fresh.append(fault)
    return fresh


def _mark(fault: Fault, document: Any) -> tuple[str, Path]:
    """What is wrong and where, wherever in a list the place has moved."""
    return fault.code, named(fault.path[1:], document)
