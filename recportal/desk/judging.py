"""What looks wrong about all records of a scope."""

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

from .kinds import EXPIRED_INVITATION, kind_of
from .scopes import Scope

#: A community's grid may be megabytes, a member's documents some kilobytes.
_FEW: Final = 10
_BATCH: Final = 2000


@dataclass(frozen=True)
class Found:
    """One notice, and the record that it is about."""

    kind: str
    record: Record
    message: Text
    path: str

    @property
    def community_id(self) -> int:
        pk: int = getattr(self.record, "community_id", self.record.pk)
        return pk


def judge(scope: Scope) -> Iterator[Found]:
    """Everything that looks wrong in the scope: communities, members, assets. A few queries a batch."""
    today = timezone.localdate()
    yield from _judged(scope.communities, _FEW, _of_communities, today)
    yield from _judged(scope.members, _BATCH, _of_members, today)
    yield from _judged(scope.assets, _BATCH, _of_assets, today)
    yield from _expired_invitations(scope)


_Judge = Callable[[list[Any], date], Iterator[tuple[Record, Iterable[Notice]]]]


def _judged(records: QuerySet[Any], size: int, judge: _Judge, today: date) -> Iterator[Found]:
    last = 0
    while batch := list(records.filter(pk__gt=last).order_by("pk").defer("search_text")[:size]):
        last = batch[-1].pk
        sound = []
        for record in batch:
            if _is_sound(record):
                sound.append(record)
            else:
                yield from _found(record, document_notices(record))
        for record, notices in judge(sound, today):
            yield from _found(record, notices)
        if len(batch) < size:
            return


def _found(record: Record, notices: Iterable[Notice]) -> Iterator[Found]:
    for each in notices:
        yield Found(kind_of(each.code), record, each.message, each.path)


def _of_communities(communities: list[Any], today: date) -> Iterator[tuple[Record, Iterable[Notice]]]:
    for community in communities:
        yield community, community_notices(community)


def _of_members(members: list[Any], today: date) -> Iterator[tuple[Record, Iterable[Notice]]]:
    background = background_of_members(members)
    for member in members:
        yield member, member_notices(member, background, today)


def _of_assets(assets: list[Any], today: date) -> Iterator[tuple[Record, Iterable[Notice]]]:
    background = background_of_assets(assets)
    for asset in assets:
        yield asset, asset_notices(asset, background, today)


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


def _expired_invitations(scope: Scope) -> Iterator[Found]:
    pending = Invitation.objects.filter(
        member__in=scope.members.values("pk"),
        accepted_at=None,
        withdrawn_at=None,
        expires_at__lte=timezone.now(),
    )
    message = _("The invitation to this member has expired, and nobody has accepted it.")
    for invitation in pending.select_related("member").order_by("pk"):
        yield from _found(invitation.member, [notice(EXPIRED_INVITATION, message)])
