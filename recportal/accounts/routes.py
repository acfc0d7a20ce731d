"""The routes below `/accounts/`: allauth's pages.

What changes how somebody signs in, and the mail that says so, are one transaction.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

from allauth.urls import urlpatterns as allauth_patterns
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver

View = Callable[..., HttpResponseBase]

#: The routes of acts that are followed by a mail.
ACTS: Final = frozenset({
    "account_change_password", "account_set_password", "account_reset_password_from_key", "account_email",
    "account_confirm_email", "account_confirm_login_code", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
})  # fmt: skip


def act(view: View) -> View:
    """The view, all of whose POST is one transaction. A page is shown without: reads wait for nobody."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return wrapped


def _with_acts(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The patterns, in which the views of acts are replaced."""
    found = list(patterns)
    for pattern in found:
        if isinstance(pattern, URLResolver):
            _with_acts(pattern.url_patterns)
        elif pattern.name in ACTS:
            pattern.callback = act(pattern.callback)
    return found


urlpatterns = _with_acts(allauth_patterns)
