"""The OpenID Connect provider of the installation, as allauth wants it described."""

import hashlib
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """All that the provider said of a person, in the token and on asking; the signed token wins."""
    return {**data.get("userinfo", {}), **data.get("id_token", {})}


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """Knows a person by issuer and subject: a subject alone may be somebody else at another issuer."""

    package = "allauth.socialaccount.providers.openid_connect"

    def extract_uid(self, data: dict[str, Any]) -> str:
        """A digest of (issuer, subject): a subject may be longer than allauth's column for it."""
        told = [part["sub"] for part in (data.get("id_token"), data.get("userinfo")) if part]
        if not told or not all(isinstance(subject, str) and subject == told[0] for subject in told):
            # OpenID Connect Core 1.0, 5.3.2: an answer about another subject must not be used.
            raise OAuth2Error("The provider speaks of two subjects, or of none.")
        assert settings.OIDC is not None
        issuer = data.get("id_token", {}).get("iss") or settings.OIDC.issuer
        return hashlib.sha256(f"{issuer}\n{told[0]}".encode()).hexdigest()
