"""Encryption of what the database must keep and nobody may read in a copy of it."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes

__all__ = ["InvalidToken", "cipher"]


def cipher(purpose: str) -> MultiFernet:
    """Encrypts with a key derived from ``SECRET_KEY``, and reads what its fallbacks have encrypted, too.

    Each purpose has keys of its own: a text of one is ``InvalidToken`` for another.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    salt = f"recportal {purpose}\0".encode()
    digests = [hashlib.sha256(salt + force_bytes(key)).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
