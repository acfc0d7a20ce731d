"""The shared cache: its keys, and what it says when the database does not take what it is given."""

import hashlib
from typing import Any, Final

from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, connections, router, transaction

from .outages import outage_of

#: The table has room for 255 characters.
_LONGEST: Final = 200


def plain_key(key: str, key_prefix: str, version: int) -> str:
    """A key as Django makes it; in place of one that is long or odd, its digest.

    allauth makes keys of what an identity provider says, and no length or character of it must be an error.
    """
    if len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        key = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{key_prefix}:{version}:{key}"


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
