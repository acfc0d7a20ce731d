"""Python's search for cyclic garbage, kept to what is new while a large file is at work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

#: Containers made before the newest are searched, and how often before the older ones are.
_MEANWHILE: Final = (50_000, 10_000, 10_000)
_usual = gc.get_threshold()
_lock = Lock()
_at_work = 0


@contextmanager
def garbage_left_alone() -> Iterator[None]:
    """No search through what has been there for a while; also a decorator.

    With hundreds of thousands of live objects and no cycles among them, the full search takes a third of
    reading a file, half of an import, and finds nothing. Not to search at all would keep every error that is
    made and thrown away, since Django's ``ValidationError`` holds itself: gigabytes for a hostile file.
    """
    global _at_work, _usual
    with _lock:
        _at_work += 1
        if _at_work == 1:
            _usual = gc.get_threshold()
            gc.set_threshold(*_MEANWHILE)
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            if not _at_work:
                gc.set_threshold(*_usual)
