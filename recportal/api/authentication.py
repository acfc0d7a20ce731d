"""Bearer tokens: one indexed query tells the token, its owner and the owner's roles."""

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from recportal.accounts.models import User
from recportal.accounts.roles import Level, Reach
from recportal.records.outages import noting

if TYPE_CHECKING:
    from rest_framework.views import APIView

#: A token's last use is noted at most so often.
_NOTED_EVERY: Final = timedelta(minutes=1)
#: So many failures of one address within so many seconds; those that follow are told to wait.
MOST_FAILURES: Final = 30
_FAILURES_WITHIN: Final = 60


def token_model() -> Any:
    """``ApiToken``: it belongs to the communities, which this kit lies below."""
    return User.api_tokens.rel.related_model


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``.

    The request's user is the token's owner, with a reach that is narrowed to the token's community where it
    has one; ``request.auth`` is the token.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = self._find(secret.strip())
        if token is None:
            self._count_failure(request)
            raise AuthenticationFailed(_("The token is not known, has expired or was revoked."))
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="recportal"'

    def _find(self, secret: str) -> Any:
        """The token, with its owner and the owner's reach; None for one that opens nothing."""
        model = token_model()
        memberships: Any = User.memberships.rel.related_model._base_manager
        rows = list(
            model.objects.filter(
                Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
                digest=model.digest_of(secret),
                revoked_at=None,
                user__is_active=True,
            )
            .select_related("user")
            .annotate(
                role_in=F("user__staff_roles__community"),
                role=F("user__staff_roles__level"),
                # Not joined: PostgreSQL would hash half a million members for it.
                is_member=Exists(memberships.filter(account=OuterRef("user"))),
            )
        )
        if not rows:
            return None
        token, user = rows[0], rows[0].user
        roles = {row.role_in: Level(row.role) for row in rows if row.role}
        user.__dict__["reach"] = _reach(user, roles, token.community_id)
        if not token.is_member:
            user.__dict__["member_statuses"] = {}
        return token

    def _count_failure(self, request: Request) -> None:
        """Only those who fail are slowed down: a valid token behind the same address still opens."""
        place = f"api-failures:{BaseThrottle().get_ident(request)}"
        failures = 0
        with noting(), suppress(ValueError):  # it went out of date between the two
            cache.add(place, 0, _FAILURES_WITHIN)
            failures = cache.incr(place)
        if failures > MOST_FAILURES:
            raise Throttled(wait=_FAILURES_WITHIN)


def _reach(user: User, roles: dict[int | None, Level], only: int | None) -> Reach:
    """As ``User.reach``, and within one community where the token is limited to it."""
    everywhere = Level.MANAGER if user.is_superuser else roles.get(None)
    reach = Reach(everywhere, {pk: level for pk, level in roles.items() if pk is not None})
    if only is None:
        return reach
    level = reach.level_in(only)
    return Reach(None, {only: level} if level else {})


def _note_use(token: Any) -> None:
    now = timezone.now()
    if token.last_used_at and now - token.last_used_at < _NOTED_EVERY:
        return
    with noting():  # the next request notes it
        type(token)._base_manager.filter(pk=token.pk).update(last_used_at=now)


def may_do_everything(request: Request) -> bool:
    """Whether the caller is a superuser, by a token that is not limited to one community."""
    limited = getattr(request.auth, "community_id", None) is not None
    return bool(request.user.is_active and request.user.is_superuser and not limited)


class TokenAllows(BasePermission):
    """A token for reading does not write. A view says with ``reads`` which of its POSTs only read."""

    message = _("This token is for reading.")
    code = "read_only_token"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        reads = request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "reads", False)
        return reads or not getattr(request.auth, "read_only", False)
