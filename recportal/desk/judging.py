"""What looks wrong about all records of a scope."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assets.notices import asset_notices
from assets.notices import background_of as background_of_assets
from communities.notices import community_notices
from members.models import Invitation
from members.notices import background_of as background_of_members
from members.notices import member_notices
from recportal.documents.faults import Text
from recportal.documents.field import documents_of
from recportal.records.models import Record
from recportal.records.notices import Notice, document_notices, notice
from recportal.staff.ids import as_id

from .kinds import EXPIRED_INVITATION, kind_of
from .scopes import Scope

#: A community's grid may be megabytes, a member's documents some kilobytes.
_FEW: Final = 10
#: Checked in some 50 ms: how often callers with a time limit can look at the clock.
_BATCH: Final = 500


@dataclass(frozen=True)
class Found:
    """One notice, and the record that it is about; ``at`` is the place in its stage of the walk."""

    kind: str
    record: Record
    message: Text
    path: str
    at: int

    @property
    def community_id(self) -> int:
        pk: int = getattr(self.record, "community_id", self.record.pk)
        return pk


@dataclass(frozen=True)
class Position:
    """A place in the walk through a scope: everything of earlier stages, and of this one up to the id."""

    stage: str
    pk: int = 0

    def __str__(self) -> str:
        return f"{self.stage}-{self.pk}"

    @classmethod
    def of(cls, text: str) -> "Position | None":
        """The position that is written so; None for anything else."""
        stage, _dash, pk = text.partition("-")
        number = as_id(pk)
        return cls(stage, number) if stage in STAGES and number else None


@dataclass(frozen=True)
class Batch:
    """Some records that were looked at, up to ``end``, and what looks wrong about them, in their order."""

    found: list[Found]
    end: Position

    def first(self, number: int) -> "Batch":
        """The batch up to the record with which so many are found: all that is found of it belongs to it."""
        if len(self.found) <= number:
            return self
        last = self.found[number - 1].at
        return Batch([each for each in self.found if each.at <= last], Position(self.end.stage, last))


def judge(scope: Scope) -> Iterator[Found]:
    """Everything that looks wrong in the scope: communities, members, assets. A few queries a batch."""
    for batch in walk(scope):
        yield from batch.found


def walk(scope: Scope, after: Position | None = None) -> Iterator[Batch]:
    """Look through the scope by batches, also by those in which nothing is found, from a position on.

    A caller with a time limit looks at the clock after each.
    """
    today = timezone.localdate()
    stages = list(STAGES)
    for stage in stages[stages.index(after.stage) if after else 0 :]:
        last = after.pk if after and after.stage == stage else 0
        yield from _batches(STAGES[stage], stage, scope, last, today)


def judge_within(scope: Scope, seconds: float) -> list[Found] | None:
    """Everything that looks wrong in the scope; None when it takes longer to look through it."""
    end = time.monotonic() + seconds
    found: list[Found] = []
    for batch in walk(scope):
        if time.monotonic() > end:
            return None
        found += batch.found
    return found


def looked_at(scope: Scope, position: Position) -> tuple[int, int]:
    """How many members and assets lie before a position."""
    stages = list(STAGES)
    place = stages.index(position.stage)
    counts = []
    for stage, records in (("members", scope.members), ("assets", scope.assets)):
        if place < stages.index(stage):
            counts.append(0)
        else:
            counts.append(
                (records.filter(pk__lte=position.pk) if stage == position.stage else records).count()
            )
    return counts[0], counts[1]


#: The id of what was walked over, the record that the notices are about, and these.
_Judged = Iterator[tuple[int, Record, Iterable[Notice]]]
_Judge = Callable[[list[Any], date], _Judged]


@dataclass(frozen=True)
class _Stage:
    records: Callable[[Scope], QuerySet[Any]]
    size: int
    judge: _Judge


def _batches(stage: _Stage, name: str, scope: Scope, last: int, today: date) -> Iterator[Batch]:
    records = stage.records(scope)
    while batch := list(records.filter(pk__gt=last).order_by("pk")[: stage.size]):
        last = batch[-1].pk
        found = [
            Found(kind_of(each.code), record, each.message, each.path, at)
            for at, record, notices in stage.judge(batch, today)
            for each in notices
        ]
        yield Batch(sorted(found, key=lambda each: each.at), Position(name, last))
        if len(batch) < stage.size:
            return


def _of_sound(judge: _Judge) -> _Judge:
    """Judges the records whose documents can be relied on; of the others it says what is wrong with these."""

    def judged(records: list[Any], today: date) -> _Judged:
        sound = []
        for record in records:
            if _is_sound(record):
                sound.append(record)
            else:
                yield record.pk, record, document_notices(record)
        yield from judge(sound, today)

    return judged


def _of_communities(communities: list[Any], today: date) -> _Judged:
    for community in communities:
        yield community.pk, community, community_notices(community)


def _of_members(members: list[Any], today: date) -> _Judged:
    background = background_of_members(members)
    for member in members:
        yield member.pk, member, member_notices(member, background, today)


def _of_assets(assets: list[Any], today: date) -> _Judged:
    background = background_of_assets(assets)
    for asset in assets:
        yield asset.pk, asset, asset_notices(asset, background, today)


def _is_sound(record: Record) -> bool:
    """Whether the documents can be relied on by those who read them; areas and topology are not looked at,
    as their readers pass over what is faulty.
    """
    return all(
        not getattr(record, field.attname)
        or field.name in ("areas", "topology")
        or not field.check_document(getattr(record, field.attname), record)[1]
        for field in documents_of(record)
    )


def _of_invitations(invitations: list[Invitation], today: date) -> _Judged:
    message = _("The invitation to this member has expired, and nobody has accepted it.")
    for invitation in invitations:
        yield invitation.pk, invitation.member, [notice(EXPIRED_INVITATION, message)]


def _expired_invitations(scope: Scope) -> QuerySet[Invitation]:
    pending = Invitation.objects.filter(
        member__in=scope.members.values("pk"),
        accepted_at=None,
        withdrawn_at=None,
        expires_at__lte=timezone.now(),
    )
    return pending.select_related("member")


#: What is looked at, in this order.
STAGES: Final = {
    "communities": _Stage(
        lambda scope: scope.communities.defer("search_text"), _FEW, _of_sound(_of_communities)
    ),
    "members": _Stage(lambda scope: scope.members.defer("search_text"), _BATCH, _of_sound(_of_members)),
    "assets": _Stage(lambda scope: scope.assets.defer("search_text"), _BATCH, _of_sound(_of_assets)),
    "invitations": _Stage(_expired_invitations, _BATCH, _of_invitations),
}
