"""The outcome of an import, for people and for programs."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recportal.documents.faults import Path, Text, dotted
from recportal.documents.paths import ABSENT, Difference
from recportal.documents.text import compact, shown

from .faults import BundleUnreadable, FileFault
from .plan import Action, Kind, Plan, Step
from .spreadsheets.sheet import CellFault, Place

Outcome: TypeAlias = Plan | BundleUnreadable

_SIGNS: Final = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-", Action.REFUSED: "!"}
_KINDS: Final[dict[Kind, Text]] = {
    "community": gettext_lazy("community"),
    "member": gettext_lazy("member"),
    "asset": gettext_lazy("asset"),
}
#: As in "members: 3 to create, 14 unchanged".
_COUNTED: Final[dict[Kind, Text]] = {
    "community": gettext_lazy("communities"),
    "member": gettext_lazy("members"),
    "asset": gettext_lazy("assets"),
}
_DONE: Final[dict[Action, Text]] = {
    Action.CREATE: gettext_lazy("%(count)s to create"),
    Action.UPDATE: gettext_lazy("%(count)s to update"),
    Action.REMOVE: gettext_lazy("%(count)s to remove"),
    Action.REFUSED: gettext_lazy("%(count)s refused"),
    Action.UNCHANGED: gettext_lazy("%(count)s unchanged"),
}


def as_json(name: str, outcome: Outcome) -> dict[str, Any]:
    """The outcome for one file as JSON: counts, and every record that is not left unchanged.

    ``{file, community, applied, refused, counts, records: [{kind, key, action, changes, errors}], errors}``;
    ``counts`` are by kind and action; ``changes`` are ``{path, before, after}``, where ``before`` or
    ``after`` is missing if there was nothing; ``errors`` are ``{code, path, detail}``, those beside the
    records being the file's own, and have the ``row`` and ``column`` where the file is a table. A file that
    is no bundle has a null for ``community``, and no records.
    """
    if isinstance(outcome, BundleUnreadable):
        plan, file_faults = None, outcome.faults
    else:
        plan, file_faults = outcome, outcome.file_faults
    return {
        "file": name,
        "community": plan.community.key if plan else None,
        "applied": plan.applied if plan else False,
        "refused": plan.refused if plan else True,
        "counts": plan.counts() if plan else {},
        "records": [_record(step, plan) for step in plan.steps if step.action != Action.UNCHANGED]
        if plan
        else [],
        "errors": _file_errors(file_faults),
    }


def _file_errors(faults: list[FileFault]) -> list[dict[str, Any]]:
    return [
        {
            "code": fault.code,
            "path": dotted(fault.path) if isinstance(fault, CellFault) else fault.where,
            "detail": str(fault.message),
            **(_cell(fault.place) if isinstance(fault, CellFault) else {}),
        }
        for fault in faults
    ]


def _cell(place: Place | None) -> dict[str, Any]:
    return {"row": place.row, "column": place.column} if place else {}


def _place(step: Step, path: Path, plan: Plan) -> Place | None:
    """Where in its table a value of a record stands; None for a bundle."""
    return plan.sheet.place(step.key, step.record, path) if plan.sheet else None


def _record(step: Step, plan: Plan) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "key": step.key,
        "action": step.action.value,
        "changes": [_change(each) for each in step.differences],
        "errors": [
            {
                "code": fault.code,
                "path": dotted(fault.path),
                "detail": str(fault.text),
                **fault.more,
                **_cell(_place(step, fault.path, plan)),
            }
            for fault in step.faults
        ],
    }


def _change(difference: Difference) -> dict[str, Any]:
    sides = {"before": difference.before, "after": difference.after}
    return {"path": difference.place, **{side: value for side, value in sides.items() if value is not ABSENT}}


def as_lines(name: str, outcome: Outcome, *, dry_run: bool = False) -> Iterator[str]:
    """The outcome for one file, for a terminal: a line for each record that changes, below it what changes.

    What is removed comes first, as a number.
    """
    if isinstance(outcome, BundleUnreadable):
        yield f"{shown(name)}:"
        yield from _file_lines(outcome.faults)
    else:
        yield f"{shown(name)}: {_('community')} {shown(outcome.community.key, 128)}"
        if outcome.removes_records:
            yield f"  {removals(outcome)}"
        yield from _file_lines(outcome.file_faults)
        for step in outcome.steps:
            if step.action != Action.UNCHANGED:
                yield from _step_lines(step, outcome)
        yield from _count_lines(outcome)
    yield f"  {_verdict(outcome, dry_run)}"


def _count_lines(plan: Plan) -> Iterator[str]:
    for kind, actions in plan.counts().items():
        numbers = [str(_DONE[action]) % {"count": actions[action]} for action in Action if action in actions]
        yield f"  {_COUNTED[kind]}: {', '.join(numbers) or '0'}"


def removals(plan: Plan) -> str:
    """How much goes when the plan is carried out."""
    members, assets = plan.of("member", Action.REMOVE), plan.of("asset", Action.REMOVE)
    message = _("To remove, since the file does not name them: members %(members)s, assets %(assets)s.")
    return message % {"members": len(members), "assets": len(assets)}


def _step_lines(step: Step, plan: Plan) -> Iterator[str]:
    yield f"  {_SIGNS.get(step.action, ' ')} {_KINDS[step.kind]} {shown(step.key, 128)}"
    for fault in step.faults:
        place = _place(step, fault.path, plan)
        where = f"{place}: " if place and place.column else _where(fault.path)
        yield f"      {where}{fault.text} [{fault.code}]"
    if not step.faults:
        for each in step.differences:
            yield f"      {each.place}: {_side(each.before)} → {_side(each.after)}"


def _verdict(outcome: Outcome, dry_run: bool) -> str:
    if isinstance(outcome, BundleUnreadable) or outcome.refused:
        return _("Refused: nothing was written.")
    if outcome.changes_nothing:
        return _("Everything is unchanged.")
    if outcome.applied:
        return _("Applied.")
    if dry_run:
        return _("Not applied: this was a dry run.")
    return _("Not applied, since another file was refused.")


def _file_lines(faults: list[FileFault]) -> Iterator[str]:
    return (f"      {fault} [{fault.code}]" for fault in faults)


def _where(path: tuple[str | int, ...]) -> str:
    """The path of a fault with a colon; nothing for the record as a whole."""
    return f"{dotted(path)}: " if path else ""


def _side(value: Any) -> str:
    return "–" if value is ABSENT else shown(compact(value), 60)
