"""What an import would do, record by record, worked out before anything is written."""

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from communities.models import Community
from communities.topology import unknown_node
from members.holdings import AlreadyHeld, Claim, held_by_others, own_claims, rivals
from members.models import HOLDING_STATUSES, Holding, Member
from recportal.documents.faults import Fault, say
from recportal.documents.field import DocumentField
from recportal.documents.paths import Difference, same
from recportal.documents.text import shown
from recportal.records.history import differences_of
from recportal.records.models import Record

from .bundle import Bundle
from .celine import node_id, unknown_parents
from .faults import FileFault
from .merging import merged, says_nothing_new, with_moved_children

#: Called with the stage of the work and how many of how many records are done.
Progress = Callable[[str, int, int], None]

Kind = Literal["community", "member", "asset"]

#: The columns of a record that a bundle carries, apart from keys and relations.
COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "community": (
        "name", "description", "areas", "topology", "legal", "links", "contact", "settings", "extra",
    ),
    "member": ("user_id", "name", "role", "area", "status", "delivery_points", "extra"),
    "asset": ("asset_type", "name", "sensor_id", "properties", "device", "relationships", "extra"),
}  # fmt: skip

_BATCH = 5000


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REMOVE = "remove"
    REFUSED = "refused"


@dataclass
class Step:
    """What the import does with one record: ``record`` as it would be stored, ``before`` as it is (None: new)."""

    kind: Kind
    key: str
    action: Action
    record: Any
    before: Any = None
    differences: list[Difference] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.action = Action.REFUSED


@dataclass
class Plan:
    """All steps, the community's first; ``file_faults`` are those of the file itself.

    ``applied`` says whether the plan was carried out, which it is not while anything is refused.
    """

    steps: list[Step]
    file_faults: list[FileFault] = field(default_factory=list)
    applied: bool = False

    @property
    def refused(self) -> bool:
        return bool(self.file_faults) or any(step.faults for step in self.steps)

    @property
    def community(self) -> Community:
        community = self.steps[0].record
        assert isinstance(community, Community)
        return community

    def of(self, kind: Kind, *actions: Action) -> list[Step]:
        return [step for step in self.steps if step.kind == kind and step.action in actions]

    def counts(self) -> dict[str, dict[str, int]]:
        """Kind → action → number of records."""
        found: dict[str, dict[str, int]] = {kind: {} for kind in COLUMNS}
        for step in self.steps:
            found[step.kind][step.action.value] = found[step.kind].get(step.action.value, 0) + 1
        return found

    @property
    def changes_nothing(self) -> bool:
        return all(step.action == Action.UNCHANGED for step in self.steps)


class Planner:
    """Makes the plan for one bundle. Reads what is stored once, and asks the rules with what will be there afterwards."""

    def __init__(self, bundle: Bundle, *, replace: bool, progress: Progress | None = None) -> None:
        self.bundle = bundle
        self.replace = replace
        self._progress = progress or (lambda _stage, _done, _total: None)
        self._done = 0
        self._total = 1 + len(bundle.members) + len(bundle.assets)
        #: Every member that there will be, by key; those that the file does not name are read when they are needed.
        self.members: dict[str, Member] = {}
        self._by_pk: dict[int, Member] = {}
        self._user_ids: Counter[str] = Counter()
        self._areas_in_use: set[str] = set()

    def plan(self) -> Plan:
        community = self._plan_community()
        self.community: Community = community.record
        members = self._plan_members()
        assets = self._plan_assets()
        removals = self._plan_removals() if self.replace and community.before else []
        self._judge([community, *members, *assets])
        steps = [community, *members, *assets, *removals]
        self._judge_holdings(members, assets, removals)
        self._say_once(steps)
        return Plan(steps, self.bundle.faults)

    def _say_once(self, steps: list[Step]) -> None:
        """Leave out what follows from a fault of the file: a value that the file could not give is not "missing"."""
        told = {(str(step), fault.path[-1]) for fault in self.bundle.faults for step in fault.path}
        for step in steps if told else ():
            name = "community" if step.kind == "community" else step.key
            step.faults = [fault for fault in step.faults if (name, fault.column) not in told]

    # What the file says, on top of what is stored

    def _plan_community(self) -> Step:
        key = self.bundle.community.get("key", "")
        stored = Community.objects.filter(key=key).first() if isinstance(key, str) else None
        record = copy.copy(stored) if stored else Community(key=key)
        self._fill("community", record, stored, self.bundle.community)
        if stored and not self.replace or self.bundle.parents:
            given = self._tidied(record, "topology", self.bundle.community.get("topology", []))
            record.topology = with_moved_children(record.topology, given, self.bundle.parents)
        step = Step("community", key, Action.UPDATE if stored else Action.CREATE, record, stored)
        if isinstance(record.topology, list):
            for child, parent in unknown_parents(record.topology, self.bundle.parents).items():
                places = [index for index, node in enumerate(record.topology) if node_id(node) == child]
                step.refuse(unknown_node(parent, ("topology", *places[:1], "parent")))
        return step

    def _plan_members(self) -> list[Step]:
        stored = self._stored(Member, self.bundle.members)
        steps = []
        for key, given in self.bundle.members.items():
            before = stored.get(key)
            record = copy.copy(before) if before else Member(key=key)
            record.community = self.community
            self._fill("member", record, before, given)
            self.members[key] = record
            steps.append(Step("member", key, Action.UPDATE if before else Action.CREATE, record, before))
        if self.community.pk and not self.replace:
            others = Member.objects.filter(community=self.community.pk).order_by()
            for pk, key, user_id, area, status in others.values_list(
                "pk", "key", "user_id", "area", "status"
            ):
                if key not in self.members:
                    self.members[key] = Member(pk=pk, key=key, user_id=user_id, area=area, status=status)
                    self.members[key].community = self.community
        self._by_pk = {member.pk: member for member in self.members.values() if member.pk}
        for member in self.members.values():
            if isinstance(member.user_id, str):
                self._user_ids[member.user_id.strip()] += 1
            if isinstance(member.area, str):
                self._areas_in_use.add(member.area)
        return steps

    def _plan_assets(self) -> list[Step]:
        stored = self._stored(Asset, self.bundle.assets)
        steps = []
        for key, given in self.bundle.assets.items():
            before = stored.get(key)
            record = copy.copy(before) if before else Asset(key=key)
            record.community = self.community
            self._fill("asset", record, before, given)
            step = Step("asset", key, Action.UPDATE if before else Action.CREATE, record, before)
            self._give_owner(step, given)
            steps.append(step)
        return steps

    def _give_owner(self, step: Step, given: dict[str, Any]) -> None:
        asset: Asset = step.record
        if "owner" not in given and step.before and not self.replace:
            owner = self._by_pk.get(step.before.owner_id)
        else:
            key = given.get("owner")
            owner = self.members.get(key) if isinstance(key, str) else None
            if owner is None and key not in (None, ""):
                message = say(_("There is no member “%(key)s”."), key=shown(str(key)))
                step.refuse(Fault(message, "unknown_member", ("owner",)))
        if owner is None:
            asset._state.fields_cache["owner"] = None
            asset.owner_id = 0 if step.faults else None  # type: ignore[assignment]  # judged, never stored
        else:
            asset.owner = owner

    def _fill(self, kind: Kind, record: Record, before: Record | None, given: dict[str, Any]) -> None:
        for name in COLUMNS[kind]:
            column = record._meta.get_field(name)
            assert isinstance(column, models.Field)
            if name not in given:
                if before is not None and self.replace:
                    setattr(record, name, column.get_default())
                continue
            value = given[name]
            if isinstance(column, DocumentField):
                value = self._tidied(record, name, column.kind() if value is None else value)
                if before is not None and not self.replace:
                    stored = getattr(before, name)
                    value = stored if says_nothing_new(stored, value) else merged(stored, value)
            elif value is None and name != "sensor_id":
                value = column.get_default()
            setattr(record, name, value)

    def _tidied(self, record: Record, name: str, document: Any) -> Any:
        column = record._meta.get_field(name)
        judge = column.schema_of(record) if isinstance(column, DocumentField) else None
        return judge.tidy(document) if judge else document

    def _stored(self, model: type[Any], keys: Iterable[str]) -> dict[str, Any]:
        """The stored records of the community among ``keys``."""
        if self.community.pk is None:
            return {}
        wanted = list(keys)
        found: dict[str, Any] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = model.objects.filter(community=self.community.pk, key__in=wanted[start : start + _BATCH])
            found.update((record.key, record) for record in batch.order_by())
        for record in found.values():
            record.community = self.community
        return found

    def _plan_removals(self) -> list[Step]:
        """The records that the file does not name, assets before the members that own them."""
        removals = []
        kinds: list[tuple[Kind, type[Any], Collection[str]]] = [
            ("asset", Asset, self.bundle.assets),
            ("member", Member, self.bundle.members),
        ]
        for kind, model, named in kinds:
            for record in model.objects.filter(community=self.community.pk).order_by("key"):
                if record.key not in named:
                    removals.append(Step(kind, record.key, Action.REMOVE, record, record))
        return removals

    # Whether it may be so

    def areas_in_use(self, community: Community, areas: Collection[str]) -> set[str]:
        return self._areas_in_use & set(areas)

    def user_id_taken(self, member: Any) -> bool:
        return self._user_ids[member.user_id] > 1

    def _judge(self, steps: list[Step]) -> None:
        for step in steps:
            self._judge_step(step)
            self._done += 1
            if self._done % 200 == 0 or self._done == self._total:
                self._progress("plan", self._done, self._total)

    def _judge_step(self, step: Step) -> None:
        if step.before and not step.faults and not self._says_something_new(step):
            step.action = Action.UNCHANGED
            return
        for fault in step.record.faults(step.before, self):
            if fault.column != "owner" or not step.faults:
                step.refuse(fault)
        if step.kind == "community" and not isinstance(step.record.areas, dict):
            # The fault is told. The members are judged as if the areas that they name existed.
            step.record.areas = dict.fromkeys(self._areas_in_use, {})
        if step.faults:
            return
        if step.before:
            step.differences = differences_of(step.before, step.record)
            if not step.differences:
                step.action = Action.UNCHANGED

    def _says_something_new(self, step: Step) -> bool:
        before, record = step.before, step.record
        if step.kind == "asset" and record.owner_id != before.owner_id:
            return True
        pairs = ((getattr(before, name), getattr(record, name)) for name in COLUMNS[step.kind])
        return not all(old is new or same(old, new) for old, new in pairs)

    def _judge_holdings(self, members: list[Step], assets: list[Step], removals: list[Step]) -> None:
        """Refuse the claims on what others hold, or two records of the file claim."""
        members = [step for step in members if step.action != Action.UNCHANGED]
        assets = [step for step in assets if step.action != Action.UNCHANGED]
        claimants = _Claimants(self.community, self.members)
        for step in members:
            claimants.add_member(step)
        for step in assets:
            claimants.add_asset(step)
        gone = {step.key for step in removals if step.kind == "asset"}
        moved = {step.before.owner_id for step in assets if step.before}
        claimants.add_stored(
            {*(step.key for step in assets), *gone}, [self._by_pk[pk] for pk in moved if pk in self._by_pk]
        )
        besides = claimants.member_ids | {step.record.pk for step in removals if step.kind == "member"}
        claims = sorted(claimants.claims)
        for conflict in (*rivals(claims), *held_by_others(claims, besides)):
            claimants.refuse(conflict)


class _Claimants:
    """Who claims what once the plan is carried out: by whom a claim is made leads back to its step."""

    def __init__(self, community: Community, members: dict[str, Member]) -> None:
        self.community = community
        self.members = members
        self.claims: list[Claim] = []
        #: The members whose holdings the import settles; those that the file does not name, by id.
        self.member_ids: set[int] = set()
        self._unnamed: dict[int, Member] = {}
        self._steps: dict[tuple[str, int], Step] = {}
        self._ids: dict[int, int] = {}

    def _id(self, record: Record) -> int:
        """The id of a record; a negative one for a record that is not stored yet."""
        return record.pk or self._ids.setdefault(id(record), -1 - len(self._ids))

    def add_member(self, step: Step) -> None:
        member: Member = step.record
        pk = self._id(member)
        self.member_ids.add(pk)
        self._steps["member", pk] = step
        if member.status in HOLDING_STATUSES:
            key, community_id = self.community.key, self.community.pk or 0
            points = member.delivery_points if isinstance(member.delivery_points, list) else []
            extra = member.extra if isinstance(member.extra, dict) else {}
            self.claims += own_claims(pk, community_id, key, points, extra)

    def add_asset(self, step: Step) -> None:
        asset: Asset = step.record
        asset_id = self._id(asset)
        self._steps["asset", asset_id] = step
        if asset._state.fields_cache.get("owner") is None:
            return  # nobody would hold its sensor
        self._claim_sensor(asset_id, asset.owner, asset.sensor_id)

    def _claim_sensor(self, asset_id: int, owner: Member, sensor: str | None) -> None:
        owner_id = self._id(owner)
        if owner_id not in self.member_ids:
            self.member_ids.add(owner_id)
            self._unnamed[owner_id] = owner
        if sensor and owner.status in HOLDING_STATUSES:
            kind, community_id = Holding.Kind.SENSOR.value, self.community.pk or 0
            self.claims.append(
                Claim(kind, sensor, "", owner_id, asset_id, community_id, ("sensor_id",), sensor)
            )

    def add_stored(self, named: Collection[str], former_owners: Iterable[Member]) -> None:
        """What these members hold of which the file says nothing; ``named`` are the keys of assets that it names."""
        for owner in former_owners:
            if owner.pk not in self.member_ids:
                self.member_ids.add(owner.pk)
                self._unnamed[owner.pk] = owner
        by_pk = {member.pk: member for member in self.members.values() if member.pk}
        ids = [pk for pk in self.member_ids if pk > 0]
        for start in range(0, len(ids), _BATCH):
            stored = Asset.objects.filter(owner__in=ids[start : start + _BATCH]).exclude(sensor_id=None)
            for pk, key, owner_id, sensor in stored.order_by().values_list(
                "pk", "key", "owner_id", "sensor_id"
            ):
                if key not in named and owner_id in by_pk:
                    self._claim_sensor(pk, by_pk[owner_id], sensor)
        unnamed = list(self._unnamed)
        for start in range(0, len(unnamed), _BATCH):
            held = Holding.objects.filter(member__in=unnamed[start : start + _BATCH], until=None)
            held = held.exclude(kind=Holding.Kind.SENSOR).order_by()
            for kind, scope, code, pk in held.values_list("kind", "scope", "code", "member_id"):
                self.claims.append(Claim(kind, code, scope, pk, None, self.community.pk or 0, (), code))

    def refuse(self, conflict: AlreadyHeld) -> None:
        """Tell the step whose claim it is; where the file does not name that record, the step that claims the same."""
        for claim in (conflict.claim, *self._same(conflict.claim)):
            place = ("asset", claim.asset_id) if claim.asset_id is not None else ("member", claim.member_id)
            step = self._steps.get(place) or self._steps.get(("member", claim.member_id))
            if step:
                own = claim.path if step.kind == place[0] else ()
                step.refuse(Fault(conflict.text, str(conflict.code), own))
                return

    def _same(self, claim: Claim) -> Iterator[Claim]:
        return (
            one
            for one in self.claims
            if (one.kind, one.code) == (claim.kind, claim.code) and one is not claim
        )
