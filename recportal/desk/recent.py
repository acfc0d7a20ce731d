"""What has changed of late, out of the history of all three entities."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db.models import Model
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.functional import Promise

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.models import User
from recportal.staff.history import ACTIONS, DOORS

from .scopes import Scope

#: An import makes thousands of entries at once, which are one line here.
_ENTRIES: Final = 60
_LINES: Final = 8
_NAMED: Final = 3

_COLUMNS: Final = (
    "history_date",
    "history_id",
    "history_user_id",
    "history_door",
    "history_change_reason",
    "history_type",
    "id",
    "key",
    "name",
)


@dataclass(frozen=True)
class Touched:
    """A record that was touched; ``url`` leads to it, or to the page that says that it is gone."""

    kind: Any
    name: str
    url: str


@dataclass
class RecentChange:
    """What one person did through one door within a minute: the first records, and whether there are more."""

    when: datetime
    who: str
    door: str | Promise
    reason: str
    action: str | Promise
    records: list[Touched] = field(default_factory=list)
    has_more: bool = False


def recent_changes(scope: Scope) -> list[RecentChange]:
    """The newest changes in the scope, newest first: one query for each entity, and one for the people."""
    rows = sorted(
        (row for model in (Community, Member, Asset) for row in _rows(model, scope)),
        key=lambda row: (row["history_date"], row["history_id"]),
        reverse=True,
    )[:_ENTRIES]
    ids = {row["history_user_id"] for row in rows} - {None}
    people = dict(User.objects.filter(pk__in=ids).values_list("pk", "username"))
    found: list[RecentChange] = []
    for _together, group in groupby(rows, key=_together_by):
        if len(found) == _LINES:
            break
        found.append(_change(list(group), people))
    return found


def _rows(model: Any, scope: Scope) -> Iterator[dict[str, Any]]:
    column = "id" if model is Community else "community"
    history = model.history.model._base_manager.order_by("-history_date", "-history_id")
    if not scope.is_everything:
        history = history.filter(**{f"{column}__in": scope.communities.values("pk")})
        # Not by the column itself: its index would lead through all that others have done since, a second in
        # a register of a million.
        history = history.order_by(Greatest("history_date", "history_date").desc(), "-history_id")
    for row in history.values(*_COLUMNS)[:_ENTRIES]:
        yield {**row, "model": model}


def _together_by(row: dict[str, Any]) -> tuple[Any, ...]:
    minute = row["history_date"].replace(second=0, microsecond=0)
    circumstances = ("history_user_id", "history_door", "history_change_reason", "history_type")
    return (minute, *(row[name] for name in circumstances))


def _change(rows: list[dict[str, Any]], people: dict[int, str]) -> RecentChange:
    first = rows[0]
    touched = {(row["model"], row["id"]): row for row in rows}
    return RecentChange(
        when=first["history_date"],
        who=people.get(first["history_user_id"], ""),
        door=DOORS.get(first["history_door"], first["history_door"]),
        reason=first["history_change_reason"],
        action=ACTIONS[first["history_type"]],
        records=[_touched(row) for row in list(touched.values())[:_NAMED]],
        has_more=len(touched) > _NAMED,
    )


def _touched(row: dict[str, Any]) -> Touched:
    model: type[Model] = row["model"]
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row["id"]])
    return Touched(model._meta.verbose_name, row["name"] or row["key"], url)
