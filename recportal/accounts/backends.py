from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend

from .models import User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class Backend(AuthenticationBackend):
    """Signing in with a password: by user name, compared exactly, or by e-mail address.

    allauth by itself takes ``anna`` for ``Anna``. A user name may look like an e-mail address.
    """

    def _authenticate_by_username(self, username: str, password: str) -> "AbstractBaseUser | None":
        user = User.objects.filter(username=username).first() if len(username) <= 256 else None
        return self._check_password(user, password)

    def _authenticate_by_email(self, email: str, password: str) -> "AbstractBaseUser | None":
        found: Any = super()._authenticate_by_email(email, password)
        return found or self._authenticate_by_username(email, password)
