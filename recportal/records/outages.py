"""What a database says when it cannot serve now, though nothing is wrong with what it was asked.

Reads that only note something (when a token was used) go on without the note. All else is answered with 503
and one of four codes, the same for both engines; `/readyz` says which it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text

from .waiting import NoPlaceLeft, waiting

#: Seconds that a note waits for a lock.
_NOTE: Final = 0.05


@dataclass(frozen=True)
class Outage:
    """Why the database does not serve. ``state`` is for the operator, and is not translated."""

    code: str
    state: str
    title: Text
    detail: Text


BUSY: Final = Outage(
    "database_busy",
    "the database is locked",
    _("The register is busy"),
    _("The database could not answer in time. Nothing was changed. Please try again in a moment."),
)
AWAY: Final = Outage(
    "database_unavailable",
    "the database does not answer",
    _("The register is busy"),
    _("The database cannot be reached. Nothing was changed. Please try again in a moment."),
)
READ_ONLY: Final = Outage(
    "database_read_only",
    "the database is read-only",
    _("The register can only be read"),
    _("The database takes no changes at the moment. Nothing was changed. Please try again later."),
)
FULL: Final = Outage(
    "database_full",
    "the database has no room",
    _("The register can only be read"),
    _("The database has no room left. Nothing was changed. Please try again later."),
)

# SQLSTATE codes and classes of PostgreSQL (appendix A of its manual). Busy: too many connections, lock not
# available, deadlock, serialization failure, statement cancelled. Away: connection lost, shutdown, start.
_STATES: Final[dict[str, Outage]] = {
    **dict.fromkeys(("53300", "55P03", "40P01", "40001", "57014"), BUSY),
    **dict.fromkeys(("08", "57P01", "57P02", "57P03", "58030"), AWAY),
    "25006": READ_ONLY,
    "53100": FULL,
}
# The primary codes of SQLite (https://www.sqlite.org/rescode.html). A disk that is full shows as an error of
# input and output, too, when the file beside the database cannot grow.
_CODES: Final[dict[int, Outage]] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: AWAY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
# Those errors of input and output that a write alone meets.
_NO_ROOM: Final = frozenset(
    {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE}
)


def outage_of(error: BaseException | None) -> Outage | None:
    """Which outage a database error tells of; None for an error that trying again does not cure."""
    if isinstance(error, NoPlaceLeft):
        return BUSY
    # Django lets some of the driver's errors pass as they are: closing a server-side cursor raises one.
    cause = error.__cause__ if isinstance(error, DatabaseError | InterfaceError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        # The low byte is the primary code, the rest says more about it.
        return FULL if code in _NO_ROOM else _CODES.get(code & 0xFF)
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        return _STATES.get(cause.sqlstate) or _STATES.get(cause.sqlstate[:2])
    if isinstance(cause, psycopg.OperationalError):
        return AWAY  # the server was not reached, or was lost in the middle of a word
    # "the connection is closed" is all that InterfaceError says when psycopg finds it out before asking.
    return AWAY if isinstance(cause, psycopg.InterfaceError) and "closed" in str(cause) else None


@contextmanager
def noting() -> Iterator[None]:
    """Write a note that a request leaves behind, or leave it out: no read waits or fails for it."""
    savepoint: Any = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with waiting(_NOTE), savepoint:
            yield
    except (DatabaseError, InterfaceError) as error:
        if outage_of(error) is None:
            raise
