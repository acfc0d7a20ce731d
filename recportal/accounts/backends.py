from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from recportal.documents.text import text_flaw

from .models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Signing in with a password: by user name, compared exactly, or by e-mail address.

    allauth by itself takes ``anna`` for ``Anna``. A user name may look like an e-mail address.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        if any(isinstance(value, str) and text_flaw(value) for value in credentials.values()):
            return None  # no database would answer
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user

    def _authenticate_by_username(self, username: str, password: str) -> AbstractBaseUser | None:
        user = User.objects.filter(username=username).first() if len(username) <= 256 else None
        checked: AbstractBaseUser | None = self._check_password(user, password)
        return checked

    def _authenticate_by_email(self, email: str, password: str) -> AbstractBaseUser | None:
        found: AbstractBaseUser | None = super()._authenticate_by_email(email, password)
        return found or self._authenticate_by_username(email, password)
