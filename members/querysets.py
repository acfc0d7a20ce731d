from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from recportal.accounts.roles import Level
from recportal.records.querysets import RecordQuerySet, reach_of

from . import identifiers

if TYPE_CHECKING:
    from .models import Member  # noqa: F401


class MemberQuerySet(RecordQuerySet["Member"]):
    def visible_to(self, user: Any) -> Self:
        """The members of the communities in which the user has a role, and those that the user's account is bound to."""
        communities = reach_of(user).with_level(Level.VIEWER)
        if communities is None:
            return self.all()
        if not user.is_active or user.is_anonymous:
            return self.none()
        return self.filter(Q(community__in=communities) | Q(account=user))

    def holding(self, kind: str, ids: list[str]) -> Self:
        """The members who hold one of the ids now; delivery points in any spelling."""
        codes = [identifiers.compact("", one) if kind == "delivery_point" else one.strip() for one in ids]
        return self.filter(holdings__kind=kind, holdings__code__in=codes, holdings__until=None)
