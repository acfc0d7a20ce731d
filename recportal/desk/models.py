from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import Community


class CommunityFigures(models.Model):
    """What a community added up to at one moment, for those who look at too many records to count them live.

    Derived, and written by ``stored.count_again`` alone. ``figures`` is what ``Figures.as_json`` gives.
    """

    community = models.OneToOneField(
        Community, models.CASCADE, primary_key=True, related_name="figures", verbose_name=_("community")
    )
    figures = models.JSONField(_("figures"), default=dict)
    counted_at = models.DateTimeField(_("counted at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("figures of a community")
        verbose_name_plural = _("figures of communities")

    def __str__(self) -> str:
        return f"{self.community_id}: {self.counted_at}"
