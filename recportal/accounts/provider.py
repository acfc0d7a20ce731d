"""The OpenID Connect provider of the installation, as allauth wants it described."""

import hashlib
import logging
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from recportal.records.outages import noting

logger = logging.getLogger(__name__)

#: How long it is remembered where one signs out, and that the provider did not say; in seconds.
_KEPT: Final = 3600
_KEPT_FAILURE: Final = 60


def sign_out_address(request: HttpRequest, back: str) -> str:
    """The provider's own page for signing out, which leads ``back`` here; empty where it has none.

    OpenID Connect RP-Initiated Logout 1.0, 2. The tokens of a login are not kept, so the provider is told
    the client instead of the token, and may ask the person whether it is meant.
    """
    assert settings.OIDC is not None
    key = f"oidc-end-session:{hashlib.sha256(settings.OIDC.issuer.encode()).hexdigest()}"
    endpoint = None
    with noting():  # to look into the cache removes what is out of date
        endpoint = cache.get(key)
    if endpoint is None:
        endpoint = _end_session_endpoint(request)
        with noting():
            cache.set(key, endpoint, _KEPT if endpoint else _KEPT_FAILURE)
    if not endpoint:
        return ""
    query = urlencode({"client_id": settings.OIDC.client_id, "post_logout_redirect_uri": back})
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"


def _end_session_endpoint(request: HttpRequest) -> str:
    from allauth.socialaccount.providers.openid_connect.views import (
        OpenIDConnectOAuth2Adapter,
    )  # needs our own

    try:
        config = OpenIDConnectOAuth2Adapter(request, "provider").openid_config
        endpoint = config.get("end_session_endpoint")
    except (OSError, ValueError, AttributeError):  # of requests and of its JSON
        logger.warning("The identity provider does not say where one signs out.")
        return ""
    is_address = isinstance(endpoint, str) and urlsplit(endpoint).scheme in {"http", "https"}
    return str(endpoint) if is_address else ""


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
