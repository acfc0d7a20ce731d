"""What changed in a member's record and devices, and who did it as far as that is the reader's to know.

Not why: reasons are what staff write for each other, and names of the files that they import.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from assets.models import Asset
from members.models import Member
from recportal.documents.display import shown_value
from recportal.documents.faults import Path, Text
from recportal.documents.paths import Difference
from recportal.records.history import Entry, entries
from recportal.staff.history import label_of, path_of, short

from .held import is_link
from .membership import asset_of, membership, page
from .rows import plain

_ENTRIES: Final = 25
#: Changed places of one entry that are shown; "My data" has all of them.
_PLACES: Final = 20

_ACTIONS: Final = {
    "+": gettext_lazy("Recorded"),
    "~": gettext_lazy("Changed"),
    "-": gettext_lazy("Deleted"),
}


@dataclass(frozen=True)
class Change:
    """One write. ``places`` are label, before and after; ``more`` counts those that are not shown."""

    when: datetime
    action: Text
    who: str
    places: list[tuple[str, str, str]]
    more: int


@require_safe
@login_required
def own(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member)
    rows = Member.history.model.objects.filter(id=found.pk)
    return _page(request, found, rows, None)


@require_safe
@login_required
def of_asset(request: HttpRequest, community: str, member: str, asset: str) -> HttpResponse:
    """That of the time in which the asset has been this member's."""
    found = membership(request, community, member)
    shown = asset_of(request, found, asset)
    rows = Asset.history.model.objects.filter(id=shown.pk, owner_id=found.pk)
    return _page(request, found, rows, shown)


def _page(request: HttpRequest, member: Member, rows: QuerySet[Any], asset: Asset | None) -> HttpResponse:
    newest_first = rows.order_by("-history_date", "-history_id")
    listed = Paginator(newest_first, _ENTRIES).get_page(request.GET.get("page"))
    changes = list(_changes(listed, newest_first, request.user))
    return page(request, "pages/history.html", member, changes=changes, list=listed, asset=asset)


def _changes(listed: Page[Any], rows: QuerySet[Any], user: Any) -> Iterator[Change]:
    """The entries of one page; the row after it is there to compare the last one with."""
    begin = max(listed.start_index() - 1, 0)
    compared = list(entries(rows[begin : begin + _ENTRIES + 1]))
    for entry in compared[:_ENTRIES]:
        yield Change(
            when=entry.row.history_date,
            action=_ACTIONS[entry.row.history_type],
            who=_who(entry, user),
            places=[_place(entry.row, each) for each in entry.differences[:_PLACES]],
            more=max(0, len(entry.differences) - _PLACES),
        )


def _who(entry: Entry, user: Any) -> str:
    if entry.row.history_user_id == user.pk:
        return gettext("by you")
    return gettext("by the community or a tool")


def _place(row: Any, difference: Difference) -> tuple[str, str, str]:
    path = difference.path
    if is_link(path):
        return label_of(row, path) or str(path[0]), "…", "…"
    before, after = (_said(row, path, each) for each in (difference.before, difference.after))
    return label_of(row, path_of(difference)) or difference.place, before, after


def _said(row: Any, path: Path, value: Any) -> str:
    """The value in plain words, with its unit; empty for what says nothing."""
    column = row.instance_type._meta.get_field(path[0])
    if len(path) == 1 and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    words = plain(path[-1], value)
    if words or not isinstance(value, int | float):
        return words or short(value)
    schema = column.schema_of(row) if len(path) == 2 else None
    known = schema.definition.get("properties", {}).get(path[1], {}) if schema else {}
    return shown_value(value, schema.resolve(known).get("x-unit", "") if schema else "")
