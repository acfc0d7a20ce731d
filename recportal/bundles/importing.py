"""Carrying out the plan of an import: everything in one transaction, or nothing."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from assets.models import Asset
from communities.models import Community
from members.holdings import holdings_synced_once, sync_holdings
from members.models import Member
from recportal.accounts.models import User
from recportal.records.bulk import insert
from recportal.records.changes import change
from recportal.records.history import record_in_bulk

from .bundle import Bundle, read_bundle
from .plan import COLUMNS, Action, Kind, Plan, Planner, Progress, Step

_BATCH = 2000
#: When somebody takes a key or a sensor between the plan and the write, the plan is made again, which shows it.
_ROUNDS = 3


def import_file(content: bytes, name: str, **options: Any) -> Plan:
    """Import a file: ``read_bundle`` and ``import_bundle`` in one."""
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
) -> Plan:
    """Plan the import of a bundle and, unless the plan is refused or this is a dry run, carry it out.

    ``name`` is the file's, and the reason in the history. By default the file is merged into what is stored and removes
    nothing; with ``replace`` the community becomes exactly what the file says. Nothing is raised for a bundle that is
    refused: look at ``Plan.refused`` and ``Plan.applied`` for the outcome.
    """
    with change(user, door, name), _garbage_left_alone():
        if dry_run:
            return Planner(bundle, replace=replace, progress=progress).plan()
        for _round in range(_ROUNDS):
            try:
                with transaction.atomic():
                    Community.objects.select_for_update(no_key=True).filter(
                        key=bundle.community.get("key")
                    ).first()
                    plan = Planner(bundle, replace=replace, progress=progress).plan()
                    if not plan.refused and not plan.changes_nothing:
                        _carry_out(plan, progress or (lambda _stage, _done, _total: None))
                    plan.applied = not plan.refused
                return plan
            except ValidationError as error:
                refusal = error
    raise refusal


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """No search for cyclic garbage meanwhile: with hundreds of thousands of live objects and no cycles among them, it
    takes longer than half of the import and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _carry_out(plan: Plan, progress: Progress) -> None:
    done, total = 0, sum(step.action != Action.UNCHANGED for step in plan.steps)

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("write", done, total)

    with holdings_synced_once():
        _write_community(plan)
        _remove(plan, "asset", Asset, advance)
        _free_user_ids(plan)
        _write(plan, "member", Member, advance)
        _write(plan, "asset", Asset, advance)
        _remove(plan, "member", Member, advance)
        sync_holdings(_touched(plan))
        progress("holdings", 0, 1)


def _write_community(plan: Plan) -> None:
    step = plan.steps[0]
    if step.action == Action.CREATE:
        plan.community.save()
    elif step.action == Action.UPDATE:
        plan.community.save(around=_Judged())


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
        if step.action == Action.REMOVE or step.before.user_id not in ("", step.record.user_id)
    ]
    for batch in _batches(losing):
        Member.objects.filter(pk__in=batch).update(user_id="")


def _write(plan: Plan, kind: Kind, model: type[models.Model], advance: Any) -> None:
    created = plan.of(kind, Action.CREATE)
    updated = plan.of(kind, Action.UPDATE)
    columns = [
        *COLUMNS[kind],
        "version",
        "updated_at",
        "search_text",
        *(["owner"] if kind == "asset" else []),
    ]
    for batch in _batches(created):
        rows = [_stamped(step) for step in batch]
        insert(rows)
        record_in_bulk(rows, update=False)
        advance(len(rows))
    for batch in _batches(updated):
        rows = [_stamped(step) for step in batch]
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=columns
        )
        record_in_bulk(rows, update=True)
        advance(len(rows))


def _stamped(step: Step) -> Any:
    """The record of a step, ready to be stored: with its version, and with the ids that its relations have by now."""
    record = step.record
    record.community_id = record.community.pk
    if step.kind == "asset":
        record.owner_id = record.owner.pk
    record.stamp(step.before)
    return record


def _remove(plan: Plan, kind: Kind, model: type[models.Model], advance: Any) -> None:
    for batch in _batches(plan.of(kind, Action.REMOVE)):
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


def _batches(steps: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(steps), _BATCH):
        yield steps[start : start + _BATCH]
