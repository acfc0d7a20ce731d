"""Everything that the register holds about a person, in every status, and nothing of other people.

Who else had a hand in a change is told as "the community or a tool": their names are not the reader's data.
Nor are the reasons of changes: staff write them for each other, and imports put the names of files there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils import timezone

from assets.models import Asset
from members.models import Correction, Holding, Invitation, Member
from recportal.documents.faults import Path
from recportal.documents.paths import ABSENT, Difference
from recportal.records.history import entries, tracked_values
from recportal.records.models import Record

_LINKS: Final = {"community_id", "owner_id", "account_id"}
_NEWEST_FIRST: Final = ("-history_date", "-history_id")


def held_about_memberships(user: Any, members: Sequence[Member]) -> list[dict[str, Any]]:
    """All that is held about each of the user's memberships. Times are those of the community's clock."""
    ids = [member.pk for member in members]
    history, asset_history = Member.history.model.objects, Asset.history.model.objects
    kept = {
        "assets": _rows("owner_id", Asset.objects.filter(owner__in=ids).order_by("key")),
        "history": _rows("id", history.filter(id__in=ids).order_by(*_NEWEST_FIRST)),
        "asset_history": _rows(
            "owner_id", asset_history.filter(owner_id__in=ids).order_by("key", *_NEWEST_FIRST)
        ),
        "holdings": _rows(
            "member_id",
            Holding.objects.filter(member__in=ids).select_related("asset").order_by("kind", "code", "since"),
        ),
        "invitations": _rows("member_id", Invitation.objects.filter(member__in=ids).order_by("made_at")),
        "corrections": _rows("member_id", Correction.objects.filter(member__in=ids).order_by("made_at")),
    }
    found = []
    for member in members:
        with timezone.override(member.community.timezone):
            found.append(_held(user, member, {name: rows[member.pk] for name, rows in kept.items()}))
    return found


def _rows(owner: str, rows: Iterable[Any]) -> dict[int, list[Any]]:
    """Id of a member → the rows in whose column ``owner`` it stands, in their order."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, owner)].append(row)
    return found


def _held(user: Any, member: Member, kept: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "generated_at": _time(timezone.now()),
        "time_zone": str(member.community.timezone),
        "community": {"key": member.community.key, "name": member.community.name},
        "member": {**_record(member), "history": _told(kept["history"], user)},
        "assets": [_record(each) for each in kept["assets"]],
        "asset_history": _asset_history(kept["asset_history"], user),
        "holdings": [
            {
                "kind": each.kind,
                "code": each.code,
                "asset": each.asset.key if each.asset else None,
                "since": each.since.isoformat(),
                "until": each.until.isoformat() if each.until else None,
                "recorded_at": _time(each.recorded_at),
            }
            for each in kept["holdings"]
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
            for each in kept["invitations"]
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
            for each in kept["corrections"]
        ],
    }


def held_about_account(user: Any) -> dict[str, Any]:
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


def _asset_history(rows: Iterable[Any], user: Any) -> dict[str, list[dict[str, Any]]]:
    """Key of an asset → its history while it was this member's, also when it is gone or another's by now."""
    by_asset: dict[int, list[Any]] = {}
    for row in rows:
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
                "changes": [_told_difference(each) for each in entry.differences],
            }
        )
        if not entry.differences:
            told[-1]["record"] = {
                name: value for name, value in tracked_values(row).items() if name not in _LINKS
            }
    return told


def is_link(path: Path) -> bool:
    """Whether a place says which other record this one hangs on: what stood there may be somebody else."""
    return path[0] in _LINKS


def _told_difference(difference: Difference) -> dict[str, Any]:
    if is_link(difference.path):
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
