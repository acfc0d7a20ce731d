from typing import Any, Self, TypeVar

from django.db import models

from recportal.accounts.roles import Level, Reach

from .fields import fold

_Model = TypeVar("_Model", bound=models.Model)


def reach_of(user: Any) -> Reach:
    """Where a user has staff roles; nobody who is not signed in has one."""
    return getattr(user, "reach", None) or Reach()


class RecordQuerySet(models.QuerySet[_Model]):
    """The questions that all doors ask of records."""

    community_column = "community_id"

    def staffed_by(self, user: Any, level: Level = Level.VIEWER) -> Self:
        """The records of the communities in which the user has a staff role of at least ``level``."""
        communities = reach_of(user).with_level(level)
        if communities is None:
            return self.all()
        return self.filter(**{f"{self.community_column}__in": communities}) if communities else self.none()

    def visible_to(self, user: Any) -> Self:
        """What a user may see at all, as staff or as a member. The one place that decides it for this entity."""
        raise NotImplementedError

    def search(self, words: str) -> Self:
        """Records in which every word occurs, accents and case aside; an id is found in any spelling."""
        found = self.all()
        folded = fold(words)
        joined = squeeze(folded)
        matches = models.Q()
        for word in folded.split():
            matches &= models.Q(search_text__contains=word)
        if joined != folded and joined:
            matches |= models.Q(search_text__contains=joined)
        return found.filter(matches) if matches else found


def squeeze(text: str) -> str:
    """An id without what people put into it for reading: blanks, dots and hyphens."""
    return "".join(letter for letter in text if letter not in " \t.-\u00a0\u202f")
