from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from members.models import Status
from recportal.accounts.roles import Level
from recportal.records.querysets import RecordQuerySet, reach_of

if TYPE_CHECKING:
    from .models import Asset  # noqa: F401


class AssetQuerySet(RecordQuerySet["Asset"]):
    def visible_to(self, user: Any) -> Self:
        """The assets of the communities in which the user has a role, and an active member's own."""
        communities = reach_of(user).with_level(Level.VIEWER)
        if communities is None:
            return self.all()
        if not user.is_active or user.is_anonymous:
            return self.none()
        active = [pk for pk, status in user.member_statuses.items() if status == Status.ACTIVE]
        staffed = Q(community__in=communities)
        return self.filter(staffed | Q(owner__in=active) if active else staffed)
