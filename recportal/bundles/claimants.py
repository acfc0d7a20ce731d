"""Who would hold what once a plan is carried out, and whether somebody else holds it."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from communities.models import Community
from members.holdings import AlreadyHeld, Claim, held_by_others, own_claims, point_of_another, rivals
from members.identifiers import possible_codes
from members.models import HOLDING_STATUSES, Holding, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.faults import Fault, Text, say
from recportal.documents.text import shown
from recportal.records.models import Record
from recportal.records.querysets import reach_of
from recportal.text import compared

from .plan import Action, Step

if TYPE_CHECKING:
    from .spreadsheets.sheet import Sheet

_Value = TypeVar("_Value", int, str)

_BATCH = 5000
#: Records that are not stored yet count from here: of two claims, the stored record's and the earlier one in
#: the file has the better right.
_FIRST_NEW_ID = 2**62


def refuse_held(
    community: Community,
    members: dict[str, Member],
    steps: list[Step],
    removals: list[Step],
    *,
    sheet: "Sheet | None" = None,
    user: User | None = None,
) -> None:
    """Refuse the steps that claim what others hold, or what an earlier step of the plan claims.

    The holder is named: by its row of the ``sheet``, or by its key where ``user`` may see it.

    ``members`` are all members that there will be, by key; ``steps`` those of members and assets. What the
    plan leaves as it is holds what it holds; the queries do not depend on the number of records.
    """
    changed = [step for step in steps if step.action != Action.UNCHANGED]
    claimants = _Claimants(community, members)
    for step in changed:
        claimants.add(step)
    claimants.add_stored(
        named={step.key for step in (*changed, *removals) if step.kind == "asset"},
        former_owners={step.before.owner_id for step in (*changed, *removals) if _had_owner(step)},
    )
    removed = {step.record.pk for step in removals if step.kind == "member"}
    claims = sorted(claimants.claims)
    conflicts = [*rivals(claims), *held_by_others(claims, claimants.member_ids | removed)]
    claimants.name_holders(conflicts, sheet, user)
    for conflict in conflicts:
        claimants.refuse(conflict)
    _refuse_points_of_others(claimants, changed, claimants.member_ids | removed)


def _refuse_points_of_others(claimants: "_Claimants", changed: list[Step], settled: Collection[int]) -> None:
    """Refuse the meters that name a point which, once all is written, another than their owner holds.

    ``settled`` are the members whose holdings follow from the plan. A meter that the plan gives neither
    another point nor another owner is left alone.
    """
    meters = [(step, possible_codes(step.record.metered_point)) for step in changed if _names_a_point(step)]
    holders: dict[str, set[int]] = {}
    for claim in claimants.claims if meters else ():
        if claim.kind == Holding.Kind.DELIVERY_POINT:
            holders.setdefault(claim.code, set()).add(claim.member_id)
    for batch in _batches({code for _step, codes in meters for code in codes}):
        held = Holding.objects.filter(kind=Holding.Kind.DELIVERY_POINT, code__in=batch, until=None)
        held = held.filter(scope__in=("", claimants.key)).order_by()
        for code, member_id in held.values_list("code", "member_id"):
            if member_id not in settled:
                holders.setdefault(code, set()).add(member_id)
    for step, codes in meters:
        holding = set().union(*(holders.get(code, ()) for code in codes))
        if holding and claimants.id_of(step.record.owner) not in holding:
            _tell(step, point_of_another(step.record.metered_point))


def _names_a_point(step: Step) -> bool:
    """Whether a step gives a meter a delivery point, or a meter that has one to an owner."""
    if step.kind != "asset" or step.faults or not step.record.metered_point:
        return False
    asset, before = step.record, step.before
    if asset._state.fields_cache.get("owner") is None:
        return False
    return before is None or (before.metered_point, before.owner_id) != (asset.metered_point, asset.owner.pk)


def _had_owner(step: Step) -> bool:
    return step.kind == "asset" and step.before is not None


def holder_text(key: str, sheet: "Sheet | None") -> Text:
    """The member with this key, or its row of the table, as that which has what another one claims."""
    if sheet and sheet.kind == "member" and key in sheet.rows:
        return say(_("Row %(row)s says the same."), row=sheet.rows[key])
    return say(_("Member “%(member)s” has it."), member=shown(key))


class _Claimants:
    """The claims of the members whose holdings the import settles; each leads back to its step."""

    def __init__(self, community: Community, members: dict[str, Member]) -> None:
        self.claims: list[Claim] = []
        self.member_ids: set[int] = set()
        self.key = community.key
        self._community_id = community.pk or 0
        self._by_pk = {member.pk: member for member in members.values() if member.pk}
        #: Those of whom the plan changes nothing but what they own.
        self._as_stored: set[int] = set()
        self._steps: dict[tuple[str, int], Step] = {}
        self._new_ids: dict[int, int] = {}
        self._by_code: dict[tuple[str, str], list[Claim]] = {}
        #: Members of other communities that the importer may see: id → (community, key).
        self._elsewhere: dict[int, tuple[str, str]] = {}
        self._sheet: Sheet | None = None

    def id_of(self, record: Record) -> int:
        return record.pk or self._new_ids.setdefault(id(record), _FIRST_NEW_ID + len(self._new_ids))

    def add(self, step: Step) -> None:
        """A member or an asset as it would be stored; members before their assets."""
        pk = self.id_of(step.record)
        self._steps[step.kind, pk] = step
        if step.kind == "member":
            self._add_member(pk, step.record)
        elif step.record._state.fields_cache.get("owner") is not None:  # else nobody would hold its sensor
            self._add_sensor(pk, step.record.owner, step.record.sensor_id)

    def _add_member(self, pk: int, member: Member) -> None:
        self.member_ids.add(pk)
        if member.status in HOLDING_STATUSES:
            points = member.delivery_points if isinstance(member.delivery_points, list) else []
            extra = member.extra if isinstance(member.extra, dict) else {}
            self.claims += own_claims(pk, self._community_id, self.key, points, extra)

    def _add_sensor(self, asset_id: int, owner: Member, sensor: str | None) -> None:
        owner_id = self.id_of(owner)
        self._add_as_stored(owner_id)
        if sensor and owner.status in HOLDING_STATUSES:
            kind, path = Holding.Kind.SENSOR.value, ("sensor_id",)
            code = compared(sensor)
            self.claims.append(Claim(kind, code, "", owner_id, asset_id, self._community_id, path, sensor))

    def _add_as_stored(self, member_id: int) -> None:
        if member_id not in self.member_ids:
            self.member_ids.add(member_id)
            self._as_stored.add(member_id)

    def add_stored(self, named: Collection[str], former_owners: Collection[int]) -> None:
        """What these members hold besides; ``named`` are the keys of assets of which the plan has spoken."""
        for pk in former_owners:
            if pk in self._by_pk:
                self._add_as_stored(pk)
        for batch in _batches(pk for pk in self.member_ids if pk in self._by_pk):
            stored = Asset.objects.filter(owner__in=batch).exclude(sensor_id=None).order_by()
            for pk, key, owner_id, sensor in stored.values_list("pk", "key", "owner_id", "sensor_id"):
                if key not in named:
                    self._add_sensor(pk, self._by_pk[owner_id], sensor)
        for batch in _batches(self._as_stored):
            held = Holding.objects.filter(member__in=batch, until=None).exclude(kind=Holding.Kind.SENSOR)
            for kind, scope, code, pk in held.order_by().values_list("kind", "scope", "code", "member_id"):
                self.claims.append(Claim(kind, code, scope, pk, None, self._community_id, (), code))

    def refuse(self, conflict: AlreadyHeld) -> None:
        """Tell the step that makes the claim; where the plan leaves its record, one that claims the same."""
        for claim in chain([conflict.claim], self._same(conflict.claim)):
            step = self._steps.get(_place(claim))
            if step:
                _tell(step, Fault(self._text(conflict, claim), str(conflict.code), claim.path))
                return
        for claim in chain([conflict.claim], self._same(conflict.claim)):
            step = self._steps.get(("member", claim.member_id))
            if step:  # whose asset is not part of the plan: it is the status that makes the claim
                _tell(step, Fault(self._text(conflict, claim), str(conflict.code), ("status",)))
                return

    def name_holders(
        self, conflicts: Collection[AlreadyHeld], sheet: "Sheet | None", user: User | None
    ) -> None:
        """Look up the holders that can be named."""
        self._sheet = sheet
        reach = reach_of(user)
        seen = {
            each.holder_id for each in conflicts if reach.allows(Level.VIEWER, each.holder_community_id)
        } - self._by_pk.keys()
        for batch in _batches(seen):
            rows = Member.objects.filter(pk__in=batch).order_by()
            for pk, community, key in rows.values_list("pk", "community__key", "key"):
                self._elsewhere[pk] = community, key

    def _text(self, conflict: AlreadyHeld, claim: Claim) -> Text:
        """What the claim of the conflict is refused with; it names the holder where the user may see it."""
        against = conflict.claim.member_id, conflict.claim.asset_id
        if claim is conflict.claim:
            against = conflict.holder_id, conflict.holder_asset_id
        holder = self._holder(*against)
        return say("%(text)s %(holder)s", text=conflict.text, holder=holder) if holder else conflict.text

    def _holder(self, member_id: int, asset_id: int | None) -> "Text | None":
        asset = self._steps.get(("asset", asset_id)) if asset_id else None
        member = self._steps.get(("member", member_id)) or self._by_pk.get(member_id)
        if asset and self._sheet and asset.key in self._sheet.rows and self._sheet.kind == "asset":
            return say(_("Row %(row)s says the same."), row=self._sheet.rows[asset.key])
        if member:
            return holder_text(member.key, self._sheet)
        if member_id in self._elsewhere:
            community, key = self._elsewhere[member_id]
            message = _("Member “%(member)s” of the community “%(community)s” has it.")
            return say(message, member=shown(key), community=shown(community))
        return None

    def _same(self, claim: Claim) -> list[Claim]:
        if not self._by_code:
            for one in self.claims:
                self._by_code.setdefault((one.kind, one.code), []).append(one)
        return self._by_code[claim.kind, claim.code]


def _place(claim: Claim) -> tuple[str, int]:
    return ("member", claim.member_id) if claim.asset_id is None else ("asset", claim.asset_id)


def _tell(step: Step, fault: Fault) -> None:
    """A claim that several others oppose is told once."""
    if not any((told.code, told.path) == (fault.code, fault.path) for told in step.faults):
        step.refuse(fault)


def _batches(ids: Iterable[_Value]) -> Iterator[list[_Value]]:
    listed = sorted(ids)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
