"""How often a password may be tried: per browser where it is known, else per name and network.

`settings.ACCOUNT_RATE_LIMITS` has the figures, allauth counts, and `docs/decisions/0019` says why.
"""

import ipaddress
import secrets
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from recportal.text import compared_without_case

from .lookup import account_of
from .models import User

#: Of a browser in which an account has signed in before, for so many seconds.
COOKIE: Final = "known_browser"
_KEPT: Final = 180 * 24 * 3600
#: So many accounts of one browser are remembered, as of a computer that several people use.
_MOST_ACCOUNTS: Final = 8

_APP: Final = "allauth.account"


def count_attempt(request: HttpRequest, login: str) -> Any:
    """Count one attempt to sign in, before the password is checked; None when there were too many.

    What it gives has a ``rollback``, for the password that was right.
    """
    browser = _known_browser(request, login)
    if browser:
        return ratelimit.consume(request, app=_APP, action="password_known_browser", key=browser)
    name, network = _folded(login), network_of(request)
    counted = ratelimit.RateLimitUsage([])
    for action, key in (
        ("password_name_and_network", f"{network}\n{name}"),
        ("password_network", network),
        ("password_name", name),
    ):
        usage = ratelimit.consume(request, app=_APP, action=action, key=key)
        if usage is None:
            return None
        counted.usage += usage.usage
    return counted


def count_attempt_of(request: HttpRequest, user: User) -> Any:
    """As ``count_attempt``, of the account that is signed in: what strangers try is not counted."""
    return ratelimit.consume(request, app=_APP, action="password_known_browser", key=f"account {user.pk}")


def forget_attempts(request: HttpRequest, user: User) -> None:
    """Let the account's names be tried again: its owner has just shown that they read the account's mail."""
    for name in filter(None, (user.username, user.email)):
        ratelimit.clear(request, app=_APP, action="password_name", key=_folded(name))
        key = f"{network_of(request)}\n{_folded(name)}"
        ratelimit.clear(request, app=_APP, action="password_name_and_network", key=key)


def network_of(request: HttpRequest) -> str:
    """The /24 or /64 of the caller: what one household, office or attacker is given as a whole."""
    address = str(get_adapter().get_client_ip(request))
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def remember_browser(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Let the browser carry a sign that this account has signed in with it."""
    secret, accounts = _cookie(request)
    accounts = [user.pk, *(pk for pk in accounts if pk != user.pk)][:_MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        signing.dumps([secret or secrets.token_urlsafe(12), accounts], salt=COOKIE),
        max_age=_KEPT,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, login: str) -> str:
    """What names the browser and the account in which it has signed in before; empty for another."""
    secret, accounts = _cookie(request)
    account = account_of(login) if accounts else None
    return f"{secret} {account.pk}" if account and account.pk in accounts else ""


def _cookie(request: HttpRequest) -> tuple[str, list[int]]:
    try:
        secret, accounts = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=_KEPT)
    except signing.BadSignature:
        return "", []
    return secret, accounts


def _folded(login: str) -> str:
    """One text for all spellings of a name or an address that mean the same account, and perhaps for more."""
    return compared_without_case(login)
