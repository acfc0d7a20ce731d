"""Who changes something, through which door, and why: said once, found in the history of what is saved."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recportal.documents.text import shown

if TYPE_CHECKING:
    from recportal.accounts.models import User

LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class Change:
    """The circumstances of a write. ``door`` is one word: admin, api, import, page, command, shell."""

    user: "User | None" = None
    door: str = "shell"
    reason: str = ""


_BY_NOBODY = Change()
_current: ContextVar[Change] = ContextVar("change")


def current_change() -> Change:
    return _current.get(_BY_NOBODY)


@contextmanager
def change(user: "User | None", door: str, reason: str = "") -> Iterator[Change]:
    """Everything that is saved inside is recorded as done by ``user`` through ``door``, for ``reason``.

    A reason of more than 500 characters is cut. It may be a stranger's text or the name of a file: characters
    that cannot be shown are replaced.
    """
    nobody = user is None or user.pk is None  # a visitor who has not signed in
    made = Change(None if nobody else user, door, shown(reason, LONGEST_REASON - 1))
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)
