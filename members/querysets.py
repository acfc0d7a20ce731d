from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from recportal.accounts.roles import Level
from recportal.documents.text import text_flaw
from recportal.records.querysets import RecordQuerySet, reach_of

from . import identifiers

if TYPE_CHECKING:
    from .models import Member  # noqa: F401


class MemberQuerySet(RecordQuerySet["Member"]):
    def visible_to(self, user: Any) -> Self:
        """The members of communities in which the user has a role, and those bound to the user's account."""
        communities = reach_of(user).with_level(Level.VIEWER)
        if communities is None:
            return self.all()
        if not user.is_active or user.is_anonymous:
            return self.none()
        staffed = Q(community__in=communities)
        return self.filter(staffed | Q(pk__in=user.member_statuses) if user.member_statuses else staffed)

    def holding(self, kind: str, ids: list[str]) -> Self:
        """The members who hold one of the ids now; delivery points in any spelling."""
        possible = [one for one in ids if text_flaw(one) is None]
        codes = {code for one in possible for code in identifiers.held_codes(kind, one)}
        held = self.model._meta.get_field("holdings").related_model._base_manager
        holders = held.filter(kind=kind, code__in=codes, until=None).values("member")
        return self.filter(pk__in=holders)
