"""The OpenID Connect provider of the installation, as allauth wants it described.

What it says is somebody else's: an answer or a claim of any shape is refused with a page or left out, and
never an error of ours.
"""

import hashlib
import logging
import math
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from requests import RequestException

from recportal.documents.text import text_flaw
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
    try:
        endpoint = Adapter(request, "provider").openid_config.get("end_session_endpoint")
    except (RequestException, OAuth2Error):
        logger.warning("The identity provider does not say where one signs out.")
        return ""
    return str(endpoint) if _is_address(endpoint) else ""


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """All that the provider said of a person, in the token and on asking; the signed token wins."""
    return {**data.get("userinfo", {}), **data.get("id_token", {})}


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """Asks the provider. Raises ``OAuth2Error`` or what ``requests`` raises, whatever is answered."""

    @property
    def openid_config(self) -> dict[str, Any]:
        try:
            config: dict[str, Any] = super().openid_config
        except (AttributeError, TypeError, ValueError) as error:
            if isinstance(error, RequestException):
                raise
            raise OAuth2Error("The provider does not describe itself.") from error
        needed = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
        methods = config.get("token_endpoint_auth_methods_supported", [])
        if not all(_is_address(config.get(name)) for name in needed) or not isinstance(methods, list):
            raise OAuth2Error("The provider does not say where to ask.")
        return {"jwks_uri": "", "issuer": "", **config}

    def get_access_token_data(self, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            data = super().get_access_token_data(*args, **options)
        except (KeyError, TypeError) as error:  # no media type, a number
            raise OAuth2Error("The provider's answer holds no token.") from error
        if not isinstance(data, dict) or not isinstance(data["access_token"], str):
            raise OAuth2Error("The provider gives no access token.")
        # It is used once and never kept, so it does not matter how long it would do.
        return {name: value for name, value in data.items() if name != self.expires_in_key}

    def _decode_id_token(self, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = super()._decode_id_token(*args, **options)
        except (TypeError, ValueError, OverflowError) as error:  # its end is text, or beyond all years
            raise OAuth2Error("The identity token is not readable.") from error
        return claims


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """Knows a person by issuer and subject: a subject alone may be somebody else at another issuer."""

    package = "recportal.accounts"  # where allauth finds its routes
    oauth2_adapter_class = Adapter

    def redirect(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().redirect(request, *args, **options)
        except (OAuth2Error, RequestException) as error:
            answer = render_authentication_error(request, self, exception=error)
        return answer

    def sociallogin_from_response(self, request: HttpRequest, response: Any) -> Any:
        if not all(isinstance(part, dict) for part in response.values()):
            raise OAuth2Error("The provider's answer holds no claims.")
        return super().sociallogin_from_response(
            request, {name: _storable(part) for name, part in response.items()}
        )

    def extract_uid(self, data: dict[str, Any]) -> str:
        """A digest of (issuer, subject): a subject may be longer than allauth's column for it."""
        subjects = [data[part].get("sub") for part in ("id_token", "userinfo") if part in data]
        if not subjects or not all(isinstance(each, str) and each == subjects[0] != "" for each in subjects):
            # OpenID Connect Core 1.0, 5.3.2: an answer about another subject must not be used.
            raise OAuth2Error("The provider speaks of two subjects, or of none.")
        assert settings.OIDC is not None
        issuer = data.get("id_token", {}).get("iss") or settings.OIDC.issuer
        return hashlib.sha256(f"{issuer}\n{subjects[0]}".encode()).hexdigest()

    # What allauth would read from the claims by itself trusts their types; ``ProviderAdapter`` reads ours.

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []


def _is_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return urlsplit(value).scheme in {"http", "https"}
    except ValueError:
        return False


def _storable(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims without those that no database keeps. None is mended: it would be another one's claim."""
    return {name: value for name, value in claims.items() if _is_storable([name, value])}


def _is_storable(value: Any) -> bool:
    match value:
        case str():
            return not text_flaw(value)
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_is_storable, value))
        case dict():
            return all(map(_is_storable, [*value, *value.values()]))
    return True
