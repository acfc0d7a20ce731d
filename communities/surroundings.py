"""What the rules of one record may ask about the other records of its community."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Protocol

from recportal.text import compared

if TYPE_CHECKING:
    from .models import Community


class Surroundings(Protocol):
    """The questions. A single write asks the database; an import answers from the plan that it has made."""

    def areas_in_use(self, community: "Community", areas: Collection[str]) -> set[str]:
        """Those of ``areas`` that members refer to."""

    def user_id_taken(self, member: Any) -> bool:
        """Whether another member of the community has this member's ``user_id``."""


class StoredSurroundings:
    """The answers of the database."""

    def areas_in_use(self, community: "Community", areas: Collection[str]) -> set[str]:
        return set(community.members.filter(area__in=areas).values_list("area", flat=True).distinct())

    def user_id_taken(self, member: Any) -> bool:
        others = type(member)._base_manager.filter(
            community=member.community_id, user_id_compared=compared(member.user_id)
        )
        return bool(others.exclude(pk=member.pk).exists())
