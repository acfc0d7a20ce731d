"""Whether everything that is stored still holds, asked of every record there is.

Doors refuse what breaks a rule, and the database what breaks a constraint; yet rows come in by other ways:
SQL by hand, a restored dump, an older release whose schemas allowed more. Here all of it is judged once more,
in batches.
"""

import copy
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from assets.notices import asset_notices
from assets.notices import background_of as background_of_assets
from communities.models import Community
from communities.notices import community_notices
from members.holdings import AlreadyHeld, Claim, claims_of, exclude_each_other, held_by_others
from members.models import Holding, Member
from members.notices import background_of as background_of_members
from members.notices import member_notices
from recportal.documents.faults import Fault, Text, dotted, say
from recportal.documents.paths import differences, same
from recportal.documents.text import shown
from recportal.records.history import tracked_values
from recportal.records.models import Record
from recportal.records.notices import Notice
from recportal.text import compared

from .exporting import one_moment

#: Called with the stage of the work (``communities``, ``members``, ``assets``, ``constraints``), and how much
#: of how much is done.
Progress = Callable[[str, int, int], None]

#: A community's grid may be megabytes, a member's documents some kilobytes.
_FEW: Final = 10
_BATCH: Final = 500
_OUR_APPS: Final = ("accounts", "communities", "members", "assets")


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, or, with ``is_notice``, one that looks wrong.

    ``kind`` is ``community``, ``member``, ``asset``, or the name of another model, whose ``key`` is then the
    row's id; ``community`` is a key, empty for what is in none.
    """

    kind: str
    community: str
    key: str
    code: str
    path: str
    text: Text
    is_notice: bool = False

    @property
    def record(self) -> str:
        """The record as people name it: ``member north/m-0001``."""
        place = f"{self.community}/{self.key}" if self.community and self.kind != "community" else self.key
        return f"{self.kind} {place}"


class RegistryCheck:
    """Goes through the registry once: iterate over ``findings()``, then look at ``checked``."""

    def __init__(self, *, notices: bool = False, progress: Progress | None = None) -> None:
        self.with_notices = notices
        #: Kind → number of records that were looked at.
        self.checked: dict[str, int] = {"community": 0, "member": 0, "asset": 0}
        self._progress = progress or (lambda _stage, _done, _total: None)
        self._today = timezone.localdate()
        #: Of each community the key and the names of its areas: what the judgement of its records needs.
        self._communities: dict[int, Community] = {}
        #: The communities and members whose documents cannot be relied on by those who read them.
        self._unsound: set[tuple[str, int]] = set()
        #: What should be held by its code, and is not.
        self._missing: dict[tuple[str, str], list[Claim]] = {}

    def findings(self) -> Generator[Finding, None, None]:
        """Everything that is found, as it is found; all of it is of one moment."""
        with one_moment():
            yield from self._walk("communities", Community.objects.all(), _FEW, self._community_batch)
            yield from self._walk("members", Member.objects.all(), _BATCH, self._member_batch)
            yield from self._walk("assets", Asset.objects.all(), _BATCH, self._asset_batch)
            yield from self._broken_constraints()

    def _walk(
        self,
        stage: str,
        rows: "models.QuerySet[Any]",
        size: int,
        judge: Callable[[list[Any]], Iterator[Finding]],
    ) -> Iterator[Finding]:
        done, total, last = 0, rows.count(), 0
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
            yield from judge(batch)
            done, last = done + len(batch), batch[-1].pk
            self.checked[batch[0]._meta.model_name] += len(batch)
            self._progress(stage, done, total)

    # The three kinds of records

    def _community_batch(self, communities: list[Community]) -> Iterator[Finding]:
        for community in communities:
            areas = community.areas if isinstance(community.areas, dict) else {}
            self._communities[community.pk] = Community(
                pk=community.pk, key=community.key, areas={key: {} for key in areas}
            )
        yield from self._judged(communities)
        if self.with_notices:
            for community in self._sound(communities):
                yield from self._remarks(community, community_notices(community))

    def _member_batch(self, members: list[Member]) -> Iterator[Finding]:
        members = self._with_community(members)
        yield from self._judged(members)
        yield from self._shared_user_ids(members)
        sound = self._sound(members)
        yield from self._unheld(sound)
        if self.with_notices:
            sound = [member for member in sound if not self._is_unsound("community", member.community_id)]
            background = background_of_members(sound)
            for member in sound:
                yield from self._remarks(member, member_notices(member, background, self._today))

    def _asset_batch(self, assets: list[Asset]) -> Iterator[Finding]:
        assets = self._with_owner(self._with_community(assets))
        yield from self._judged(assets)
        if self.with_notices:
            sound = [
                asset
                for asset in self._sound(assets)
                if not self._is_unsound("community", asset.community_id)
                and not self._is_unsound("member", asset.owner_id)
            ]
            background = background_of_assets(sound)
            for asset in sound:
                yield from self._remarks(asset, asset_notices(asset, background, self._today))

    def _with_community(self, records: list[Any]) -> list[Any]:
        """The records whose community there is, each with it; of the others the constraints will speak."""
        known = [record for record in records if record.community_id in self._communities]
        for record in known:
            record.community = self._communities[record.community_id]
        return known

    def _with_owner(self, assets: list[Asset]) -> list[Asset]:
        owners = Member.objects.filter(pk__in={asset.owner_id for asset in assets}).order_by()
        known = {
            owner.pk: owner for owner in self._with_community(list(owners.only("key", "status", "community")))
        }
        owned = [asset for asset in assets if asset.owner_id in known]
        for asset in owned:
            asset.owner = known[asset.owner_id]
        return owned

    # What is asked of each record

    def _judged(self, records: list[Any]) -> Iterator[Finding]:
        """What the record's own rules say, whether it is stored as it would be written, and its history."""
        entries = _newest_entries(records)
        for record in records:
            was = copy.copy(record)
            found = record.faults(None, _Alone())
            if found:
                self._unsound.add((record._meta.model_name, record.pk))
            else:
                found += _unlike_written(was, record)
            found += _unlike_history(was, entries.get(record.pk))
            for fault in found:
                yield self._finding(record, str(fault.code), dotted(fault.path), fault.text)

    def _shared_user_ids(self, members: list[Member]) -> Iterator[Finding]:
        """Where a user id is not stored as it is compared now, and those that another member has.

        The database compares what was computed when the rows were written.
        """
        for member in members:
            code = compared(member.user_id)
            if code == member.user_id_compared:
                continue
            others = Member.objects.filter(community=member.community_id).exclude(pk=member.pk)
            taken = others.exclude(user_id="").order_by().values_list("user_id", flat=True)
            if code and any(compared(each) == code for each in taken.iterator()):
                message: Text = say(
                    _("Another member has the user id “%(user_id)s”."), user_id=shown(member.user_id)
                )
                yield self._finding(member, "user_id_taken", "user_id", message)
            else:
                message = _("A write would store this in another form.")
                yield self._finding(member, "not_in_order", "user_id_compared", message)

    def _unheld(self, members: list[Member]) -> Iterator[Finding]:
        """Where the open holdings are not what the members and their assets say."""
        by_pk = {member.pk: member for member in members}
        held = {
            (holding.member_id, holding.asset_id, holding.kind, holding.code, holding.scope): holding
            for holding in Holding.objects.filter(member__in=by_pk, until=None).order_by("pk")
        }
        missing = []
        for claim in sorted(claims_of(by_pk)):
            place = (claim.member_id, claim.asset_id, claim.kind, claim.code, claim.scope)
            if held.pop(place, None) is None:
                missing.append(claim)
        rivals: dict[Claim, Fault] = {rival.claim: rival for rival in held_by_others(missing)}
        assets = Asset.objects.in_bulk({claim.asset_id for claim in missing if claim.asset_id})
        for claim in missing:
            record: Record = assets[claim.asset_id] if claim.asset_id else by_pk[claim.member_id]
            message = say(_("“%(code)s” should be held and is not."), code=shown(claim.spelled))
            fault = rivals.get(claim) or self._missed_twice(claim) or Fault(message, "holding_missing")
            yield self._finding(record, str(fault.code), dotted(claim.path), fault.text)
        for holding in held.values():
            message = say(_("“%(code)s” is held and should not be."), code=shown(holding.code))
            yield self._finding(by_pk[holding.member_id], "holding_unfounded", "holdings", message)

    def _missed_twice(self, claim: Claim) -> Fault | None:
        """Whether another member should hold the same, and neither does: their codes are of an older rule."""
        earlier = self._missing.setdefault((claim.kind, claim.code), [])
        found = next((each for each in earlier if exclude_each_other(each.scope, claim.scope)), None)
        earlier.append(claim)
        return AlreadyHeld(claim, found.member_id, found.community_id) if found else None

    # What the database should hold by itself

    def _broken_constraints(self) -> Iterator[Finding]:
        asked = [
            (model, broken)
            for model in _our_models()
            for broken in (*_broken_relations(model), *_broken_rules(model), *_doubles(model))
        ]
        for done, (_model, (path, message, rows)) in enumerate(asked, 1):
            for row in rows:
                yield self._finding(row, "constraint_broken", path, message)
            self._progress("constraints", done, len(asked) + 1)
        for holding in _held_in_two_ways():
            message = say(
                _("“%(code)s” is held in the whole registry and in a community as well."),
                code=shown(holding.code),
            )
            yield self._finding(holding, "delivery_point_held", "code", message)
        self._progress("constraints", len(asked) + 1, len(asked) + 1)

    # How it is said

    def _finding(self, row: models.Model, code: str, path: str, text: Text, notice: bool = False) -> Finding:
        community = self._communities.get(getattr(row, "community_id", None) or 0)
        return Finding(
            kind=str(row._meta.model_name),
            community=community.key if community else "",
            key=str(getattr(row, "key", row.pk)),
            code=code,
            path=path,
            text=text,
            is_notice=notice,
        )

    def _remarks(self, record: Record, notices: Iterable[Notice]) -> Iterator[Finding]:
        for each in notices:
            yield self._finding(record, each.code, each.path, each.message, notice=True)

    def _sound(self, records: list[Any]) -> list[Any]:
        return [record for record in records if not self._is_unsound(str(record._meta.model_name), record.pk)]

    def _is_unsound(self, kind: str, pk: int) -> bool:
        return (kind, pk) in self._unsound


class _Alone:
    """The surroundings of a record that is judged by itself; what two must not share is asked later."""

    def areas_in_use(self, community: Community, areas: Collection[str]) -> set[str]:
        return set()

    def user_id_taken(self, member: Member) -> bool:
        return False


def _unlike_written(was: Record, judged: Record) -> Iterator[Fault]:
    """Where a sound record is not stored as a write would store it; its rules have tidied ``judged``."""
    old, new = tracked_values(was), tracked_values(judged)
    for column, value in old.items():
        if not same(value, new[column]):
            message = _("A write would store this in another form.")
            yield Fault(message, "not_in_order", (column,))
    if not was.key:
        yield Fault(_("A key is missing."), "required", ("key",))
    judged = copy.copy(judged)
    judged.stamp(was)
    if judged.search_text != was.search_text:
        yield Fault(_("The record is not found by its present words."), "not_in_order", ("search_text",))


def _newest_entries(records: list[Any]) -> dict[int, Any]:
    """Record → the row of history that was written with its present version."""
    if not records:
        return {}
    model = type(records[0])
    version = Subquery(model._base_manager.filter(pk=OuterRef("id")).values("version"))
    rows = model.history.filter(id__in=[record.pk for record in records], version=version)
    return {row.id: row for row in rows.order_by("history_id")}


def _unlike_history(record: Record, entry: Any) -> list[Fault]:
    """Where a record was changed without a trace: a write by any door leaves a row of history."""
    if entry is None:
        return [Fault(_("The history does not know this version."), "history_missing", ("version",))]
    message = _("The history says something else: this was changed outside the application.")
    return [
        Fault(message, "history_differs", difference.path)
        for difference in differences(tracked_values(entry), tracked_values(record))
        if difference.path[0] != "account_id"  # emptied by the database when the account is deleted
    ]


#: Where it does not hold: the path, the sentence, and the rows.
_Broken = tuple[str, Text, Iterable[models.Model]]


def _our_models() -> Iterator[type[models.Model]]:
    for label in _OUR_APPS:
        for model in apps.get_app_config(label).get_models():
            if not hasattr(model, "instance_type"):  # not one of the history's
                yield model


def _all(model: type[models.Model]) -> "models.QuerySet[Any]":
    """All rows. A model's own order may join its community, and lose the rows whose community is gone."""
    return model._base_manager.order_by("pk")


def _broken_relations(model: type[models.Model]) -> Iterator[_Broken]:
    columns: list[Any] = [
        column for column in model._meta.concrete_fields if isinstance(column, models.ForeignKey)
    ]
    for column in columns:
        target = column.related_model._base_manager.filter(
            **{column.target_field.name: OuterRef(column.attname)}
        )
        rows = _all(model).exclude(**{column.attname: None}).filter(~Exists(target))
        yield column.name, _("This names nothing that there is."), rows


def _broken_rules(model: type[models.Model]) -> Iterator[_Broken]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            rows = _all(model).filter(~Q(constraint.condition))
            yield "", _constraint(constraint.name), rows


def _doubles(model: type[models.Model]) -> Iterator[_Broken]:
    unique: list[tuple[str, Sequence[str], Q]] = [
        (constraint.name, constraint.fields, constraint.condition or Q())
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    unique += [
        (column.name, [column.name], Q())
        for column in model._meta.concrete_fields
        if column.unique and not column.primary_key
    ]
    for name, columns, condition in unique:
        yield columns[-1], _constraint(name), _rows_that_share(model, columns, condition)


def _rows_that_share(
    model: type[models.Model], columns: Sequence[str], condition: Q
) -> Iterator[models.Model]:
    given = Q(**{f"{column}__isnull": False for column in columns})  # to SQL, two NULLs are not the same
    rows = _all(model).filter(condition, given)
    groups = rows.order_by().values(*columns).annotate(count=Count("pk")).filter(count__gt=1)
    for group in groups.values(*columns):
        yield from rows.filter(**group)


def _constraint(name: str) -> Text:
    return say(_("The constraint “%(constraint)s” does not hold."), constraint=name)


def _held_in_two_ways() -> "models.QuerySet[Holding]":
    """Open holdings of the whole registry whose code is open in a community as well."""
    narrower = Holding.objects.filter(kind=OuterRef("kind"), code=OuterRef("code"), until=None)
    return Holding.objects.filter(Exists(narrower.exclude(scope="")), scope="", until=None)
