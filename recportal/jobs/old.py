"""Deleting rows that have served: a bounded number at a time, so that nothing waits for it."""

from typing import Any, Final

from django.db.models import QuerySet

#: Rows that one sweep deletes; the next one goes on.
MOST_AT_ONCE: Final = 1000


def delete_some(old: QuerySet[Any]) -> None:
    """Delete the first of these rows."""
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    if ids:
        old.model._base_manager.filter(pk__in=ids).delete()
