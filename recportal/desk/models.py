from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.models import Community


class CommunityFigures(models.Model):
    """How many notices a community had when it was last looked through: in a large one that takes too long
    for somebody who waits.

    Derived, and written by ``stored`` alone. ``notices`` is kind → number, of the moment ``counted_at``,
    which is None before the first time. ``unfinished`` is a count that has not come to its end: ``{since, at,
    notices}``, of which ``at`` is the position in the walk.
    """

    community = models.OneToOneField(
        Community, models.CASCADE, primary_key=True, related_name="figures", verbose_name=_("community")
    )
    notices = models.JSONField(_("notices"), default=dict)
    counted_at = models.DateTimeField(_("counted at"), null=True, db_index=True)
    unfinished = models.JSONField(_("unfinished count"), null=True)

    class Meta:
        verbose_name = _("figures of a community")
        verbose_name_plural = _("figures of communities")

    def __str__(self) -> str:
        return f"{self.community_id}: {self.counted_at}"
