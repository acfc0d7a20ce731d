"""The one loop of the process beside the web server (``manage.py work``)."""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

logger = logging.getLogger(__name__)

#: Seconds between two looks for work while there is none.
IDLE: Final = 1.0
#: Seconds between two looks for what is old and can be deleted.
HOUSEKEEPING: Final = 600.0
#: Seconds to wait for a database that is locked or away: the first time, and at most.
WAIT: Final = (0.5, 10.0)


class Source(Protocol):
    """Does the next piece of work of its kind, if one is due; whether there was one."""

    def __call__(self, lease: timedelta | None = None) -> bool: ...


@dataclass
class _Sweep:
    run: Callable[[], None]
    every: float
    last: float = -math.inf


_sources: list[tuple[int, Source]] = []
_sweeps: list[_Sweep] = []
_stopped = threading.Event()


def register(source: Source, rank: int) -> None:
    """Let the loop ask this source, too; one of a lower ``rank`` is always asked first."""
    _sources.append((rank, source))
    _sources.sort(key=lambda each: each[0])


def register_sweep(sweep: Callable[[], None], every: float = HOUSEKEEPING) -> None:
    """Let the loop call ``sweep`` every so many seconds. It does a bounded amount of work each time."""
    _sweeps.append(_Sweep(sweep, every))


def patiently(write: Callable[..., None], *args: Any, **options: Any) -> None:
    """Write down what came of some work, however long the database is locked or away.

    Forgotten, the work would be done once more. A worker that is told to stop gives up after a last try.
    """
    wait = WAIT[0]
    while True:
        try:
            return write(*args, **options)
        except (DatabaseError, InterfaceError):
            if connection.in_atomic_block or _stopped.is_set():
                raise
            _recover(wait)
            wait = min(wait * 2, WAIT[1])


def _recover(wait: float) -> None:
    """A lost connection is opened anew; the loop goes on whatever the database said."""
    logger.warning("The database does not answer the worker; it waits.")
    connection.close()
    _stopped.wait(wait)


def work(lease: timedelta | None = None, *, once: bool = False) -> None:
    """Do what is due, again and again until a signal says stop; with ``once`` until nothing is due."""
    _stopped.clear()
    if not once:
        _listen()
    wait = WAIT[0]
    while not _stopped.is_set():
        try:
            _keep_house(everything=once)
            worked = _one(lease)
            wait = WAIT[0]
        except (DatabaseError, InterfaceError):
            if once:
                raise
            _recover(wait)
            wait = min(wait * 2, WAIT[1])
            continue
        if worked:
            continue
        if once:
            return
        close_old_connections()
        _stopped.wait(IDLE)


def _one(lease: timedelta | None) -> bool:
    """One piece of work, of the first source that has one."""
    return any(source(lease) for _rank, source in _sources)


def _keep_house(*, everything: bool) -> None:
    """Call the sweeps that are due."""
    for sweep in _sweeps:
        now = time.monotonic()
        if everything or now - sweep.last >= sweep.every:
            sweep.last = now
            sweep.run()


def _listen() -> None:
    """What runs is brought to its end at SIGTERM and SIGINT, and nothing else is begun."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: _stopped.set())
