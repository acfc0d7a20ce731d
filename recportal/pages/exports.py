"""Everything that the register holds about a person, to take away: as JSON, and as a table."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assets.models import Asset
from members.models import Member
from recportal.documents.faults import dotted
from recportal.documents.paths import ABSENT, Difference
from recportal.records.history import entries, tracked_values
from recportal.records.models import Record

from .membership import membership

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_LINKS: Final = {"community_id", "owner_id", "account_id"}


def held_about(user: Any, member: Member) -> dict[str, Any]:
    """All that is held about ``user`` and its membership, in every status; nothing of other people.

    Who else had a hand in a change is told as "the community or a tool": their names are not the reader's
    data. Times are those of the community's clock.
    """
    own_assets = Asset.objects.filter(owner=member).order_by("key")
    zone = member.community.timezone
    with timezone.override(zone):
        return {
            "generated_at": _time(timezone.now()),
            "time_zone": str(zone),
            "community": {"key": member.community.key, "name": member.community.name},
            "account": _account(user),
            "member": {**_record(member), "history": _history(Member, member, user)},
            "assets": [_record(each) for each in own_assets],
            "asset_history": _asset_history(member, user),
            "holdings": [
                {
                    "kind": each.kind,
                    "code": each.code,
                    "asset": each.asset.key if each.asset else None,
                    "since": each.since.isoformat(),
                    "until": each.until.isoformat() if each.until else None,
                    "recorded_at": _time(each.recorded_at),
                }
                for each in member.holdings.select_related("asset").order_by("kind", "code", "since")
            ],
            "invitations": [
                {
                    "email": each.email,
                    "state": each.state.value,
                    "made_at": _time(each.made_at),
                    "expires_at": _time(each.expires_at),
                    "accepted_at": _time(each.accepted_at),
                    "withdrawn_at": _time(each.withdrawn_at),
                }
                for each in member.invitations.order_by("made_at")
            ],
            "corrections": [
                {
                    "asset": each.asset_key or None,
                    "path": each.path,
                    "before": each.before,
                    "proposed": each.proposed,
                    "message": each.message,
                    "made_at": _time(each.made_at),
                    "state": each.state,
                    "answer": each.answer,
                    "answered_at": _time(each.answered_at),
                }
                for each in member.corrections.order_by("made_at")
            ],
        }


def _account(user: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "email_addresses": list(
            user.emailaddress_set.order_by("email").values("email", "verified", "primary")
        ),
        "date_joined": _time(user.date_joined),
        "last_login": _time(user.last_login),
        "identity_provider": [each.extra_data for each in user.socialaccount_set.order_by("pk")],
        "second_factors": list(user.authenticator_set.order_by("type").values_list("type", flat=True)),
    }


def _record(record: Record) -> dict[str, Any]:
    values = {name: value for name, value in tracked_values(record).items() if name not in _LINKS}
    return {**values, "created_at": _time(record.created_at), "updated_at": _time(record.updated_at)}


def _history(model: type[Record], record: Record, user: Any) -> list[dict[str, Any]]:
    rows = model.history.model.objects.filter(id=record.pk).order_by("-history_date", "-history_id")
    return _told(rows, user)


def _asset_history(member: Member, user: Any) -> dict[str, list[dict[str, Any]]]:
    """Key of an asset → its history while it was this member's, also when it is gone or another's by now."""
    rows = Asset.history.model.objects.filter(owner_id=member.pk)
    by_asset: dict[int, list[Any]] = {}
    for row in rows.order_by("key", "-history_date", "-history_id"):
        by_asset.setdefault(row.id, []).append(row)
    return {found[0].key: _told(found, user) for found in by_asset.values()}


def _told(rows: Any, user: Any) -> list[dict[str, Any]]:
    """Rows of one record's history, newest first; the oldest says what the record was then."""
    told = []
    for entry in entries(rows):
        row = entry.row
        told.append(
            {
                "at": _time(row.history_date),
                "what": {"+": "created", "~": "changed", "-": "deleted"}[row.history_type],
                "by": _by(row.history_user_id, user),
                "door": row.history_door,
                "reason": row.history_change_reason,
                "changes": [_told_difference(each) for each in entry.differences],
            }
        )
        if not entry.differences:
            told[-1]["record"] = {
                name: value for name, value in tracked_values(row).items() if name not in _LINKS
            }
    return told


def _told_difference(difference: Difference) -> dict[str, Any]:
    if difference.path[0] in _LINKS:
        return {"place": str(difference.path[0]).removesuffix("_id"), "before": "…", "after": "…"}
    sides = {"before": difference.before, "after": difference.after}
    return {"place": difference.place, **{name: None if v is ABSENT else v for name, v in sides.items()}}


def _by(user_id: int | None, user: Any) -> str:
    if user_id is None:
        return ""
    return "you" if user_id == user.pk else "the community or a tool"


def _time(moment: Any) -> str | None:
    """RFC 3339, on the clock that is active."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


@require_safe
@login_required
def as_json(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member)
    text = json.dumps(held_about(request.user, found), ensure_ascii=False, indent=2)
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
    for line in _lines(held_about(request.user, found)):
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
