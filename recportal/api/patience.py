"""Notes that a request leaves behind, and that are not worth waiting for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection


@contextmanager
def without_waiting() -> Iterator[None]:
    """Leave the block's write out where SQLite's file is taken: a read must not wait for a running import."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        except OperationalError:
            pass
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
