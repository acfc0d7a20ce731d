"""Whose an e-mail address is: of the account that has proved it, or to which a superuser gave it.

An address that somebody has merely typed into “change my address” is nobody's: else a code that its true
owner asks for would open the account of whoever typed it.

Asking for a code or a link is answered alike whether an account has the address or not: by the same
statements, with one mail, which says so where there is none.
"""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginByCodeStage
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.http import HttpRequest

from recportal.text import address, compared

from .mails import queue_reset
from .models import User


def accounts_of(email: str) -> list[User]:
    """The accounts that have the address, those that are not active included. One query, whoever has it."""
    folded = address(email)
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), email=folded, verified=True)
    # Until it is proved, a new address stands in allauth's table alone, never in the account itself.
    users = User.objects.alias(folded=Lower("email")).annotate(has_proved=Exists(proved))
    found = list(users.filter(Q(has_proved=True) | Q(folded=folded)).order_by("pk"))
    return [user for user in found if user.has_proved] or found  # type: ignore[return-value]  # annotated


def account_with(email: str) -> User | None:
    """The account that is opened by a code sent to the address.

    None for an address that two active accounts have: nobody knows which of them is meant.
    """
    found = [user for user in accounts_of(email) if user.is_active]
    return found[0] if len(found) == 1 else None


def reached(email: str) -> str:
    """Where a mail for who has this address goes: to the spelling by which accounts are looked up.

    Another spelling that means the same here can be somebody else's mailbox.
    """
    looked_up = compared(email)
    try:
        validate_email(looked_up)
    except ValidationError:
        return email  # no account has such an address
    return looked_up


def _nobody() -> User:
    """Stands for the account of an address that no account has, and is in no database."""
    return User(pk=0)


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a code by e-mail."""

    def clean_email(self) -> str:
        email = reached(self.cleaned_data["email"])
        self._user = account_with(email) or _nobody()
        return email


class CodeStage(LoginByCodeStage):  # type: ignore[misc]  # allauth ships no types
    """Waits for the code, also for that of nobody, which no code fits."""

    def __init__(self, controller: Any, request: HttpRequest, login: Any) -> None:
        super().__init__(controller, request, login)
        if login.user is None and self.state.get("user_id") == str(_nobody().pk):
            login.user = _nobody()
            self.state["code"] = ""


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a link that sets a new password."""

    def clean_email(self) -> str:
        email = reached(self.cleaned_data["email"])
        self.users = [user for user in accounts_of(email) if user.is_active]
        return email

    def save(self, request: HttpRequest, **options: Any) -> str:
        email: str = self.cleaned_data["email"]
        queue_reset(request, email, self.users)
        return email
