"""Who holds what: the open holdings are made to agree with what members and assets say."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from recportal.documents.faults import Fault, Path, faults_of, refuse, say
from recportal.documents.text import shown
from recportal.records.bulk import insert
from recportal.text import compared

from .identifiers import compact, is_austrian, known_type, possible_codes
from .models import HOLDING_STATUSES, Holding, Member, points_of

#: SQLite takes 32,766 values in one statement.
_BATCH = 5000
_ROUNDS = 3

#: Advisory locks of PostgreSQL, told from those of anybody else in the database by a number of their own.
_LOCK_CLASS = 0x5245
_LOCKS = 256

_Value = TypeVar("_Value")


@dataclass(frozen=True, order=True)
class Claim:
    """What a member should hold. Claims sort as holdings are written: no two writers wait for each other."""

    kind: str
    code: str
    scope: str
    member_id: int
    asset_id: int | None
    community_id: int
    path: Path
    spelled: str

    @property
    def place(self) -> tuple[str, str, str]:
        return self.kind, self.code, self.scope


class AlreadyHeld(Fault):
    """A claim on what somebody else holds.

    Members of the claim's own community are named by the caller, who may see them; of any other holder the
    message says only that there is one. ``holder_id`` is for code, never for people.
    """

    def __init__(
        self, claim: Claim, holder_id: int, holder_community_id: int, holder_asset_id: int | None = None
    ) -> None:
        self.claim = claim
        self.holder_id = holder_id
        self.holder_asset_id = holder_asset_id
        self.holder_community_id = holder_community_id
        self.is_neighbour = holder_community_id == claim.community_id
        message, code = _HELD[claim.kind]
        super().__init__(say(message, code=shown(claim.spelled)), code, claim.path)


_HELD: dict[str, tuple[Any, str]] = {
    Holding.Kind.DELIVERY_POINT: (_("The delivery point “%(code)s” is held already."), "delivery_point_held"),
    Holding.Kind.SENSOR: (_("The sensor “%(code)s” is held already."), "sensor_held"),
    Holding.Kind.DID: (_("The DID “%(code)s” is held already."), "did_held"),
}


def sync_holdings(member_ids: Iterable[int]) -> None:
    """Close what these members hold no more, then open what they hold now; nothing else writes holdings.

    Call it inside the transaction of the write, after the rows are written and with the community locked.
    Raises ``ValidationError`` with an ``AlreadyHeld`` fault for each claim on what somebody else holds.
    """
    awaited = _awaited.get()
    if awaited is not None:
        awaited.update(member_ids)
        return
    ids = sorted(set(member_ids))
    claims = sorted(claims_of(ids))
    refuse(rivals(claims))
    wanted = {claim.place: claim for claim in claims}
    ended = []
    for holding in _open_holdings(ids):
        claim = wanted.get((holding.kind, holding.code, holding.scope))
        if claim and (claim.member_id, claim.asset_id) == (holding.member_id, holding.asset_id):
            del wanted[claim.place]
        else:
            ended.append(holding)
    if not ended and not wanted:
        return
    today = _calendar(ids)
    _close(ended, today)
    _open(list(wanted.values()), today)


def sync_member(member: Member) -> None:
    """``sync_holdings`` after the write of a member. A sensor that is held is told at the status."""
    try:
        sync_holdings([member.pk])
    except ValidationError as error:
        refuse(_seen_from_the_member(fault) for fault in faults_of(error))


def _seen_from_the_member(fault: Fault) -> Fault:
    if not isinstance(fault, AlreadyHeld) or fault.claim.kind != Holding.Kind.SENSOR:
        return fault
    claim = replace(fault.claim, path=("status",))
    return AlreadyHeld(claim, fault.holder_id, fault.holder_community_id)


_awaited: ContextVar[set[int] | None] = ContextVar("awaited", default=None)


@contextmanager
def holdings_synced_once() -> Iterator[None]:
    """Inside, ``sync_holdings`` only notes the members; at the end it runs once for all of them.

    For work that writes many records in one transaction, and for moves that hold only when all are done, such
    as a swap of two sensors.
    """
    if _awaited.get() is not None:
        yield
        return
    members: set[int] = set()
    token = _awaited.set(members)
    try:
        yield
    finally:
        _awaited.reset(token)
    sync_holdings(members)


def claims_of(member_ids: Collection[int]) -> Iterator[Claim]:
    """What the members should hold, by their own words and their assets'."""
    for batch in _batches(member_ids):
        members = Member.objects.filter(pk__in=batch, status__in=HOLDING_STATUSES)
        communities = {}
        columns = ("pk", "community_id", "community__key", "delivery_points", "extra")
        for pk, community_id, key, points, extra in members.order_by().values_list(*columns):
            communities[pk] = community_id
            yield from own_claims(pk, community_id, key, points, extra)
        assets = Holding._meta.get_field("asset").related_model._base_manager
        sensors = assets.filter(owner__in=batch).exclude(sensor_id=None)
        for asset_id, owner_id, sensor in sensors.order_by().values_list("pk", "owner_id", "sensor_id"):
            if owner_id in communities:
                kind = Holding.Kind.SENSOR.value
                yield Claim(
                    kind,
                    compared(sensor),
                    "",
                    owner_id,
                    asset_id,
                    communities[owner_id],
                    ("sensor_id",),
                    sensor,
                )


def own_claims(pk: int, community_id: int, key: str, points: Any, extra: Any) -> Iterator[Claim]:
    """What a member should hold by its own documents, leaving its status and its assets aside."""
    for index, point in points_of(points):
        if point.get("active", True):
            code = compact(point["type"], point["id"])
            scope = key if known_type(point["type"]) == "zp" and is_austrian(code) else ""
            path = ("delivery_points", index, "id")
            kind = Holding.Kind.DELIVERY_POINT.value
            yield Claim(kind, code, scope, pk, None, community_id, path, point["id"])
    did = extra.get("did")
    if did and isinstance(did, str):
        yield Claim(Holding.Kind.DID.value, compared(did), "", pk, None, community_id, ("extra", "did"), did)


def rivals(claims: Iterable[Claim]) -> list[AlreadyHeld]:
    """The claims on a code that an earlier one of the same claims has taken."""
    by_code: dict[tuple[str, str], list[Claim]] = {}
    faults = []
    for claim in claims:
        earlier = by_code.setdefault((claim.kind, claim.code), [])
        rival = next((one for one in earlier if exclude_each_other(one.scope, claim.scope)), None)
        if rival:
            faults.append(AlreadyHeld(claim, rival.member_id, rival.community_id, rival.asset_id))
        earlier.append(claim)
    return faults


def exclude_each_other(scope: str, other: str) -> bool:
    """Whether two holdings of one code exclude each other: one holds everywhere, or both in one community."""
    return scope == other or "" in (scope, other)


def _open_holdings(member_ids: list[int]) -> Iterator[Holding]:
    for batch in _batches(member_ids):
        yield from Holding.objects.filter(member__in=batch, until=None).order_by("kind", "code", "scope")


def _close(holdings: list[Holding], today: dict[int, date]) -> None:
    """End holdings today, or on the day on which they begin where that is later."""
    by_day: dict[date, list[int]] = {}
    for holding in holdings:
        by_day.setdefault(max(today[holding.member_id], holding.since), []).append(holding.pk)
    for day, ids in by_day.items():
        for batch in _batches(ids):
            Holding.objects.filter(pk__in=batch).update(until=day)


def _open(claims: list[Claim], today: dict[int, date]) -> None:
    """Open holdings for claims, in their sorted order. The loser of a race is told what the winner holds."""
    lock_codes(claim.code for claim in claims if is_austrian(claim.code))
    rows = [
        Holding(
            kind=claim.kind,
            scope=claim.scope,
            code=claim.code,
            member_id=claim.member_id,
            asset_id=claim.asset_id,
            since=today[claim.member_id],
        )
        for claim in claims
    ]
    for _round in range(_ROUNDS):
        refuse(held_by_others(claims))
        try:
            with transaction.atomic():
                insert(rows)
            return
        except IntegrityError:
            continue  # the winner is visible in the next round, or has given up
    refuse(held_by_others(claims))
    raise DatabaseError("holdings could not be opened")


def held_by_others(claims: Iterable[Claim], besides: Collection[int] = ()) -> list[AlreadyHeld]:
    """The claims on what is held now by members other than ``besides``."""
    by_code: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        by_code.setdefault((claim.kind, claim.code), []).append(claim)
    faults = []
    for batch in _batches(sorted({code for _kind, code in by_code})):
        held = Holding.objects.filter(code__in=batch, until=None).order_by()
        columns = ("kind", "code", "scope", "member_id", "member__community_id", "asset_id")
        for kind, code, scope, member_id, community_id, asset_id in held.values_list(*columns):
            if member_id not in besides:
                found = [
                    claim for claim in by_code.get((kind, code), []) if exclude_each_other(claim.scope, scope)
                ]
                faults += [AlreadyHeld(claim, member_id, community_id, asset_id) for claim in found]
    return faults


def held_by_another(owner: Member, point_id: str) -> bool:
    """Whether a member other than ``owner``, who does not hold it, holds the point with this id now.

    An Austrian point is held in each community by itself.
    """
    held = Holding.objects.filter(
        kind=Holding.Kind.DELIVERY_POINT, code__in=possible_codes(point_id), until=None
    )
    holders = set(
        held.filter(Q(scope="") | Q(member__community=owner.community_id))
        .order_by()
        .values_list("member_id", flat=True)
    )
    return bool(holders) and owner.pk not in holders


def point_of_another(point_id: str) -> Fault:
    """What is said of a meter that names a point which is not its owner's."""
    message = _("The delivery point “%(code)s” is held by another member than the owner.")
    return Fault(say(message, code=shown(point_id)), "delivery_point_held", ("properties", "pod"))


def lock_codes(codes: Iterable[str]) -> None:
    """Let one transaction at a time open an Austrian point.

    It can be open in the whole registry or in several communities, which no unique constraint tells apart.
    SQLite has one writer at a time anyway. The codes share a bounded number of locks: PostgreSQL keeps those
    of all transactions in memory of a fixed size, which one import would fill. They are taken in one order.
    """
    locks = sorted({crc32(code.encode()) % _LOCKS for code in codes})
    if locks and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, lock) FROM unnest(%s) lock", [_LOCK_CLASS, locks]
            )


def _calendar(member_ids: list[int]) -> dict[int, date]:
    """Member → today, on the calendar of its community."""
    community_of: dict[int, int] = {}
    for batch in _batches(member_ids):
        community_of.update(Member.objects.filter(pk__in=batch).order_by().values_list("pk", "community_id"))
    communities = Community.objects.filter(pk__in=set(community_of.values())).only("settings")
    today = {community.pk: community.today() for community in communities}
    return {pk: today[community_id] for pk, community_id in community_of.items()}


def _batches(values: Collection[_Value]) -> Iterator[list[_Value]]:
    listed = list(values)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
