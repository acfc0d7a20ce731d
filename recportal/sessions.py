"""Sessions that a copy of the database does not give away: they hold codes to sign in with."""

from typing import Any

from django.core.signing import JSONSerializer

from recportal.cipher import cipher


class EncryptedSerializer:
    """A session as encrypted JSON (``SESSION_SERIALIZER``).

    Django takes what cannot be read, such as a session of another secret key, for an empty session.
    """

    def dumps(self, obj: Any) -> bytes:
        return cipher("session").encrypt(JSONSerializer().dumps(obj))

    def loads(self, data: bytes) -> Any:
        return JSONSerializer().loads(cipher("session").decrypt(data))
