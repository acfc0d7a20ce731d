from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from recportal.documents.text import text_flaw

from .lookup import account_of


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Signing in with a password, which costs one password hash whatever is typed.

    allauth by itself looks for the address, then for the name, and checks the password of each that it
    finds: how long it takes would tell who has an account.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        login = credentials.get("username") or credentials.get("email")
        password = credentials.get("password")
        if not login or not password:
            return None
        user = account_of(login)
        if user is None or text_flaw(password):
            make_password("as long as for an account that exists")
            return None
        # An account without a password costs a hash too: Django sees to that.
        checked: AbstractBaseUser | None = self._check_password(user, password)
        return checked
