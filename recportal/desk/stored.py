"""Notices counted beforehand, for those who look at more records than can be gone through at once."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Min
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .judging import Position, judge, looked_at, walk
from .models import CommunityFigures
from .scopes import Scope, scope_within

#: So many communities are counted by one set of queries.
_BATCH: Final = 20
#: After that, a count that has not come to its end begins anew: what it counted first has changed since.
_STALE: Final = timedelta(hours=1)


def count_again(communities: Any) -> Iterator[int]:
    """Count communities to the end: first those never counted, then the oldest. Yields how many are done by
    each batch.
    """
    waiting = _waiting(communities)
    for start in range(0, len(waiting), _BATCH):
        pks = waiting[start : start + _BATCH]
        _count_all_of(pks)
        yield len(pks)


@dataclass(frozen=True)
class Progress:
    """How far counting came: so many communities, and of the next the records that were looked at."""

    communities: int
    community: str = ""
    records: int = 0
    of_records: int = 0


def count_for(communities: Any, seconds: float) -> Progress:
    """Count communities in the same order for so long, and go on where the last count had to stop."""
    end = time.monotonic() + seconds
    done = 0
    for pk in _waiting(communities):
        scope = scope_within(pk)
        position = _count_until(scope, pk, end)
        if position:
            name = Community.objects.values_list("name", flat=True).get(pk=pk)
            total = scope.members.count() + scope.assets.count()
            return Progress(done, name, sum(looked_at(scope, position)), total)
        done += 1
        if time.monotonic() > end:
            break
    return Progress(done)


def _waiting(communities: Any) -> list[int]:
    by_age = communities.order_by(F("figures__counted_at").asc(nulls_first=True), "pk")
    return list(by_age.values_list("pk", flat=True))


def _count_until(scope: Scope, pk: int, end: float) -> Position | None:
    """Count one community, until ``end`` at most; the position at which the count had to stop, or None."""
    since, position, counts = _begun(pk)
    for batch in walk(scope, position):
        counts.update(found.kind for found in batch.found)
        position = batch.end
        if time.monotonic() > end:
            unfinished = {"since": since.isoformat(), "at": str(position), "notices": dict(counts)}
            _keep({pk: {"unfinished": unfinished}}, ["unfinished"])
            return position
    _keep_counted({pk: counts}, since)
    return None


def _begun(pk: int) -> tuple[datetime, Position | None, Counter[str]]:
    """The count of a community that has not come to its end, or a new one."""
    now = timezone.now()
    kept = CommunityFigures.objects.filter(pk=pk).values_list("unfinished", flat=True).first() or {}
    since, position = parse_datetime(kept.get("since", "")), Position.of(kept.get("at", ""))
    if since is None or position is None or now - since > _STALE:
        return now, None, Counter()
    return since, position, Counter(kept["notices"])


def _count_all_of(pks: list[int]) -> None:
    now = timezone.now()
    scope = Scope(
        Community.objects.filter(pk__in=pks).order_by(),
        Member.objects.filter(community__in=pks).order_by(),
        Asset.objects.filter(community__in=pks).order_by(),
    )
    counted: dict[int, Counter[str]] = {pk: Counter() for pk in pks}
    for found in judge(scope):
        if found.community_id in counted:
            counted[found.community_id][found.kind] += 1
    _keep_counted(counted, now)


def _keep_counted(counted: dict[int, Counter[str]], when: datetime) -> None:
    rows = {
        pk: {"notices": dict(notices), "counted_at": when, "unfinished": None}
        for pk, notices in counted.items()
    }
    _keep(rows, ["notices", "counted_at", "unfinished"])


def _keep(rows: dict[int, dict[str, Any]], columns: list[str]) -> None:
    still_there = set(Community.objects.filter(pk__in=rows).values_list("pk", flat=True))
    CommunityFigures.objects.bulk_create(
        [
            CommunityFigures(community_id=pk, **row)
            # In one order, so that no two counts wait for each other.
            for pk, row in sorted(rows.items())
            if pk in still_there
        ],
        update_conflicts=True,
        unique_fields=["community"],
        update_fields=columns,
    )


class StoredNotices:
    """The kept notices of a scope by community, how old they are, and how many communities have none."""

    def __init__(self, scope: Scope) -> None:
        kept = CommunityFigures.objects.filter(
            community__in=scope.communities.values("pk"), counted_at__isnull=False
        )
        self.by_community = {
            pk: Counter[str](notices) for pk, notices in kept.values_list("community", "notices")
        }
        self.oldest: datetime | None = kept.aggregate(oldest=Min("counted_at"))["oldest"]
        self.missing: int = scope.communities.count() - len(self.by_community)

    @property
    def total(self) -> Counter[str] | None:
        """Kind → number, over the communities that were counted; None when that is none of them."""
        if not self.by_community:
            return None
        found: Counter[str] = Counter()
        for counts in self.by_community.values():
            found.update(counts)
        return found
