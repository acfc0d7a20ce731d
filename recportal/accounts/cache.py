"""The shared cache's keys."""

import hashlib
from typing import Final

#: The table has room for 255 characters.
_LONGEST: Final = 200


def plain_key(key: str, key_prefix: str, version: int) -> str:
    """A key as Django makes it; in place of one that is long or odd, its digest.

    allauth makes keys of what an identity provider says, and no length or character of it must be an error.
    """
    if len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        key = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{key_prefix}:{version}:{key}"
