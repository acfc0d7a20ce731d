"""The history of a record, made ready for a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recportal.documents.display import as_moment, trail
from recportal.documents.faults import Path, Text, dotted
from recportal.documents.field import DocumentField
from recportal.documents.paths import ABSENT, Difference
from recportal.documents.text import compact, shown
from recportal.records.history import Entry, entries
from recportal.records.models import Record

#: More changed places than this are counted, not listed: an import can move ten thousand coordinates at once.
_MOST_PLACES = 100
_LONGEST_VALUE = 160
_LONGEST_LABEL = 60

DOORS = {
    "admin": pgettext_lazy("the site of staff", "admin"),  # the same word is a role of members
    "api": _("API"),
    "import": _("import"),
    "page": _("member pages"),
    "command": _("command"),
    "shell": _("shell"),
}
ACTIONS = {"+": _("created"), "~": _("changed"), "-": _("deleted")}


@dataclass(frozen=True)
class ShownDifference:
    """One place that changed. ``before`` and ``after`` are short texts, empty where there was nothing.

    ``label`` is what people call the place; empty where no schema knows it.
    """

    place: str
    before: str
    after: str
    label: str = ""


@dataclass(frozen=True)
class ShownEntry:
    """One write: when, who (empty: nobody was signed in), through which door, why, and what it changed."""

    when: datetime
    who: str
    door: Text
    reason: str
    action: Text
    places: list[ShownDifference]
    #: How many places changed beside those that are listed.
    more: int
    #: The id of the row of history, where it is a change that can be undone; else None.
    undoable: int | None = None


def shown_entries(model: type[Record], rows: Iterable[Any], *, but_last: bool = False) -> list[ShownEntry]:
    """Rows of one record's history, newest first, as entries; foreign keys by name.

    Each entry is compared with the row that follows it. ``but_last`` leaves out the last row, which is there
    for the comparison only.
    """
    found = list(entries(rows))
    if but_last:
        found = found[:-1]
    relations = {column.attname: column for column in model._meta.concrete_fields if column.is_relation}
    names = _names(relations, found)
    return [_shown(entry, relations, names) for entry in found]


def _shown(entry: Entry, relations: dict[str, Any], names: dict[tuple[str, Any], str]) -> ShownEntry:
    row = entry.row
    return ShownEntry(
        when=row.history_date,
        who=row.history_user.get_username() if row.history_user else "",
        door=DOORS.get(row.history_door, row.history_door),
        reason=row.history_change_reason,
        action=ACTIONS[row.history_type],
        places=[_shown_difference(row, each, relations, names) for each in entry.differences[:_MOST_PLACES]],
        more=max(0, len(entry.differences) - _MOST_PLACES),
        undoable=row.history_id if row.history_type == "~" and entry.differences else None,
    )


def label_of(record: Any, path: Path) -> str:
    """What people call a place of a record (or of a row of its history): ``Delivery points / … / Tariff``."""
    model = getattr(record, "instance_type", type(record))
    column: Any = next((each for each in model._meta.concrete_fields if each.attname == path[0]), None)
    if column is None:
        return ""
    title = capfirst(str(column.verbose_name))
    if not isinstance(column, DocumentField) or len(path) == 1:
        return title
    labels = trail(column.schema_of(record), getattr(record, column.attname), path[1:])
    return " / ".join([title, *(shown(each, _LONGEST_LABEL) for each in labels)]) if labels else ""


def path_of(difference: Difference) -> Path:
    """The place of a difference; of an entry that is gone by its id: its index is of the list before."""
    path = difference.path
    if difference.after is ABSENT and isinstance(path[-1], int):
        return (*path[:-1], difference.before["id"])
    return path


def _shown_difference(
    row: Any, difference: Difference, relations: dict[str, Any], names: dict[tuple[str, Any], str]
) -> ShownDifference:
    column, *below = difference.path
    place = (relations[column].name if column in relations else column, *below)
    before, after = (
        names.get((str(column), value if isinstance(value, int) else None)) or short(value)
        for value in (difference.before, difference.after)
    )
    return ShownDifference(dotted(place), before, after, label_of(row, path_of(difference)))


def short(value: Any) -> str:
    """A stored value as one short line; empty for what says nothing."""
    if value is ABSENT or value in ("", None):
        return ""
    said = as_moment(value) or (value if isinstance(value, str) else compact(value))
    return shown(said, _LONGEST_VALUE)


def _names(relations: dict[str, Any], found: list[Entry]) -> dict[tuple[str, Any], str]:
    sides = [
        (difference.path, (difference.before, difference.after))
        for entry in found
        for difference in entry.differences
    ]
    return names_of(relations, sides)


def names_of(
    relations: dict[str, Any], sides: Iterable[tuple[Path, tuple[Any, ...]]]
) -> dict[tuple[str, Any], str]:
    """What changed foreign keys point to, as (column, id) → name: one query for each such column.

    ``sides``: places, each with the values that stand there.
    """
    names: dict[tuple[str, Any], str] = {}
    ids: dict[str, set[int]] = {}
    for path, values in sides:
        if path[0] in relations:
            ids.setdefault(str(path[0]), set()).update(each for each in values if isinstance(each, int))
    for attname, wanted in ids.items():
        if wanted:
            for each in relations[attname].related_model._base_manager.filter(pk__in=wanted):
                names[attname, each.pk] = str(each)
    return names
