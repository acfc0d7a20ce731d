"""Carrying out the plan of an import: everything in one transaction, or nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from assets.models import Asset
from communities.models import Community
from members.holdings import holdings_synced_once, sync_holdings
from members.models import Member
from recportal.accounts.models import User
from recportal.documents.faults import faults_of
from recportal.records.another import asking
from recportal.records.bulk import insert
from recportal.records.changes import change
from recportal.records.history import deletions_recorded, record_in_bulk
from recportal.records.waiting import patient
from recportal.text import compared

from .bundle import Bundle, read_bundle
from .garbage import garbage_left_alone
from .plan import COLUMNS, Action, Kind, Plan, Progress, Step
from .planning import Planner

_BATCH = 2000
#: When somebody takes a key or a sensor between the plan and the write, the plan is made again and shows it.
_ROUNDS = 3


@garbage_left_alone()
def import_file(content: bytes, name: str, **options: Any) -> Plan:
    """Import a file: ``read_bundle``, which raises ``BundleUnreadable``, and ``import_bundle`` in one."""
    return import_bundle(read_bundle(content, name), name=name, **options)


def import_bundle(
    bundle: Bundle,
    *,
    name: str,
    dry_run: bool = False,
    replace: bool = False,
    user: User | None = None,
    door: str = "import",
    progress: Progress | None = None,
    announce: Callable[[Plan], None] | None = None,
    confirmed: Collection[str] = (),
    agreed: Callable[[Plan], bool] | None = None,
) -> Plan:
    """Plan the import of a bundle and, unless the plan is refused or this is a dry run, carry it out.

    ``name`` is the file's, and the reason in the history. By default the file is merged into what is stored
    and removes nothing; with ``replace`` the community becomes exactly what the file says, and ``announce``
    is called with the plan before records are removed. ``confirmed`` are the codes of refusals that the
    caller has seen and answers for (see ``records.another``). ``agreed`` is asked before anything is
    written, and a plan for which it is False is left undone. Nothing is raised for a bundle that is refused:
    look at ``Plan.refused`` and ``Plan.applied`` for the outcome.
    """
    with change(user, door, name), asking(confirmed), garbage_left_alone(), patient():
        if dry_run:
            return Planner(bundle, replace=replace, user=user, progress=progress).plan()
        for _round in range(_ROUNDS):
            try:
                with transaction.atomic():
                    locked = _lock(bundle.community.get("key"))
                    plan = Planner(bundle, replace=replace, user=user, progress=progress).plan()
                    if not locked and _lock(bundle.community.get("key")):
                        # Somebody has made the community meanwhile, and perhaps all its members and holdings.
                        plan = Planner(bundle, replace=replace, user=user, progress=progress).plan()
                    if agreed and not plan.refused and not agreed(plan):
                        return plan
                    if not plan.refused and not plan.changes_nothing:
                        if announce and plan.removes_records:
                            announce(plan)
                        _carry_out(plan, progress or (lambda _stage, _done, _total: None))
                plan.applied = not plan.refused
                return plan
            except ValidationError as error:
                refusals = faults_of(error)
    for fault in refusals:
        plan.steps[0].refuse(fault)
    return plan


def _lock(key: str | None) -> bool:
    """Lock the community's row, as every write of its records does first. False: there is no such row."""
    communities = Community.objects.select_for_update(no_key=True).filter(key=key)
    return communities.values_list("pk", flat=True).first() is not None


def _carry_out(plan: Plan, progress: Progress) -> None:
    done, total = 0, sum(step.action != Action.UNCHANGED for step in plan.steps)

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("write", done, total)

    # Before anything is changed: what is removed enters history as it was.
    record_in_bulk((step.record for step in plan.steps if step.action == Action.REMOVE), "-")
    with holdings_synced_once():
        advance(_write_community(plan))
        _remove(plan, "asset", Asset, advance)
        _free_user_ids(plan)
        _write(plan, "member", Member, advance)
        _write(plan, "asset", Asset, advance)
        _remove(plan, "member", Member, advance)
        sync_holdings(_touched(plan))
        progress("holdings", 0, 1)
    progress("holdings", 1, 1)


def _write_community(plan: Plan) -> int:
    step = plan.steps[0]
    if step.action == Action.UNCHANGED:
        return 0
    plan.community.save(around=_Judged() if step.before else None)
    return 1


class _Judged:
    """The surroundings of a record that its plan has judged together with them."""

    def areas_in_use(self, community: Community, areas: Iterable[str]) -> set[str]:
        return set()

    def user_id_taken(self, member: Member) -> bool:
        return False


def _free_user_ids(plan: Plan) -> None:
    """Take the user ids away that change hands, so that no moment of the write has one of them twice."""
    losing = [
        step.record.pk
        for step in plan.of("member", Action.UPDATE, Action.REMOVE)
        if step.action == Action.REMOVE
        or step.before.user_id_compared not in ("", compared(step.record.user_id))
    ]
    for batch in _batches(losing):
        Member.objects.filter(pk__in=batch).update(user_id="", user_id_compared="")


def _write(plan: Plan, kind: Kind, model: type[models.Model], advance: Callable[[int], None]) -> None:
    columns = [
        *COLUMNS[kind],
        "version",
        "updated_at",
        "search_text",
        "owner" if kind == "asset" else "user_id_compared",
    ]
    for batch in _batches(plan.of(kind, Action.CREATE)):
        rows = [_stamped(step) for step in batch]
        insert(rows)
        record_in_bulk(rows, "+")
        advance(len(rows))
    for batch in _batches(plan.of(kind, Action.UPDATE)):
        rows = [_stamped(step) for step in batch]
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=columns
        )
        record_in_bulk(rows, "~")
        advance(len(rows))


def _stamped(step: Step) -> Any:
    """The record of a step, ready to be stored: with its version, and its relations' ids of by now."""
    record = step.record
    record.community_id = record.community.pk
    if step.kind == "asset":
        record.owner_id = record.owner.pk
    record.stamp(step.before)
    return record


def _remove(plan: Plan, kind: Kind, model: type[models.Model], advance: Callable[[int], None]) -> None:
    for batch in _batches(plan.of(kind, Action.REMOVE)):
        with deletions_recorded(model):
            model._default_manager.filter(pk__in=[step.record.pk for step in batch]).delete()
        advance(len(batch))


def _touched(plan: Plan) -> set[int]:
    """The members whose holdings the import may have changed."""
    members = {step.record.pk for step in plan.of("member", Action.CREATE, Action.UPDATE)}
    for step in plan.of("asset", Action.CREATE, Action.UPDATE):
        members.add(step.record.owner_id)
        if step.before:
            members.add(step.before.owner_id)
    return members


def _batches(steps: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(steps), _BATCH):
        yield steps[start : start + _BATCH]
