"""What looks wrong about a member."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices import countries_of, tax_number_notices
from recportal.documents.faults import say
from recportal.records.notices import Notice, as_date, document_notices, future_date, look_alikes, notice

from .identifiers import compact, is_austrian, possible_codes, problem
from .models import Holding, Member, Role, Status, points_of

#: An Austrian point may take part in up to five communities at once.
_MOST_COMMUNITIES: Final = 5
#: A storage gives back what others have generated.
_GENERATING: Final = ("pv",)


@dataclass(frozen=True)
class Background:
    """What the notices of members need to know of other records, read once for any number of members."""

    #: Community → its country.
    countries: Mapping[int, str]
    #: The members with an asset that generates electricity.
    generating: frozenset[int]
    #: The members' points (member, code) that a meter of theirs names.
    metered: frozenset[tuple[int, str]]
    #: Austrian code → in how many communities it is held.
    communities: Mapping[str, int]


def background_of(members: Iterable[Member]) -> Background:
    """The background of some members, in three queries however many they are."""
    members = list(members)
    generating, metered = set(), set()
    devices = Member.objects.filter(
        pk__in=[member.pk for member in members], assets__asset_type__in=(*_GENERATING, "meter")
    ).order_by()
    for pk, asset_type, pod in devices.values_list(
        "pk", "assets__asset_type", KeyTextTransform("pod", "assets__properties")
    ):
        if asset_type in _GENERATING:
            generating.add(pk)
        elif pod:
            metered |= {(pk, code) for code in possible_codes(str(pod))}
    return Background(
        countries=countries_of(member.community_id for member in members),
        generating=frozenset(generating),
        metered=frozenset(metered),
        communities=_communities_of_austrian_points(members),
    )


def _communities_of_austrian_points(members: list[Member]) -> dict[str, int]:
    codes = {code for member in members for _index, _point, code in _open_points(member) if is_austrian(code)}
    if not codes:
        return {}
    holdings = Holding.objects.filter(kind=Holding.Kind.DELIVERY_POINT, code__in=codes, until=None)
    counts = holdings.order_by().values("code").annotate(count=Count("pk"))
    return dict(counts.values_list("code", "count"))


def member_notices(
    member: Member, background: Background | None = None, today: date | None = None
) -> list[Notice]:
    """Everything that looks wrong about a member, by itself and beside its assets.

    Without a ``background`` the member's own is read; a page over many members reads one for all of them.
    """
    background = background or background_of([member])
    today = today or timezone.localdate()
    country = background.countries.get(member.community_id, "")
    return [
        *_incomplete(member),
        *_without_generator(member, background),
        *_points(member, background),
        *tax_number_notices(member.extra, country, "extra"),
        *_dates(member, today),
        *look_alikes(member.user_id, "user_id"),
        *look_alikes(member.extra.get("did"), "extra", "did"),
        *document_notices(member),
    ]


def _incomplete(member: Member) -> Iterator[Notice]:
    if member.status != Status.ACTIVE:
        return
    if not member.user_id and member.account_id is None:
        yield notice("no_account", _("This active member has no account yet."), "user_id")
    if not member.area:
        yield notice("no_area", _("This active member is in no area."), "area")
    if not any(True for _point in _open_points(member)):
        message = _("This active member has no delivery point that is in use.")
        yield notice("no_delivery_point", message, "delivery_points")


def _without_generator(member: Member, background: Background) -> Iterator[Notice]:
    generates = member.pk in background.generating
    if member.role in (Role.PROSUMER, Role.PRODUCER) and member.status != Status.INACTIVE and not generates:
        message = _("This member is said to generate electricity, but has no asset that does.")
        yield notice("no_generator", message, "role")


def _points(member: Member, background: Background) -> Iterator[Notice]:
    for index, point in points_of(member.delivery_points):
        yield from look_alikes(point["id"], "delivery_points", index, "id")
        trouble = problem(*_type_and_id(point))
        if trouble:
            yield notice("delivery_point_doubtful", trouble, "delivery_points", index, "id")
    if member.status == Status.INACTIVE:
        return
    for index, _point, code in _open_points(member):
        if (member.pk, code) not in background.metered:
            yield notice(
                "delivery_point_without_meter",
                _("No meter of this member names this delivery point."),
                "delivery_points",
                index,
            )
        count = background.communities.get(code, 0)
        if count > _MOST_COMMUNITIES:
            message = say(
                _("This point is in %(count)s communities; in Austria %(most)s are allowed."),
                count=count,
                most=_MOST_COMMUNITIES,
            )
            yield notice("delivery_point_in_many_communities", message, "delivery_points", index, "id")


def _dates(member: Member, today: date) -> Iterator[Notice]:
    for key in ("joined_on", "left_on"):
        yield from future_date(member.extra.get(key), today, "extra", key)
    joined, left = as_date(member.extra.get("joined_on")), as_date(member.extra.get("left_on"))
    if joined and left and left < joined:
        yield notice("left_before_joined", _("The membership ends before it begins."), "extra", "left_on")


def _open_points(member: Member) -> Iterator[tuple[int, Any, str]]:
    """The points that are in use, as (index, point, code)."""
    for index, point in points_of(member.delivery_points):
        if point.get("active", True):
            yield index, point, compact(*_type_and_id(point))


def _type_and_id(point: Any) -> tuple[str, str]:
    return str(point.get("type", "")), str(point.get("id", ""))
