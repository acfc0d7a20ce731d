"""Figures that are kept, for those who look at too many records to count them while they wait."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Min
from django.utils import timezone

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .figures import Figures, count_live
from .judging import judge
from .models import CommunityFigures
from .scopes import Scope

#: So many communities are counted by one set of queries.
_BATCH: Final = 20


def count_again(
    communities: Any, is_enough: Callable[[], bool] = lambda: False, batch: int = _BATCH
) -> Iterator[int]:
    """Count communities and keep the figures: first those never counted, then the oldest.

    Yields how many were counted by each batch; stops early when ``is_enough()``.
    """
    waiting = list(
        communities.order_by(F("figures__counted_at").asc(nulls_first=True), "pk").values_list(
            "pk", flat=True
        )
    )
    for start in range(0, len(waiting), batch):
        if is_enough():
            return
        pks = waiting[start : start + batch]
        _keep(pks)
        yield len(pks)


def _keep(pks: list[int]) -> None:
    now = timezone.now()
    scope = Scope(
        Community.objects.filter(pk__in=pks).order_by(),
        Member.objects.filter(community__in=pks).order_by(),
        Asset.objects.filter(community__in=pks).order_by(),
    )
    counted = {pk: Figures() for pk in pks} | count_live(scope)
    for found in judge(scope):
        if found.community_id in counted:
            counted[found.community_id].notices[found.kind] += 1
    still_there = set(scope.communities.values_list("pk", flat=True))
    CommunityFigures.objects.bulk_create(
        [
            CommunityFigures(community_id=pk, figures=figures.as_json(), counted_at=now)
            # In one order, so that no two counts wait for each other.
            for pk, figures in sorted(counted.items())
            if pk in still_there
        ],
        update_conflicts=True,
        unique_fields=["community"],
        update_fields=["figures", "counted_at"],
    )


class StoredFigures:
    """The kept figures of a scope, by community, how old they are, and how many communities have none."""

    def __init__(self, scope: Scope) -> None:
        kept = CommunityFigures.objects.filter(community__in=scope.communities.values("pk"))
        self.by_community = {
            pk: Figures.from_json(figures) for pk, figures in kept.values_list("community", "figures")
        }
        self.oldest: datetime | None = kept.aggregate(oldest=Min("counted_at"))["oldest"]
        self.missing: int = scope.communities.count() - len(self.by_community)
