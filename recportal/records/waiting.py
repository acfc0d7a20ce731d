"""How long a write waits for those before it, and how many threads do so at one time.

Nobody who saves a form waits for more than `LOCK_SECONDS`, at however many locks; an import that has been
started, and a command, for `PATIENT_LOCK_SECONDS` at each. Within a process that answers requests, half of
the threads at most wait at one time: the others answer what needs no lock. A statement for which no place is
left raises `NoPlaceLeft` at once, which is answered as any other busy database is.

The one place is the statement that takes a lock, whichever code sends it: on SQLite the begin of a writing
transaction, on PostgreSQL a write or `SELECT … FOR UPDATE`.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

#: Seconds after which a statement is known to wait, and not just to be at work.
_WORK: Final = 0.2
#: Seconds for which every statement may wait, also when its request has waited for all of its time.
_LEAST: Final = 0.1
#: Seconds during which a statement waits for a place at most, while those that have one come and go.
_QUEUE: Final = 1.0

_WRITES: Final = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|LOCK|ALTER|CREATE|DROP|TRUNCATE|REPLACE)\b", re.IGNORECASE
)
_LOCKS_ROWS: Final = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b[\w\s\".,]*$")


class NoPlaceLeft(OperationalError):
    """As many threads as may wait for a lock do so already."""


class Places:
    """So many threads at one time may be at a statement that waits."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._changed = threading.Condition()
        #: When those that have a place came to it.
        self._since: list[float] = []

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have a place inside. Raises `NoPlaceLeft` once all places are taken by statements that wait."""
        with self._changed:
            until = time.monotonic() + _QUEUE
            while len(self._since) >= self._number:
                patience = min(until, max(self._since) + _WORK) - time.monotonic()
                if patience <= 0:
                    raise NoPlaceLeft("As many threads as may wait for a lock do so already.")
                self._changed.wait(patience)
            since = time.monotonic()
            self._since.append(since)
        try:
            yield
        finally:
            with self._changed:
                self._since.remove(since)
                self._changed.notify()


@dataclass(frozen=True)
class _Waiting:
    seconds: float
    #: Whether this is one of the threads that answer requests, and needs a place.
    serving: bool = False
    #: How long each statement of the request that was more than at work has taken.
    waits: list[float] = field(default_factory=list, compare=False)

    @property
    def left(self) -> float:
        """What is left for the next statement: who saves waits for so long in all, not at every lock."""
        if not self.waits or self.seconds > settings.LOCK_SECONDS:
            return self.seconds
        return min(self.seconds, max(_LEAST, self.seconds - sum(self.waits)))


_places = Places(max(1, settings.WEB_THREADS // 2))
_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


def _current() -> _Waiting:
    """What holds now: outside of requests, commands are patient."""
    return _waiting.get() or _Waiting(settings.PATIENT_LOCK_SECONDS)


@contextmanager
def _as(waiting: _Waiting) -> Iterator[None]:
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)


def serving() -> Any:
    """Statements inside answer a request: they wait for a short time, and only if there is a place."""
    return _as(_Waiting(settings.LOCK_SECONDS, serving=True))


def waiting(seconds: float) -> Any:
    """Statements inside wait for a lock as long as this, whatever holds outside."""
    return _as(replace(_current(), seconds=seconds))


def patient() -> Any:
    """Statements inside belong to an import: it may wait longer than somebody who saves a form."""
    return waiting(settings.PATIENT_LOCK_SECONDS)


def _guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Django's wrapper around each statement."""
    connection: BaseDatabaseWrapper = context["connection"]
    current = _current()
    if not isinstance(sql, str) or not _may_wait(connection, sql, current):
        return execute(sql, params, many, context)
    with _waits(connection, current.left):
        if not current.serving:
            return execute(sql, params, many, context)
        with _places.taken():
            began = time.monotonic()
            try:
                return execute(sql, params, many, context)
            finally:
                if (took := time.monotonic() - began) > _WORK:
                    current.waits.append(took)


def _may_wait(connection: BaseDatabaseWrapper, sql: str, current: _Waiting) -> bool:
    if connection.vendor == "sqlite":
        # Within a transaction that writes, nobody is before us.
        if sql.startswith("BEGIN "):
            return sql != "BEGIN DEFERRED"
        return connection.get_autocommit() and bool(_WRITES.match(sql))
    # The bulk statements of an import come after its lock, and take long because they do much.
    works = current.serving and current.seconds > settings.LOCK_SECONDS
    return bool(_LOCKS_ROWS.search(sql[-200:])) or (not works and bool(_WRITES.match(sql)))


@contextmanager
def _waits(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """The engine waits so long inside. Its own time is that of `LOCK_SECONDS`, which needs no word."""
    if seconds == settings.LOCK_SECONDS:
        yield
    elif connection.vendor == "sqlite":
        raw: Any = connection.connection
        (before,) = raw.execute("PRAGMA busy_timeout").fetchone()
        raw.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
        try:
            yield
        finally:
            raw.execute(f"PRAGMA busy_timeout = {before}")
    else:
        raw = connection.connection
        local = connection.in_atomic_block
        # A connection that was lost must be an error of Django's: others are not looked for.
        with connection.wrap_database_errors:
            raw.execute(f"SET {'LOCAL' if local else 'SESSION'} lock_timeout = {round(seconds * 1000)}")
        try:
            yield
        finally:
            with connection.wrap_database_errors:
                _end_of_waiting(raw, local, seconds)


def _end_of_waiting(raw: Any, local: bool, seconds: float) -> None:
    """Patience lasts until the end of the transaction. Impatience must not, and ends with its savepoint where
    the statement failed.
    """
    status = raw.info.transaction_status
    if not local and status == TransactionStatus.IDLE:
        raw.execute("RESET lock_timeout")
    elif local and seconds < settings.LOCK_SECONDS and status == TransactionStatus.INTRANS:
        raw.execute(f"SET LOCAL lock_timeout = {settings.LOCK_SECONDS * 1000}")


def _watch(connection: BaseDatabaseWrapper, **_others: Any) -> None:
    if _guard not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _guard)


connection_created.connect(_watch, dispatch_uid="recportal.records.waiting")
