"""What a user may do where: the levels of a staff role, and the reach that a user's roles add up to."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What a staff role lets a user do in a community. Each level includes the ones before it."""

    VIEWER = "viewer", _("viewer")
    EDITOR = "editor", _("editor")
    MANAGER = "manager", _("manager")

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True)
class Reach:
    """The communities in which a user has a role, as staff. A superuser is a manager everywhere."""

    everywhere: Level | None = None
    communities: dict[int, Level] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.everywhere is not None or bool(self.communities)

    def level_in(self, community_id: int | None) -> Level | None:
        """The level in one community; None without any role there, as in one that is not saved yet."""
        levels = [self.everywhere, self.communities.get(community_id) if community_id else None]
        return max((level for level in levels if level), key=lambda level: level.rank, default=None)

    def allows(self, level: Level, community_id: int | None) -> bool:
        """Whether the user may do in this community what ``level`` may."""
        own = self.level_in(community_id)
        return own is not None and own.rank >= level.rank

    def allows_somewhere(self, level: Level) -> bool:
        levels = [self.everywhere, *self.communities.values()]
        return any(own is not None and own.rank >= level.rank for own in levels)

    def with_level(self, level: Level) -> Collection[int] | None:
        """The ids of the communities in which the user has at least this level; None means all there are."""
        if self.everywhere and self.everywhere.rank >= level.rank:
            return None
        return [pk for pk, own in self.communities.items() if own.rank >= level.rank]
