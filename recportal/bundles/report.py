"""The outcome of an import, for people and for programs."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Final, TypeAlias, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recportal.documents.faults import Fault, Path, Text, dotted
from recportal.documents.paths import ABSENT, Difference
from recportal.documents.text import compact, shown, within

from .faults import BundleUnreadable, FileFault
from .plan import Action, Kind, Plan, Step
from .spreadsheets.sheet import CellFault, Place

Outcome: TypeAlias = Plan | BundleUnreadable
_Entry = TypeVar("_Entry")

#: Bytes of a report for what is wrong with the file itself, for its records, and for one of them. With these,
#: a report has less than 256 KiB in each of its forms.
_ROOM_FOR_ERRORS: Final = 40 * 1024
_ROOM_FOR_RECORDS: Final = 120 * 1024
_ROOM_IN_RECORD: Final = 8 * 1024
#: Characters of a key, and of a value as JSON; what is longer is cut.
_LONGEST_KEY: Final = 200
_LONGEST_VALUE: Final = 1000
#: No limit at all.
_WHOLE: Final = 2**62
#: The order in which records are listed until the room is used up.
_FIRST: Final = (Action.REFUSED, Action.REMOVE, Action.UPDATE, Action.CREATE)

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


def as_json(name: str, outcome: Outcome, *, whole: bool = False, names: bool = False) -> dict[str, Any]:
    """The outcome for one file as JSON: counts, and every record that is not left unchanged.

    ``{file, community, applied, refused, counts, records: [{kind, key, action, changes, errors}], errors}``;
    ``counts`` are by kind and action; ``changes`` are ``{path, before, after}``, where ``before`` or
    ``after`` is missing if there was nothing; ``errors`` are ``{code, path, detail}``, those beside the
    records being the file's own, and have the ``row`` and ``column`` where the file is a table. A file that
    is no bundle has a null for ``community``, and no records.

    Unless the ``whole`` is asked for, a report has at most 256 KiB: refused records are listed first, then
    those that go, change and come; long values are cut (``cut``), and ``more`` says how many ``records``,
    ``changes`` and ``errors`` are not listed. With ``names``, each record has its ``name``.
    """
    if isinstance(outcome, BundleUnreadable):
        plan, file_faults = None, outcome.faults
    else:
        plan, file_faults = outcome, outcome.file_faults
    errors, more_errors = within(file_faults, _WHOLE if whole else _ROOM_FOR_ERRORS, _file_error)
    records: list[dict[str, Any]] = []
    more_records = 0
    if plan:
        records, more_records = _listed(plan, lambda step: _record(step, plan, whole, names), whole=whole)
    return {
        "file": name,
        "community": shown(plan.community.key, _LONGEST_KEY) if plan else None,
        "applied": plan.applied if plan else False,
        "refused": plan.refused if plan else True,
        "counts": plan.counts() if plan else {},
        "records": records,
        "errors": errors,
        **_more(records=more_records, errors=more_errors),
    }


def _more(**counts: int) -> dict[str, Any]:
    """``more``, where something is not listed."""
    found = {name: count for name, count in counts.items() if count}
    return {"more": found} if found else {}


def _listed(
    plan: Plan,
    make: Callable[[Step], _Entry],
    weigh: Callable[[_Entry], int] | None = None,
    *,
    whole: bool,
) -> tuple[list[_Entry], int]:
    """What is made of the records that are listed, in the plan's order, and how many are not."""
    changing = [step for step in plan.steps if step.action != Action.UNCHANGED]
    if whole:
        return [make(step) for step in changing], 0
    numbers = sorted(range(len(changing)), key=lambda number: _FIRST.index(changing[number].action))
    listed, more = within([changing[number] for number in numbers], _ROOM_FOR_RECORDS, make, weigh)
    return [entry for _number, entry in sorted(zip(numbers, listed, strict=False), key=itemgetter(0))], more


def everything(plan: Plan) -> Iterator[Any]:
    """All that a plan does, piece by piece and whatever its length; the language of sentences apart."""
    yield [plan.community.key, plan.counts(), plan.refused]
    for step in plan.steps:
        if step.action != Action.UNCHANGED:
            yield [step.kind, step.key, step.action, [_change(each, _WHOLE) for each in step.differences]]


def _file_error(fault: FileFault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "path": dotted(fault.path) if isinstance(fault, CellFault) else fault.where,
        "detail": str(fault.message),
        **(_cell(fault.place) if isinstance(fault, CellFault) else {}),
    }


def _cell(place: Place | None) -> dict[str, Any]:
    return {"row": place.row, "column": shown(place.column, _LONGEST_KEY)} if place else {}


def _place(step: Step, path: Path, plan: Plan) -> Place | None:
    """Where in its table a value of a record stands; None for a bundle."""
    return plan.sheet.place(step.key, step.record, path) if plan.sheet else None


def _record(step: Step, plan: Plan, whole: bool, names: bool) -> dict[str, Any]:
    room, longest = (_WHOLE, _WHOLE) if whole else (_ROOM_IN_RECORD, _LONGEST_VALUE)
    changes, more_changes = within(step.differences, room, lambda each: _change(each, longest))
    errors, more_errors = within(step.faults, room, lambda fault: _error(fault, step, plan))
    named = step.record.name if isinstance(step.record.name, str) else ""
    return {
        "kind": step.kind,
        "key": step.key if whole else shown(step.key, _LONGEST_KEY),
        **({"name": shown(named)} if names else {}),
        "action": step.action.value,
        "changes": changes,
        "errors": errors,
        **_more(changes=more_changes, errors=more_errors),
    }


def _error(fault: Fault, step: Step, plan: Plan) -> dict[str, Any]:
    return {
        "code": fault.code,
        "path": dotted(fault.path),
        "detail": str(fault.text),
        **fault.more,
        **_cell(_place(step, fault.path, plan)),
    }


def _change(difference: Difference, longest: int) -> dict[str, Any]:
    sides = {"before": difference.before, "after": difference.after}
    said = {side: _short(value, longest) for side, value in sides.items() if value is not ABSENT}
    is_cut = any(said[side] is not sides[side] for side in said)
    return {"path": difference.place, **said, **({"cut": True} if is_cut else {})}


def _short(value: Any, longest: int) -> Any:
    """The value; its beginning, as a text, where it is longer."""
    if longest == _WHOLE or not isinstance(value, str | list | dict):
        return value
    text = value if isinstance(value, str) else compact(value)
    return value if len(text) <= longest else shown(text, longest)


def as_lines(name: str, outcome: Outcome, *, dry_run: bool = False, whole: bool = False) -> Iterator[str]:
    """The outcome for one file, for a terminal: a line for each record that changes, below it what changes.

    What is removed comes first, as a number. Unless the ``whole`` is asked for, as many records are listed as
    ``as_json`` has room for, refused ones first.
    """
    if isinstance(outcome, BundleUnreadable):
        yield f"{shown(name)}:"
        yield from _file_lines(outcome.faults)
    else:
        yield f"{shown(name)}: {_('community')} {shown(outcome.community.key, 128)}"
        if outcome.removes_records:
            yield f"  {removals(outcome)}"
        yield from _file_lines(outcome.file_faults)
        yield from _record_lines(outcome, whole)
        yield from _count_lines(outcome)
    yield f"  {_verdict(outcome, dry_run)}"


def _record_lines(plan: Plan, whole: bool) -> Iterator[str]:
    listed, more = _listed(plan, lambda step: "\n".join(_step_lines(step, plan, whole)), _bytes, whole=whole)
    for lines in listed:
        yield from lines.split("\n")
    if more:
        yield "  " + _("… and %(count)s more records. With --all they are listed.") % {"count": more}


def _bytes(text: str) -> int:
    return len(text.encode()) + 1


def _count_lines(plan: Plan) -> Iterator[str]:
    for kind, actions in plan.counts().items():
        numbers = [str(_DONE[action]) % {"count": actions[action]} for action in Action if action in actions]
        yield f"  {_COUNTED[kind]}: {', '.join(numbers) or '0'}"


def removals(plan: Plan) -> str:
    """How much goes when the plan is carried out."""
    members, assets = plan.of("member", Action.REMOVE), plan.of("asset", Action.REMOVE)
    message = _("To remove, since the file does not name them: members %(members)s, assets %(assets)s.")
    return message % {"members": len(members), "assets": len(assets)}


def _step_lines(step: Step, plan: Plan, whole: bool) -> Iterator[str]:
    yield f"  {_SIGNS.get(step.action, ' ')} {_KINDS[step.kind]} {shown(step.key, _LONGEST_KEY)}"
    room = _WHOLE if whole else _ROOM_IN_RECORD
    if step.faults:
        lines, more = within(step.faults, room, lambda fault: _fault_line(fault, step, plan), _bytes)
    else:
        lines, more = within(step.differences, room, _difference_line, _bytes)
    yield from lines
    if more:
        yield "      " + _("… and %(count)s more") % {"count": more}


def _fault_line(fault: Fault, step: Step, plan: Plan) -> str:
    place = _place(step, fault.path, plan)
    where = f"{place}: " if place and place.column else _where(fault.path)
    return f"      {where}{fault.text} [{fault.code}]"


def _difference_line(each: Difference) -> str:
    return f"      {each.place}: {_side(each.before)} → {_side(each.after)}"


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
