"""Working out what an import would do before anything is written."""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from communities.models import Community
from communities.topology import unknown_node
from members.models import Member
from recportal.accounts.models import User
from recportal.documents.faults import MOST_FAULTS, Fault, Path, first, say, too_many
from recportal.documents.field import DocumentField
from recportal.documents.paths import same
from recportal.documents.text import shown
from recportal.documents.words import required
from recportal.records.fields import validate_key
from recportal.records.history import differences_of
from recportal.records.models import Record
from recportal.text import compared
from recportal.text import stored as stored_text

from .bundle import Bundle
from .celine import node_id, unknown_parents
from .claimants import holder_text, refuse_held
from .faults import FileFault, overflowed
from .merging import merged, says_nothing_new, with_moved_children, without
from .plan import COLUMNS, Action, Kind, Plan, Progress, Step
from .points import points_as_stored, spelled_as_stored
from .spreadsheets.spoilt import day_in

_BATCH = 5000
#: After so many refused records the others are not looked at.
MOST_REFUSED = 100
#: The columns of a stored record that only a write asks for: a third of the time in which records are read.
_FOR_WRITING = ("created_at", "updated_at", "search_text")

_Row = TypeVar("_Row", Member, Asset)


class Planner:
    """Makes the plan for one bundle.

    Reads what is stored once, and asks the rules of the records with what will be there afterwards. The
    queries depend neither on the number of records in the file nor on that in the community, but for batches.
    """

    def __init__(
        self, bundle: Bundle, *, replace: bool, user: User | None = None, progress: Progress | None = None
    ) -> None:
        self.bundle = bundle
        self.replace = replace
        self._user = user
        self._progress = progress or (lambda _stage, _done, _total: None)
        self._total = 1 + len(bundle.members) + len(bundle.assets)
        #: Every member that there will be, by key; of those that the file does not name, a few columns.
        self.members: dict[str, Member] = {}
        self._by_pk: dict[int, Member] = {}
        #: User id → the keys of those who would have it.
        self._user_ids: dict[str, list[str]] = {}
        self._areas_in_use: set[str] = set()

    def plan(self) -> Plan:
        community = self._plan_community()
        self.community: Community = community.record
        if overflowed(self.bundle.faults):
            return self._given_up([community], self._total - 1)
        members = self._plan_members()
        assets = self._plan_assets()
        judged = self._judge([community, *members, *assets])
        if len(judged) < self._total:
            return self._given_up(judged, self._total - len(judged))
        removals = self._plan_removals() if self.replace and community.before else []
        self._refuse_turned_keys(Member, members)
        self._refuse_turned_keys(Asset, assets)
        _read_for_writing(Member, members)
        _read_for_writing(Asset, assets)
        refuse_held(
            self.community,
            self.members,
            [*members, *assets],
            removals,
            sheet=self.bundle.sheet,
            user=self._user,
        )
        steps = [community, *members, *assets, *removals]
        _leave_out_what_follows(steps, self.bundle.faults)
        return Plan(steps, self.bundle.faults, sheet=self.bundle.sheet)

    def _given_up(self, steps: list[Step], left: int) -> Plan:
        """The plan for a file in which so much is wrong that the rest of its records are not looked at."""
        message = say(_("There are too many errors: %(count)s records were not checked."), count=left)
        faults = [*self.bundle.faults, FileFault((), "too_many_errors", message)]
        _leave_out_what_follows(steps, self.bundle.faults)
        return Plan(steps, faults, sheet=self.bundle.sheet)

    # What the file says, on top of what is stored

    def _plan_community(self) -> Step:
        given = self.bundle.community
        key = stored_text(given.get("key") or "")
        stored = Community.objects.filter(key=key).first()
        record = copy.copy(stored) if stored else Community(key=key)
        self._fill("community", record, stored, given)
        if (stored and not self.replace) or self.bundle.parents:
            nodes = _tidied(record, "topology", given.get("topology", []))
            record.topology = with_moved_children(record.topology, nodes, self.bundle.parents)
        step = Step("community", key, Action.UPDATE if stored else Action.CREATE, record, stored)
        if isinstance(record.topology, list):
            places = {node_id(node): index for index, node in reversed(list(enumerate(record.topology)))}
            lost = list(unknown_parents(record.topology, self.bundle.parents).items())
            for child, parent in lost[:MOST_FAULTS]:
                step.refuse(unknown_node(parent, ("topology", places[child], "parent")))
            if len(lost) > MOST_FAULTS:
                step.refuse(too_many((), len(lost) - MOST_FAULTS))
        return step

    def _plan_members(self) -> list[Step]:
        stored = self._stored(Member, self.bundle.members)
        steps = []
        for key, given in self.bundle.members.items():
            steps.append(self._step("member", Member, key, stored.get(key), given))
            self.members[key] = steps[-1].record
        if not self.replace:
            self._add_unnamed_members()
        self._by_pk = {member.pk: member for member in self.members.values() if member.pk}
        for member in self.members.values():
            if isinstance(member.user_id, str):
                self._user_ids.setdefault(compared(member.user_id), []).append(member.key)
            if isinstance(member.area, str):
                self._areas_in_use.add(stored_text(member.area))
        return steps

    def _add_unnamed_members(self) -> None:
        if self.community.pk is None:
            return
        columns = ("pk", "key", "user_id", "area", "status")
        others = Member.objects.filter(community=self.community.pk).order_by()
        for values in others.values_list(*columns):
            if values[1] not in self.members:
                member = Member(**dict(zip(columns, values, strict=True)), community=self.community)
                self.members[member.key] = member

    def _plan_assets(self) -> list[Step]:
        stored = self._stored(Asset, self.bundle.assets)
        steps = []
        refused = 0
        for key, given in self.bundle.assets.items():
            steps.append(self._step("asset", Asset, key, stored.get(key), given))
            self._give_owner(steps[-1], given.get("owner"))
            refused += bool(steps[-1].faults)
            if refused >= MOST_REFUSED:
                break  # those that follow will not be looked at
        return steps

    def _step(
        self, kind: Kind, model: type[_Row], key: str, before: _Row | None, given: Mapping[str, Any]
    ) -> Step:
        """A record as the file would have it: the stored one itself where the file says nothing new."""
        if before is None:
            record = model(key=key, community=self.community)
            self._fill(kind, record, None, given)
            return Step(kind, key, Action.CREATE, record)
        cleared = self.bundle.cleared.get(key)
        if cleared:
            cleared = spelled_as_stored(before, cleared)
            news = list(self._news_after_clearing(cleared, kind, before, given).items())
        else:
            news = list(self._news(kind, before, before, given))
        step = Step(kind, key, Action.UPDATE, before, before)
        if news:
            self._copy(step)
        for name, value in news:
            setattr(step.record, name, value)
        return step

    def _news_after_clearing(
        self, cleared: list[Path], kind: Kind, before: _Row, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """As ``_news``, on top of a record in which the file has emptied some places."""
        emptied = copy.copy(before)
        for column, *below in cleared:
            setattr(emptied, str(column), without(getattr(emptied, str(column)), tuple(below)))
        news = {str(column): getattr(emptied, str(column)) for column, *_below in cleared}
        return news | dict(self._news(kind, emptied, emptied, given))

    def _copy(self, step: Step) -> None:
        """Keep the stored record as it is from now on, and let a copy of it become what the file says."""
        step.record = copy.copy(step.before)
        step.record.community = self.community

    def _give_owner(self, step: Step, key: str | None) -> None:
        if not key and step.before and not self.replace:
            owner = self._by_pk.get(step.before.owner_id)
        else:
            owner = self.members.get(key) if key else None
            if key and owner is None:
                message = say(_("There is no member “%(key)s”."), key=shown(key))
                step.refuse(Fault(message, "unknown_member", ("owner",)))
        if step.record is step.before:
            if owner is not None and owner.pk == step.before.owner_id:
                return
            self._copy(step)
        asset: Asset = step.record
        if owner is None:
            asset._state.fields_cache["owner"] = None
            asset.owner_id = 0 if step.faults else None  # type: ignore[assignment]  # judged, never stored
        else:
            asset.owner = owner

    def _fill(self, kind: Kind, record: Record, before: Record | None, given: Mapping[str, Any]) -> None:
        """Put what the file gives into the record. A blank (null) is the same as nothing."""
        for name, value in self._news(kind, record, before, given):
            setattr(record, name, value)

    def _news(
        self, kind: Kind, record: Record, before: Record | None, given: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """The columns, with their values, that the file gives another value than the stored record has."""
        for name, column, is_document in _columns(type(record), kind):
            value = given.get(name)
            if value is None:
                if before is None or not self.replace:
                    continue
                value = column.get_default()
            elif is_document and (before or kind == "community"):
                # A new member's or asset's documents are put in order when they are judged; a community's
                # are asked for its nodes before.
                value = self._document(record, before, name, value)
            if before is not None:
                stored = getattr(before, name)
                if value is stored or (value == stored if type(value) is str else same(value, stored)):
                    continue
            yield name, value

    def _document(self, record: Record, before: Record | None, name: str, given: Any) -> Any:
        """A document of the file on top of the stored one."""
        stored = None if before is None or self.replace else getattr(before, name)
        if stored is not None and name == "delivery_points":
            given = points_as_stored(stored, given)
        if stored is not None and says_nothing_new(stored, given):
            return stored
        given = _tidied(record, name, given)
        return given if stored is None else merged(stored, given)

    def _stored(self, model: type[_Row], keys: Iterable[str]) -> dict[str, _Row]:
        """The stored records of the community among ``keys``."""
        found: dict[str, _Row] = {}
        if self.community.pk is None:
            return found
        for batch in _batches(list(keys)):
            rows = model._default_manager.filter(community=self.community.pk, key__in=batch).order_by()
            found.update((record.key, record) for record in rows.defer(*_FOR_WRITING))
        return found

    def _plan_removals(self) -> list[Step]:
        """The records that the file does not name, assets before the members that own them."""
        return [
            *self._removals("asset", Asset, self.bundle.assets),
            *self._removals("member", Member, self.bundle.members),
        ]

    def _removals(self, kind: Kind, model: type[_Row], named: Collection[str]) -> Iterator[Step]:
        rows = model._default_manager.filter(community=self.community.pk)
        keys = rows.order_by("key").values_list("pk", "key")
        for batch in _batches([pk for pk, key in keys if key not in named]):
            for record in model._default_manager.filter(pk__in=batch).order_by("key"):
                yield Step(kind, record.key, Action.REMOVE, record, record)

    # Whether it may be so

    def areas_in_use(self, community: Community, areas: Collection[str]) -> set[str]:
        return self._areas_in_use.intersection(areas)

    def user_id_taken(self, member: Member) -> bool:
        return len(self._user_ids.get(compared(member.user_id), ())) > 1

    def _with_holder(self, step: Step, fault: Fault) -> Fault:
        """The fault, with the member that has what this one claims."""
        if fault.code != "user_id_taken":
            return fault
        holder = next(key for key in self._user_ids[compared(step.record.user_id)] if key != step.key)
        text = say("%(text)s %(holder)s", text=fault.text, holder=holder_text(holder, self.bundle.sheet))
        return Fault(text, str(fault.code), fault.path)

    def _judge(self, steps: list[Step]) -> list[Step]:
        """Check the steps in turn, and return those that were checked: not all, when too many are refused."""
        refused = 0
        for done, step in enumerate(steps, 1):
            self._judge_step(step)
            refused += bool(step.faults)
            if done % 200 == 0 or done == self._total:
                self._progress("plan", done, self._total)
            if refused >= MOST_REFUSED:
                return steps[:done]
        return steps

    def _refuse_turned_keys(self, model: type[_Row], steps: list[Step]) -> None:
        """Refuse a new key in a table that is a known one as a program gives it back: 01-mar for mar-01."""
        made = [step for step in steps if step.action == Action.CREATE and day_in(step.key)]
        if not made or not self.bundle.sheet:
            return
        keys = model._default_manager.filter(community=self.community.pk).values_list("key", flat=True)
        known = {day_in(key): key for key in keys}
        for step in made:
            if key := known.get(day_in(step.key)):
                message = _(
                    "This looks like the key “%(key)s”, of which a spreadsheet program has made a date."
                )
                step.refuse(Fault(say(message, key=shown(key)), "key_turned", ("key",)))

    def _said(self, step: Step) -> Mapping[str, Any]:
        """What the file says of the record."""
        given = {"member": self.bundle.members, "asset": self.bundle.assets}
        return given[step.kind][step.key] if step.kind in given else self.bundle.community

    def _judge_step(self, step: Step) -> None:
        if step.before and not step.faults and not _says_something_new(step):
            step.action = Action.UNCHANGED
            return
        for fault in _key_faults(step):
            step.refuse(fault)
        told = {"key", "owner"} & {fault.column for fault in step.faults}
        for fault in first(step.record.faults(step.before, self)):
            if fault.column not in told:
                step.refuse(self._with_holder(step, fault))
        if step.before:
            for fault in step.record.another_faults(step.before, self._said(step)):
                step.refuse(fault)
        if step.kind == "community" and not isinstance(step.record.areas, dict):
            # The fault is told. The members are judged as if the areas that they name existed.
            step.record.areas = {area: {} for area in self._areas_in_use}
        if step.before and not step.faults:
            step.differences = differences_of(step.before, step.record)
            if not step.differences:
                step.action = Action.UNCHANGED


def _tidied(record: Record, name: str, document: Any) -> Any:
    """A document of the file as the record would store it, so that it can be compared."""
    column = record._meta.get_field(name)
    judge = column.schema_of(record) if isinstance(column, DocumentField) else None
    return judge.tidy(document) if judge else document


@cache
def _columns(model: type[Record], kind: Kind) -> list[tuple[str, Any, bool]]:
    """The columns of a bundle: the name, the field, and whether it is a document's."""
    columns = [(name, model._meta.get_field(name)) for name in COLUMNS[kind]]
    return [(name, column, isinstance(column, DocumentField)) for name, column in columns]


def _read_for_writing(model: type[_Row], steps: list[Step]) -> None:
    """Read what a write asks of the stored record, for those that are written: see ``_FOR_WRITING``."""
    before = {step.before.pk: step.before for step in steps if step.action == Action.UPDATE}
    for batch in _batches(list(before)):
        rows = model._default_manager.filter(pk__in=batch).order_by().values("pk", *_FOR_WRITING)
        for row in rows:
            vars(before[row.pop("pk")]).update(row)


def _says_something_new(step: Step) -> bool:
    before, record = step.before, step.record
    if record is before:
        return False
    if step.kind == "asset" and record.owner_id != before.owner_id:
        return True
    pairs = ((getattr(before, name), getattr(record, name)) for name in COLUMNS[step.kind])
    return not all(old is new or same(old, new) for old, new in pairs)


def _key_faults(step: Step) -> Iterator[Fault]:
    """What is wrong with a key as it stands in the file.

    A record proposes a missing key and trims blanks; a file names its records, and two of its keys must not
    mean one record.
    """
    if not step.key:
        yield required(("key",))
        return
    try:
        validate_key(step.key)
    except ValidationError as error:
        yield Fault(error.message, "invalid", ("key",))


def _leave_out_what_follows(steps: list[Step], file_faults: list[FileFault]) -> None:
    """Drop the faults that follow from one of the file: what it could not give is not also missing."""
    told = {_column_of(fault.path) for fault in file_faults}
    for step in steps if told else ():
        record = step.kind, "" if step.kind == "community" else step.key
        left = [fault for fault in step.faults if not {(*record, ""), (*record, fault.column)} & told]
        if step.faults and not left:
            step.action = Action.UPDATE if step.before else Action.CREATE
        step.faults = left


def _column_of(path: Path) -> tuple[str, str, str]:
    """Kind, key and column of a place in the file, in either dialect; no column for a record as a whole."""
    match path:
        case ("community", *rest) if len(rest) < 2:
            return "community", "", "key" if rest == ["id"] else str(*rest)
        case ("members", _, "assets", _, str(key), *rest) | ("assets", str(key), *rest) if len(rest) < 2:
            return "asset", key, str(*rest)
        case ("members", str(key), *rest) if len(rest) < 2:
            return "member", key, str(*rest)
    return "", "", ""


def _batches(values: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
