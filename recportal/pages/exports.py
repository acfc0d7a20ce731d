"""“My data” as files to take away: as JSON, and as a table."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from members.models import Member
from recportal.documents.faults import dotted

from .held import held_about_account, held_about_memberships
from .membership import membership

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def _held_about(user: Any, member: Member) -> dict[str, Any]:
    [membership] = held_about_memberships(user, [member])
    return {"account": held_about_account(user), **membership}


@require_safe
@login_required
def as_json(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member)
    text = json.dumps(_held_about(request.user, found), ensure_ascii=False, indent=2)
    return _download(text, "application/json", f"{community}-{member}.json")


@require_safe
@login_required
def as_csv(request: HttpRequest, community: str, member: str) -> HttpResponse:
    """One line for each value: the part, the record, the place, the value. For spreadsheets, with a BOM."""
    found = membership(request, community, member)
    table = io.StringIO()
    table.write("\ufeff")
    lines = csv.writer(table)
    lines.writerow(["part", "record", "place", "value"])
    for line in _lines(_held_about(request.user, found)):
        lines.writerow([harmless(each) for each in line])
    return _download(table.getvalue(), "text/csv; charset=utf-8", f"{community}-{member}.csv")


def _lines(held: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for part, content in held.items():
        if part == "asset_history":
            for key, told in content.items():
                for number, entry in enumerate(told, start=1):
                    yield from (("asset history", f"{key} {number}", *cell) for cell in _cells(entry, ()))
        elif isinstance(content, list):
            for number, item in enumerate(content, start=1):
                name = item.get("key") or str(number)
                yield from ((part, name, *cell) for cell in _cells(item, ()))
        else:
            yield from ((part, "", *cell) for cell in _cells(content, ()))


def _cells(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _cells(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _cells(item, (*path, index))
    elif value not in (None, "", {}, []):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield dotted(path), text


def harmless(cell: str) -> str:
    """The cell as a spreadsheet shows it and never runs it: a formula is made a text by an apostrophe."""
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _download(content: str, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    safe = re.sub(r"[^A-Za-z0-9_.@-]", "_", name)
    answer["Content-Disposition"] = f'attachment; filename="{safe}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
