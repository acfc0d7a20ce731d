"""One search over communities, members, assets and delivery points, in the communities that staff look at.

Ids are looked up by index, whole and by how they begin, as fast in a million records as in a thousand. Words
are then looked for inside the records, accents and case aside.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assets.capacity import shown_capacity
from assets.models import Asset
from communities.models import Community
from members.identifiers import compact, possible_codes
from members.models import Holding, Member, points_of
from recportal.accounts.roles import Level
from recportal.documents.faults import Text
from recportal.documents.text import text_flaw
from recportal.records.fields import fold
from recportal.records.querysets import reach_of, squeeze
from recportal.staff.lists import LONGEST_SEARCH
from recportal.staff.scope import chosen_community, in_scope
from recportal.text import compared, stored

#: Of each kind; whoever wants more of them goes to the list.
MOST_HITS: Final = 10
#: No character comes after it.
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True)
class Hit:
    """One record that was found, or one delivery point, which leads to its holder.

    ``notes`` are short texts that tell it from its like; ``icon`` is a type of asset, or empty.
    """

    label: str
    url: str
    community: str
    notes: tuple[Text, ...] = ()
    icon: str = ""


@dataclass(frozen=True)
class Hits:
    """What was found of one kind; ``more`` is the address of the list of all that match, or empty."""

    kind: str
    title: Text
    hits: list[Hit]
    more: str


def search(request: HttpRequest, words: str) -> list[Hits]:
    """What the words find, by kind; kinds of which nothing is found are left out."""
    words = stored(words)
    if not words or len(words) > LONGEST_SEARCH or text_flaw(words):
        return []
    members = _members(request, words)
    found = [
        _hits("member", _("Members"), members, _member_hit, _list("members_member", words)),
        _hits("point", _("Delivery points"), _points(request, words, members), _point_hit, ""),
        _hits("asset", _("Assets"), _assets(request, words), _asset_hit, _list("assets_asset", words)),
        _hits(
            "community",
            _("Communities"),
            _communities(request, words),
            _community_hit,
            _list("communities_community", words),
        ),
    ]
    return [each for each in found if each.hits]


def _hits(kind: str, title: Text, found: list[Any], shown: Callable[[Any], Hit], more: str) -> Hits:
    return Hits(kind, title, [shown(each) for each in found[:MOST_HITS]], more if len(found) > 1 else "")


def _list(model: str, words: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode({'q': words})}"


# Looking


def _looks_everywhere(request: HttpRequest) -> bool:
    return chosen_community(request) is None and reach_of(request.user).with_level(Level.VIEWER) is None


def _members(request: HttpRequest, words: str) -> list[Member]:
    members = in_scope(request, Member.objects.select_related("community")).only(
        "key", "name", "role", "status", "user_id", "delivery_points", "community__key", "community__name"
    )
    return _first(
        words,
        ("key", "user_id"),
        _beginning(request, members.order_by("community_id", "key"), "key", words),
        _beginning(request, members.exclude(user_id_compared=""), "user_id_compared", compared(words)),
        _containing(request, members, words),
    )


def _assets(request: HttpRequest, words: str) -> list[Asset]:
    assets = in_scope(request, Asset.objects.select_related("community", "owner")).only(
        "key", "name", "asset_type", "sensor_id", "properties",
        "owner__name", "owner__key", "community__key", "community__name",
    )  # fmt: skip
    return _first(
        words,
        ("key", "sensor_id"),
        assets.order_by("sensor_id").filter(**_begins("sensor_id", words)),
        _beginning(request, assets, "key", words),
        _containing(request, assets, words),
    )


def _communities(request: HttpRequest, words: str) -> list[Community]:
    communities = in_scope(request, Community.objects.only("key", "name")).order_by("key")
    return _first(words, ("key",), communities.filter(**_begins("key", words)), communities.search(words))


def _begins(column: str, words: str) -> dict[str, str]:
    # Not LIKE: on SQLite it knows no index.
    return {f"{column}__gte": words, f"{column}__lt": words + _LAST}


def _beginning(request: HttpRequest, records: QuerySet[Any], column: str, words: str) -> QuerySet[Any]:
    """The records whose ``column`` begins so. Its index has the community first: each is asked in turn."""
    if _looks_everywhere(request):
        records = records.filter(community__in=Community.objects.order_by().values("pk"))
    return records.filter(**_begins(column, words)).order_by("community_id", column)


def _containing(request: HttpRequest, records: Any, words: str) -> QuerySet[Any]:
    found: QuerySet[Any] = records.search(words)
    # In all communities there are too many to be sorted: the first that come are taken.
    return found.order_by() if _looks_everywhere(request) else found.order_by("community_id", "key")


def _first(words: str, ids: tuple[str, ...], *found: QuerySet[Any]) -> list[Any]:
    """The best of what was found, and one more than is shown: whole ids, then beginnings, then the rest."""
    records: dict[int, Any] = {}
    for some in found:
        for record in some[: MOST_HITS + 1]:
            records.setdefault(record.pk, record)
    wanted = words.casefold()
    best = sorted(
        records.values(),
        key=lambda record: all(str(getattr(record, name) or "").casefold() != wanted for name in ids),
    )
    return best[: MOST_HITS + 1]


@dataclass(frozen=True)
class FoundPoint:
    """A delivery point and the member who has it."""

    spelled: str
    point_type: str
    member: Member
    is_held: bool


def _points(request: HttpRequest, words: str, members: list[Member]) -> list[FoundPoint]:
    """The delivery points that are held under such a code, and those of the members found that read so."""
    codes = sorted(possible_codes(words))
    open_ones = Holding.objects.filter(kind=Holding.Kind.DELIVERY_POINT, until=None)
    asked: list[dict[str, Any]] = [{"code__in": codes}]
    if _looks_everywhere(request):
        asked = [_begins("code", code) for code in codes]
    holders = in_scope(request, Member.objects.select_related("community")).only(
        "key", "name", "status", "delivery_points", "community__key", "community__name"
    )
    # A list, not a subquery: in this order the index ends the search after a few rows.
    ids = [
        pk
        for each in asked
        for pk in open_ones.filter(**each).order_by("code").values_list("member", flat=True)[: MOST_HITS + 1]
    ]
    found: dict[tuple[int, str], FoundPoint] = {}
    for member in [*holders.filter(pk__in=ids).order_by("community_id", "key"), *members]:
        for point in _matching(member, codes, words):
            found.setdefault((member.pk, point.spelled), point)
    return list(found.values())[: MOST_HITS + 1]


def _matching(member: Member, codes: list[str], words: str) -> Iterator[FoundPoint]:
    joined = squeeze(fold(words))
    for _index, point in points_of(member.delivery_points):
        own = compact(point["type"], point["id"])
        if own.startswith(tuple(codes)) or (
            joined and (joined in own or joined in squeeze(fold(point["id"])))
        ):
            is_held = point.get("active", True) and member.status in ("active", "suspended")
            yield FoundPoint(point["id"], point["type"], member, bool(is_held))


# Showing


def _named(record: Any) -> str:
    return str(record.community.name or record.community.key)


def _member_hit(member: Member) -> Hit:
    notes = (member.get_role_display(), member.get_status_display())
    return Hit(str(member), member.get_absolute_url(), _named(member), notes)


def _point_hit(point: FoundPoint) -> Hit:
    notes: Iterable[Text] = (point.point_type.upper(), str(point.member))
    if not point.is_held:
        notes = (*notes, _("not in use"))
    return Hit(point.spelled, point.member.get_absolute_url(), _named(point.member), tuple(notes))


def _asset_hit(asset: Asset) -> Hit:
    size = shown_capacity(asset)
    notes = [asset.get_asset_type_display(), size, asset.sensor_id or "", asset.owner.name]
    return Hit(
        str(asset), asset.get_absolute_url(), _named(asset), tuple(filter(None, notes)), asset.asset_type
    )


def _community_hit(community: Community) -> Hit:
    return Hit(str(community), community.get_absolute_url(), "")
