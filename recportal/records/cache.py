"""The shared cache, which says so when the database does not take what it is given."""

from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, connections, router, transaction

from .outages import outage_of


class SharedCache(DatabaseCache):
    """Django's own takes every error of a write for a race that another process has won.

    Limits are counted here: with a database that is full or read-only, everybody would be told that they
    tried too often.
    """

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = None) -> bool:
        met: list[DatabaseError] = []

        def watch(execute: Any, *statement: Any) -> Any:
            try:
                return execute(*statement)
            except DatabaseError as error:
                met.append(error)
                raise

        database = router.db_for_write(self.cache_model_class)
        wrappers = connections[database].execute_wrappers
        # A full disk shows at the commit, which by this is not Django's own.
        with transaction.atomic(using=database):
            wrappers.insert(0, watch)
            try:
                done = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]  # not in the stubs
            finally:
                wrappers.remove(watch)
            for error in met:
                if outage_of(error):
                    raise error
        return done
