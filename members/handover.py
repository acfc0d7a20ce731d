"""From one holder to the next on a day: the old one ends and the new one begins in one write."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import lock_community
from recportal.documents.faults import Fault, Text, refuse, say
from recportal.documents.text import shown
from recportal.records.history import record_in_bulk
from recportal.records.models import Record

from .holdings import AlreadyHeld, exclude_each_other, holdings_synced_once, lock_codes
from .identifiers import compact
from .models import Holding, Member, points_of

#: What is handed over; a DID is a person's own.
HANDED_OVER = (Holding.Kind.DELIVERY_POINT, Holding.Kind.SENSOR)


def holdings_in_the_way(record: Record, faults: Iterable[Fault]) -> list[Holding]:
    """The open holdings because of which ``record`` was refused, and which could end for it."""
    claims = [each.claim for each in faults if isinstance(each, AlreadyHeld)]
    claims = [each for each in claims if each.kind in HANDED_OVER]
    if not claims:
        return []
    held = Holding.objects.filter(code__in={each.code for each in claims}, until=None)
    held = held.select_related("member__community", "asset").order_by("kind", "code", "scope")
    return [
        holding
        for holding in held
        if not _is_own(record, holding)
        and any(
            (holding.kind, holding.code) == (claim.kind, claim.code)
            and exclude_each_other(holding.scope, claim.scope)
            for claim in claims
        )
    ]


def _is_own(record: Record, holding: Holding) -> bool:
    """Whether the record itself says what the holding says: then there is nobody else to take it from."""
    if isinstance(record, Member):
        return holding.member_id == record.pk and holding.kind == Holding.Kind.DELIVERY_POINT
    return record.pk is not None and holding.asset_id == record.pk


@contextmanager
def handed_over(record: Record, holdings: Collection[Holding], day: date) -> Iterator[None]:
    """Inside, ``record`` is saved, and takes over what others hold until then.

    One transaction: each holding ends on ``day``, with the point set inactive or the sensor taken from the
    asset, and the record's begins on it. Raises ``ValidationError`` and changes nothing when the day does not
    do, when somebody was faster, or when the record does not take over what is ended.
    """
    ids = sorted(each.pk for each in holdings)
    with transaction.atomic():
        members = Member.objects.filter(holdings__in=ids).order_by()
        communities = set(members.values_list("community", flat=True))
        for community in sorted(communities | {_community_of(record)}):
            lock_community(community)
        lock_codes(each.code for each in holdings)
        current = list(Holding.objects.select_related("asset").filter(pk__in=ids, until=None))
        refuse(_objections(record, current, len(ids), day))
        with holdings_synced_once():
            for holding in current:
                _give_up(holding)
            yield
        for holding in current:
            _begin(record, holding, day)


def _community_of(record: Any) -> int:
    pk: int = record.community_id or record.owner.community_id
    return pk


def _objections(record: Any, current: list[Holding], wanted: int, day: date) -> Iterator[Fault]:
    if len(current) != wanted:
        yield Fault(_("Somebody else has ended or changed this meanwhile. Look at it again."), "gone")
    today = _today(record)
    if day > today:
        yield Fault(_("The day of the handover is not in the future."), "invalid")
    late = [each.since for each in current if day < each.since]
    if late:
        message = _("The handover is not before the day on which the present holder began: %(day)s.")
        yield Fault(say(message, day=max(late)), "invalid")


def _today(record: Any) -> date:
    community = getattr(record, "community", None) or record.owner.community
    today: date = community.today()
    return today


def _give_up(holding: Holding) -> None:
    """Let the present holder's record say that it is over."""
    if holding.kind == Holding.Kind.SENSOR:
        asset: Any = holding.asset
        asset.sensor_id = None
        asset.save()
        return
    member = Member.objects.get(pk=holding.member_id)
    for _index, point in points_of(member.delivery_points):
        if compact(point["type"], point["id"]) == holding.code:
            point["active"] = False
    member.save()


def _begin(record: Any, holding: Holding, day: date) -> None:
    """Date the end of the old holding and the beginning of the new one, which is there by now."""
    found = Holding.objects.filter(kind=holding.kind, code=holding.code, until=None)
    new = found.filter(_of(record)).exclude(pk=holding.pk)
    if not new.update(since=day):
        message = say(_("“%(code)s” is not taken over by this record."), code=shown(holding.code))
        refuse([Fault(message, "not_taken_over")])
    Holding.objects.filter(pk=holding.pk).update(until=day)


def _of(record: Record) -> Q:
    return Q(member=record.pk) if isinstance(record, Member) else Q(asset=record.pk)


@dataclass(frozen=True)
class Dates:
    """The days of a holding: it begins on ``since``, and ``until`` is the next holder's; None: still open."""

    since: date
    until: date | None

    def overlaps(self, other: Holding) -> bool:
        ends_before = self.until is not None and self.until <= other.since
        begins_after = other.until is not None and other.until <= self.since
        is_empty = self.since == self.until or other.since == other.until
        return not (ends_before or begins_after or is_empty)


def correct_dates(holding: Holding, dates: Dates) -> None:
    """Give a holding other days. Two holders of one thing never overlap.

    The member gets a version and a row of history, as if it had been saved. An open holding stays open: it
    ends when the record says so. Raises ``ValidationError``.
    """
    with transaction.atomic():
        member = Member.objects.get(pk=holding.member_id)
        community = lock_community(member.community_id)
        lock_codes([holding.code])
        stored = Holding.objects.select_for_update(no_key=True).filter(pk=holding.pk).first()
        if stored is None or (stored.since, stored.until) != (holding.since, holding.until):
            refuse([Fault(_("Somebody else has ended or changed this meanwhile. Look at it again."), "gone")])
        refuse(_faults_of_dates(holding, dates, community.today()))
        Holding.objects.filter(pk=holding.pk).update(since=dates.since, until=dates.until)
        touched = Member.objects.filter(pk=member.pk)
        touched.update(version=F("version") + 1, updated_at=timezone.now())
        record_in_bulk([member], "~")


def _faults_of_dates(holding: Holding, dates: Dates, today: date) -> Iterator[Fault]:
    if (dates.until is None) != (holding.until is None):
        message: Text = _("Whether it is held still follows from the record: end it or begin it there.")
        yield Fault(message, "invalid", ("until",))
        return
    if dates.since > today:
        yield Fault(_("This day is in the future."), "invalid", ("since",))
    if dates.until and dates.until > today:
        yield Fault(_("This day is in the future."), "invalid", ("until",))
    if dates.until and dates.until < dates.since:
        yield Fault(_("It does not end before it begins."), "invalid", ("until",))
    others = Holding.objects.filter(kind=holding.kind, code=holding.code).exclude(pk=holding.pk)
    if any(exclude_each_other(each.scope, holding.scope) and dates.overlaps(each) for each in others):
        yield Fault(_("It had another holder for some of these days."), "held_then")
