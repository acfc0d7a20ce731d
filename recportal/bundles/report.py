"""The outcome of an import, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from recportal.documents.faults import dotted
from recportal.documents.paths import ABSENT, Difference
from recportal.documents.text import compact, shown

from .faults import BundleUnreadable, FileFault
from .plan import Action, Plan, Step

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-", Action.REFUSED: "!"}


def as_json(name: str, plan: Plan) -> dict[str, Any]:
    """The plan of one file as JSON: counts, and every record that is not left unchanged.

    ``{file, community, applied, refused, counts, records: [{kind, key, action, changes: [{path, before, after}],
    errors: [{code, path, detail}]}], errors: []}``; ``before`` or ``after`` is missing where there was nothing.
    """
    return {
        "file": name,
        "community": plan.community.key,
        "applied": plan.applied,
        "refused": plan.refused,
        "counts": plan.counts(),
        "records": [_record(step) for step in plan.steps if step.action != Action.UNCHANGED],
        "errors": _file_errors(plan.file_faults),
    }


def unreadable_as_json(name: str, error: BundleUnreadable) -> dict[str, Any]:
    """The same shape for a file that is no bundle: its ``errors`` say why, with paths in the file."""
    return {
        "file": name,
        "community": None,
        "applied": False,
        "refused": True,
        "counts": {},
        "records": [],
        "errors": _file_errors(error.faults),
    }


def _file_errors(faults: list[FileFault]) -> list[dict[str, str]]:
    return [{"code": fault.code, "path": fault.where, "detail": str(fault.message)} for fault in faults]


def _record(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "key": step.key,
        "action": step.action.value,
        "changes": [_change(each) for each in step.differences],
        "errors": [
            {"code": fault.code, "path": dotted(fault.path), "detail": str(fault.text)}
            for fault in step.faults
        ],
    }


def _change(difference: Difference) -> dict[str, Any]:
    sides = {"before": difference.before, "after": difference.after}
    return {"path": difference.place, **{side: value for side, value in sides.items() if value is not ABSENT}}


def as_lines(name: str, plan: Plan) -> Iterator[str]:
    """The plan of one file for a terminal: a line for each record that changes, its changes or faults below it."""
    yield f"{shown(name)}: {_('community')} {shown(plan.community.key, 128)}"
    yield from _file_lines(plan.file_faults)
    for step in plan.steps:
        if step.action == Action.UNCHANGED:
            continue
        yield f"  {_SIGNS[step.action]} {step.kind} {shown(step.key, 128)}"
        for fault in step.faults:
            yield f"      {where(fault.path)}{fault.text} [{fault.code}]"
        if not step.faults:
            yield from (
                f"      {shown(each.place)}: {_side(each.before)} → {_side(each.after)}"
                for each in step.differences
            )
    for kind, actions in plan.counts().items():
        yield f"  {kind}: " + (
            ", ".join(f"{count} {action}" for action, count in sorted(actions.items())) or "0"
        )
    yield "  " + _outcome(plan)


def _outcome(plan: Plan) -> str:
    if plan.refused:
        return _("Refused: nothing was written.")
    if plan.changes_nothing:
        return _("Everything is unchanged.")
    return _("Applied.") if plan.applied else _("Not applied: this was a dry run.")


def unreadable_as_lines(name: str, error: BundleUnreadable) -> Iterator[str]:
    yield f"{shown(name)}:"
    yield from _file_lines(error.faults)
    yield "  " + _("Refused: nothing was written.")


def _file_lines(faults: list[FileFault]) -> Iterator[str]:
    return (f"      {fault} [{fault.code}]" for fault in faults)


def where(path: tuple[str | int, ...]) -> str:
    """The path of a fault with a colon, or nothing for the record as a whole; fit for a terminal."""
    return (
        f"{dotted(tuple(shown(step) if isinstance(step, str) else step for step in path))}: " if path else ""
    )


def _side(value: Any) -> str:
    return "–" if value is ABSENT else shown(compact(value), 60)
