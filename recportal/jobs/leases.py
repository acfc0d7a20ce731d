"""How a worker takes a row of work: by one conditional UPDATE, for as long as a lease."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Model
from django.utils import timezone

logger = logging.getLogger(__name__)

#: Pauses before the next try, after the first, second … failed one; then the last one each time. In seconds.
PAUSES: Final = (10, 30, 60, 300, 900, 3600)


def take(row: Model, seen: datetime, lease: timedelta) -> bool:
    """Whether the waiting ``row``, which was due at ``seen``, is ours now, until the lease ends.

    A worker that is killed never gives it back. Then it is due again at the end of the lease.
    """
    waiting = type(row)._default_manager.filter(pk=row.pk, state="waiting", next_try_at=seen)
    return bool(waiting.update(next_try_at=timezone.now() + lease, attempts=F("attempts") + 1))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return timedelta(seconds=PAUSES[min(attempts, len(PAUSES)) - 1])


def give_back(row: Any, fault: str) -> None:
    """Let a row that was taken wait for its next try."""
    due = timezone.now() + pause(row.attempts)
    type(row)._default_manager.filter(pk=row.pk, state="waiting").update(next_try_at=due, fault=fault)


def finish(row: Any, state: str, fault: str = "", **values: Any) -> None:
    """Note what came of a row that was taken."""
    if state == "failed":
        logger.error("A piece of work has failed for good. Its row says at which place.")
    type(row)._default_manager.filter(pk=row.pk).update(
        state=state, fault=fault, finished_at=timezone.now(), **values
    )
