"""Who changes something, through which door, and why: said once, and found in the history of everything that is saved."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recportal.accounts.models import User


@dataclass(frozen=True)
class Change:
    """The circumstances of a write. ``door`` is one word: admin, api, import, page, command, shell."""

    user: "User | None" = None
    door: str = "shell"
    reason: str = ""


_current: ContextVar[Change] = ContextVar("change", default=Change())


def current_change() -> Change:
    return _current.get()


@contextmanager
def change(user: "User | None", door: str, reason: str = "") -> Iterator[Change]:
    """Everything that is saved inside is recorded as done by ``user`` through ``door``, for ``reason``.

    A reason of more than 500 characters is cut.
    """
    made = Change(user, door, reason[:500])
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)
