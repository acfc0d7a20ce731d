"""Whose an e-mail address is: of the account that has proved it, or to which a superuser gave it.

An address that somebody has merely typed into “change my address” is nobody's: else a code that its true
owner asks for would open the account of whoever typed it.
"""

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm
from allauth.account.models import EmailAddress
from django.db.models.functions import Lower

from recportal.text import address

from .models import User


def accounts_of(email: str) -> list[User]:
    """The accounts that have the address, those that are not active included."""
    folded = address(email)
    proved = EmailAddress.objects.filter(email=folded, verified=True).values("user")
    found = list(User.objects.filter(pk__in=proved))
    # Until it is proved, a new address stands in allauth's table alone, never in the account itself.
    return found or list(User.objects.alias(folded=Lower("email")).filter(folded=folded).order_by("pk"))


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a code by e-mail."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        found = [user for user in accounts_of(email) if user.is_active]
        # A code opens one account: of an address that two have, nobody knows which is meant.
        self._user = found[0] if len(found) == 1 else None
        return email


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for a link that sets a new password."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in accounts_of(email) if user.is_active]
        return email
