from typing import Any, Final, Self, TypeVar

from django.db import models

from recportal.accounts.roles import Level, Reach
from recportal.documents.text import text_flaw
from recportal.text import SEPARATORS

from .fields import fold

_Model = TypeVar("_Model", bound=models.Model)

#: A question of more characters, or of more words, finds nothing: SQLite refuses patterns of 50,000 bytes and
#: conditions of 1,000 words. One character can stand for several words.
LONGEST_SEARCH: Final = 400
MOST_WORDS: Final = 50


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
        """What a user may see at all, as staff or as a member. Nothing else decides it for this entity."""
        raise NotImplementedError

    def search(self, words: str) -> Self:
        """Records in which every word occurs, accents and case aside; an id is found in any spelling."""
        if len(words) > LONGEST_SEARCH or text_flaw(words):
            return self.none()
        folded = fold(words)
        wanted = folded.split()
        if len(wanted) > MOST_WORDS:
            return self.none()
        joined = squeeze(folded)
        matches = models.Q()
        for word in wanted:
            matches &= models.Q(search_text__contains=word)
        if joined != folded and joined:
            matches |= models.Q(search_text__contains=joined)
        return self.filter(matches) if matches else self.all()


def squeeze(text: str) -> str:
    """An id without what people put into it for reading: blanks, dots, hyphens and the like."""
    return SEPARATORS.sub("", text)
