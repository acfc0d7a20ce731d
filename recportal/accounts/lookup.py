"""Which account is meant by what somebody types to sign in."""

from collections.abc import Iterator
from typing import Final

from recportal.documents.text import text_flaw

from .models import User

_LONGEST: Final = 256


def account_of(login: str) -> User | None:
    """The one account that is meant by a user name or an e-mail address; None where none or several fit.

    An address comes before a user name that looks the same: a name is anybody's to choose, an address is
    proved or given. A name counts exactly as written, else whatever its case if just one account has it.
    """
    login = User.normalize_username(login).strip()
    if not login or len(login) > _LONGEST or text_flaw(login):
        return None  # no database would answer
    for found in _candidates(login):
        fitting = [user for user in found if user.is_active] or found
        if len(fitting) == 1:
            return fitting[0]
    return None


def _candidates(login: str) -> Iterator[list[User]]:
    from .addresses import accounts_of  # allauth's forms, which it needs, read this package

    if "@" in login:
        yield accounts_of(login)
    yield list(User.objects.filter(username=login))
    yield list(User.objects.filter(username_folded=User.fold_username(login))[:20])
