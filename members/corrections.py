"""Corrections: what members say is wrong about their own records, and what staff make of it."""

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.accounts.roles import Level
from recportal.documents.faults import Fault, Path, refuse
from recportal.documents.field import DocumentField
from recportal.documents.forms.reading import kind_of
from recportal.records.changes import change
from recportal.records.columns import check_column
from recportal.records.history import BOOKKEEPING
from recportal.records.models import Record
from recportal.records.querysets import reach_of
from recportal.text import bare

from .models import Correction, Member

if TYPE_CHECKING:
    from recportal.accounts.models import User

#: The columns in which a member can propose a value. Of all others it can say that they are wrong.
OPEN_COLUMNS: Final = {
    "Member": ("name", "role", "area", "delivery_points", "extra"),
    "Asset": ("name", "sensor_id", "properties", "device"),
}
#: More at once than anybody means to say; staff should not drown in them.
MOST_OPEN: Final = 50


@dataclass(frozen=True)
class Place:
    """A place in a record that a correction can be about.

    ``kind`` says what a proposed value looks like: text, number, integer, number_or_text, boolean, date or
    choice; empty where only a message makes sense.
    """

    path: Path
    label: str
    help: str = ""
    unit: str = ""
    kind: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def place_in(record: Record, path: Path) -> Place | None:
    """What ``path`` (see ``Correction``) leads to in the record; None where it leads nowhere."""
    column: Any = _columns(record).get(str(path[0])) if path else None
    if column is None:
        return None
    label = str(column.verbose_name)
    is_open = column.name in OPEN_COLUMNS[type(record).__name__]
    if not isinstance(column, DocumentField):
        if len(path) > 1:
            return None
        return Place(
            path,
            label[:1].upper() + label[1:],
            str(column.help_text),
            kind=_kind_of_column(column) if is_open else "",
            choices=_choices(record, column),
        )
    found = _schema_part(column, record, path[1:])
    if found is None:
        return None
    part, label = found
    return Place(
        path,
        label,
        gettext(part["description"]) if "description" in part else "",
        part.get("x-unit", ""),
        kind_of(part) if is_open else "",
    )


def _columns(record: Record) -> dict[str, Any]:
    """The columns that a place can be in. Addresses name them: no relation, and nothing that is derived."""
    return {
        column.name: column
        for column in type(record)._meta.concrete_fields
        if not column.is_relation and column.name not in BOOKKEEPING
    }


def _kind_of_column(column: Any) -> str:
    return "choice" if column.choices or column.name == "area" else "text"


def _choices(record: Record, column: Any) -> tuple[tuple[str, str], ...]:
    if column.choices:
        return tuple((value, str(label)) for value, label in column.flatchoices)
    if column.name == "area":
        areas = record.community.areas  # type: ignore[attr-defined]  # a member
        return tuple((key, area.get("name") or key) for key, area in sorted(areas.items()))
    return ()


def _schema_part(column: DocumentField, record: Record, path: Path) -> tuple[dict[str, Any], str] | None:
    """The part of the column's schema and the label of a place that is known, or is there now."""
    schema = column.schema_of(record)
    part: dict[str, Any] = schema.definition if schema else {}
    value = getattr(record, column.attname)
    label = str(column.verbose_name)
    for step in path:
        below: Any = None
        if isinstance(value, list):
            value = _entry(value, step)
            below = part.get("items", {})
            if value is None:
                return None
            label = str(step)
        else:
            known = isinstance(step, str) and step in part.get("properties", {})
            below = part.get("properties", {}).get(step, part.get("additionalProperties", {}))
            value = value.get(step) if isinstance(value, dict) else None
            if value is None and not known:
                return None
            below = schema.resolve(below) if schema else {}
            label = gettext(below["title"]) if known and "title" in below else str(step)
        part = schema.resolve(below) if schema else {}
    return part, label


def _entry(value: list[Any], step: Any) -> Any:
    if isinstance(step, int):
        return value[step] if 0 <= step < len(value) else None
    return next((each for each in value if isinstance(each, dict) and each.get("id") == step), None)


def value_at(record: Record, path: Path) -> Any:
    """The value at the place now; None where there is none."""
    value = getattr(record, str(path[0])) if path else None
    for step in path[1:]:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list):
            value = _entry(value, step)
        else:
            return None
    return value


def with_value(record: Record, path: Path, value: Any) -> Record:
    """A copy of the record that has ``value`` at the place. Raises ``Fault`` when the way there is gone."""
    changed = copy.copy(record)
    changed._state = copy.copy(record._state)
    changed._state.fields_cache = dict(record._state.fields_cache)
    if len(path) == 1:
        setattr(changed, str(path[0]), value)
        return changed
    document = copy.deepcopy(getattr(record, str(path[0])))
    setattr(changed, str(path[0]), document)
    for step in path[1:-1]:
        document = _entry(document, step) if isinstance(document, list) else document.setdefault(step, {})
        if not isinstance(document, dict | list):
            raise _gone()
    if not isinstance(document, dict):
        raise _gone()
    document[str(path[-1])] = value
    return changed


def propose(
    member: Member, by: "User", record: Record, path: Path = (), proposed: Any = None, message: str = ""
) -> Correction:
    """Keep what a member says is wrong about ``record``, which is the member itself or an asset of its.

    Raises ``ValidationError`` when nothing is said, when the proposed value could not be stored, and when
    staff have too much of this member's to answer already.
    """
    place = place_in(record, path) if path else None
    faults = []
    if path and place is None:
        faults.append(_gone())
    elif proposed is not None and place is not None:
        if not place.kind:
            faults.append(Fault(_("Here, please say in words what is wrong."), "invalid"))
        else:
            faults += _faults_of_value(record, path, proposed)
    elif not bare(message).strip():
        faults.append(Fault(_("Say what is right, or what is wrong."), "required"))
    if member.corrections.filter(state=Correction.State.OPEN).count() >= MOST_OPEN:
        faults.append(
            Fault(_("Many of your corrections wait for an answer. Please wait for them."), "too_many")
        )
    refuse(faults)
    is_asset = not isinstance(record, Member)
    correction = Correction(
        member=member,
        asset_id=record.pk if is_asset else None,
        asset_key=record.key if is_asset else "",
        path=list(path),
        before=value_at(record, path),
        proposed=proposed,
        message=message.strip(),
        made_by=by,
    )
    correction.full_clean(exclude=["member", "asset", "made_by", "answered_by"])
    correction.save()
    return correction


def _faults_of_value(record: Record, path: Path, proposed: Any) -> list[Fault]:
    """What speaks against the value by itself; whatever was wrong before is not the member's business."""
    column: Any = type(record)._meta.get_field(str(path[0]))
    before = {
        (one.code, one.path) for one in check_column(column, getattr(record, column.attname), record)[1]
    }
    changed = with_value(record, path, proposed)
    found = check_column(column, getattr(changed, column.attname), changed)[1]
    if column.name == "area" and proposed not in record.community.areas:  # type: ignore[attr-defined]
        found.append(Fault(_("The community has no such area."), "unknown_area"))
    return [Fault(one.text, one.code) for one in found if (one.code, one.path) not in before]


def answerable_by(user: Any) -> "models.QuerySet[Correction]":
    """The corrections that the user may see as staff and answer: those of communities that it edits."""
    communities = reach_of(user).with_level(Level.EDITOR)
    found = Correction.objects.select_related("member__community", "asset", "made_by", "answered_by").defer(
        "member__community__areas", "member__community__topology"
    )
    return found if communities is None else found.filter(member__community__in=communities)


def record_of(correction: Correction) -> Record | None:
    """The record that a correction is about, as it is now; None when it is gone or another member's."""
    if not correction.asset_key:
        return Member.objects.select_related("community").get(pk=correction.member_id)
    assets: Any = Member.assets.rel.related_model._base_manager
    found = assets.filter(pk=correction.asset_id, owner=correction.member_id)
    record: Record | None = found.select_related("community", "owner").first()
    return record


def accept(correction: Correction, staff: "User", answer: str = "") -> None:
    """Write the proposed value through the one write path, and say that it was done.

    A message alone is marked as dealt with. Raises ``ValidationError``, and leaves the correction open, when
    the record refuses the value, when it is gone, or when somebody else has answered already.
    """
    with transaction.atomic():
        correction.member.lock()
        correction = _still_open(correction)
        if correction.proposed is not None:
            record = record_of(correction)
            if record is None:
                refuse([_gone()])
            else:
                with change(staff, "admin", _reason(correction)):
                    with_value(record, tuple(correction.path), correction.proposed).save()
        _answer(correction, Correction.State.ACCEPTED, staff, answer)


def decline(correction: Correction, staff: "User", answer: str) -> None:
    """Leave the record as it is, and say why."""
    if not bare(answer).strip():
        refuse([Fault(_("Say why: the member reads it."), "required", ("answer",))])
    with transaction.atomic():
        correction.member.lock()
        _answer(_still_open(correction), Correction.State.DECLINED, staff, answer)


def withdraw(correction: Correction) -> None:
    """The member has thought better of it."""
    with transaction.atomic():
        correction.member.lock()
        correction = _still_open(correction)
        correction.state = Correction.State.WITHDRAWN
        correction.save(update_fields=["state"])


def _still_open(correction: Correction) -> Correction:
    current = Correction.objects.select_for_update(no_key=True, of=("self",)).get(pk=correction.pk)
    if current.state != Correction.State.OPEN:
        refuse([Fault(_("This correction has been answered already."), "answered")])
    return current


def _answer(correction: Correction, state: Correction.State, staff: "User", answer: str) -> None:
    correction.state = state
    correction.answer, correction.answered_by, correction.answered_at = answer.strip(), staff, timezone.now()
    correction.clean_fields(exclude=["member", "asset", "made_by", "answered_by"])
    correction.save(update_fields=["state", "answer", "answered_by", "answered_at"])


def _reason(correction: Correction) -> str:
    made_at = timezone.localtime(correction.made_at, correction.member.community.timezone)
    said = gettext("Proposed by the member on %(day)s") % {"day": date_format(made_at, "DATE_FORMAT")}
    return f"{said}: {correction.message}" if correction.message else said


def _gone() -> Fault:
    return Fault(_("What this was about is not there any more."), "gone")
