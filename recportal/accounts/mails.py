"""The mails about accounts: what allauth has to say, in our templates, and how much of it is said."""

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from recportal.mail.models import Mail
from recportal.mail.outbox import queue

from .limits import network_of
from .models import User

#: How long a notice of a change is worth sending.
_NOTICE: Final = timedelta(days=3)
#: What allauth's notices say has changed: the end of their template's name → a word of `notification.txt`.
CHANGES: Final = frozenset({
    "password_changed", "password_reset", "password_set", "email_changed", "email_confirm", "email_deleted",
    "totp_activated", "totp_deactivated", "recovery_codes_generated", "account_connected",
    "account_disconnected",
})  # fmt: skip
#: What a notice takes from allauth's context.
_FROM_CONTEXT: Final = ("from_email", "to_email", "deleted_email", "provider", "ip", "user_agent")


def queue_mail(request: HttpRequest, template_prefix: str, email: str, context: dict[str, Any]) -> None:
    """A mail of allauth's, as a row of ours. A notice of an unknown change says that something changed."""
    name = template_prefix.rpartition("/")[2]
    parameters: dict[str, Any] = {"site": request.get_host(), "email": email}
    if name == "login_code":
        _queue_code(request, email, {**parameters, "code": context["code"]})
    elif name == "email_confirmation":
        lifetime = timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
        parameters |= {"url": context["activate_url"], "username": context["user"].get_username()}
        queue(Mail.Template.CONFIRMATION, email, parameters, lifetime=lifetime, is_urgent=True)
    elif "timestamp" not in context:
        raise LookupError(f"There is no text of ours for {template_prefix}.")
    else:
        given = {key: str(context[key]) for key in _FROM_CONTEXT if context.get(key)}
        moment = date_format(timezone.localtime(context["timestamp"]), "SHORT_DATETIME_FORMAT")
        when = f"{moment} {timezone.get_current_timezone_name()}"
        parameters |= {**given, "change": name if name in CHANGES else "", "when": when}
        queue(Mail.Template.NOTIFICATION, email, parameters, lifetime=_NOTICE)


def queue_notice(request: HttpRequest, user: User, change: str) -> None:
    """Tell the owner of an account that somebody else changed how they sign in, and not who it was."""
    if user.email:
        parameters = {"site": request.get_host(), "email": user.email, "change": change}
        queue(Mail.Template.NOTIFICATION, user.email, parameters, lifetime=_NOTICE)


def _queue_code(request: HttpRequest, email: str, parameters: dict[str, Any]) -> None:
    from .addresses import account_with  # which needs this module

    template = Mail.Template.LOGIN_CODE if account_with(email) else Mail.Template.UNKNOWN_ACCOUNT
    if may_mail(request, email):
        lifetime = timedelta(seconds=app_settings.LOGIN_BY_CODE_TIMEOUT)
        parameters["minutes"] = app_settings.LOGIN_BY_CODE_TIMEOUT // 60
        queue(template, email, parameters, lifetime=lifetime, is_urgent=True)


def queue_reset(request: HttpRequest, email: str, users: Iterable[User]) -> None:
    """A mail with a link to set a password for each of the accounts, or one that says that there is none."""
    if not may_mail(request, email):
        return
    adapter = get_adapter()
    links = [
        {
            "username": user.get_username(),
            "url": adapter.get_reset_password_from_key_url(
                f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
            ),
        }
        for user in users
    ]
    queue(
        Mail.Template.PASSWORD_RESET if links else Mail.Template.UNKNOWN_ACCOUNT,
        email,
        {"site": request.get_host(), "email": email, "links": links},
        lifetime=timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
        is_urgent=True,
    )


def may_mail(request: HttpRequest, email: str) -> bool:
    """Whether a stranger's request may write to the address once more, by `ACCOUNT_RATE_LIMITS`."""
    by_network = ratelimit.consume(request, action="mail_network", key=network_of(request))
    by_address = ratelimit.consume(request, action="mail", key=mailbox(email))
    return bool(by_network and by_address)


def mailbox(email: str) -> str:
    """One text for the spellings of an address that lead to one mailbox, as far as others can know."""
    local, _at, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    local = local.replace('"', "").replace("\\", "").partition("+")[0]
    with suppress(UnicodeError):  # then it stays as it is
        domain = domain.encode("idna").decode()
    return f"{local}@{domain.rstrip('.')}"
