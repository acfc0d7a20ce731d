from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from recportal.accounts.roles import Level
from recportal.records.querysets import RecordQuerySet, reach_of

if TYPE_CHECKING:
    from .models import Community  # noqa: F401


class CommunityQuerySet(RecordQuerySet["Community"]):
    community_column = "pk"

    def visible_to(self, user: Any) -> Self:
        """The communities in which the user has a role, and those of active members bound to the account."""
        communities = reach_of(user).with_level(Level.VIEWER)
        if communities is None:
            return self.all()
        if not user.is_active or user.is_anonymous:
            return self.none()
        active = user.memberships.filter(status="active")
        return self.filter(Q(pk__in=communities) | Q(pk__in=active.values("community_id")))
