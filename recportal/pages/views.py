"""The pages that show a member what the register holds."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required, login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_safe

from assets.capacity import shown_capacity
from assets.models import Asset
from communities.maps import draw
from members.identifiers import compact
from members.models import Correction, Member, Status, points_of
from recportal.accounts.provider import sign_out_address
from recportal.documents.faults import pointer

from .membership import assets_of, membership, memberships, page
from .rows import entry_rows, rows
from .totals import totals
from .words import ASSET_TYPES, POINT_TYPES, ROLES, STATUSES, UNITS

#: Cards on one page, which stays below 100 kB.
_CARDS: Final = 60
#: Delivery points on one page; more are in the download.
_POINTS: Final = 60


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The only membership, a choice of several, the admin for staff who have none, or a page that says so."""
    found = list(memberships(request.user).defer("community__areas", "community__topology"))
    if len(found) == 1:
        return redirect("pages:overview", found[0].community.key, found[0].key)
    if not found and request.user.is_staff:
        return redirect("admin:index")
    chosen = [(each, STATUSES[Status(each.status)][0]) for each in found]
    return page(request, "pages/home.html", memberships=chosen)


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Where to change what one signs in with."""
    return page(request, "pages/account.html")


@require_safe
@login_not_required
def signed_out(request: HttpRequest) -> HttpResponse:
    """That the identity provider still knows who has signed out here, and where to sign out of it, too."""
    if settings.OIDC is None:
        raise Http404
    back = request.build_absolute_uri(resolve_url(settings.LOGIN_URL))
    address = sign_out_address(request, back)
    return page(request, "pages/signed_out.html", name=settings.OIDC.name, address=address)


@require_safe
@login_required
def overview(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member, with_areas=True)
    context = _own_record(found)
    if found.status == Status.ACTIVE:
        assets = list(assets_of(request, found))
        shown = Paginator(assets, _CARDS).get_page(request.GET.get("page"))
        area = found.community.areas.get(found.area, {})
        context |= {
            "assets": shown,
            "cards": [_card(each) for each in shown],
            "totals": totals((each.asset_type, each.properties) for each in assets),
            "units": {name: words for name, words in UNITS.items() if name != "°"},
            "map": draw({found.area: area} if found.area else {}, found.area),
        }
    return page(request, "pages/overview.html", found, **context)


def _own_record(member: Member) -> dict[str, Any]:
    """What a member sees of the own record, in every status."""
    status, meaning = STATUSES[Status(member.status)]
    stored = member.delivery_points[:_POINTS]
    codes = {index: compact(point["type"], point["id"]) for index, point in points_of(stored)}
    held = member.holdings.filter(until=None, kind="delivery_point", code__in=codes.values())
    since = dict(held.values_list("code", "since"))
    points = [
        {
            "point": point,
            "at": pointer(("delivery_points", str(point.get("id", "")), "id")),
            "type": POINT_TYPES.get(str(point.get("type", "")), ""),
            "rows": [
                row for row in entry_rows(member, "delivery_points", point) if not row.at.endswith("/id")
            ],
            "since": since.get(codes.get(index, "")),
        }
        for index, point in enumerate(stored)
        if isinstance(point, dict)
    ]
    area = member.community.areas.get(member.area, {})
    return {
        "status": status,
        "status_meaning": meaning,
        "role_meaning": ROLES.get(member.role, ""),  # type: ignore[call-overload]
        "area": area.get("name") or member.area,
        "points": points,
        "more_points": max(0, len(member.delivery_points) - _POINTS),
        "own_rows": rows(member, "extra"),
        "open_corrections": member.corrections.filter(state=Correction.State.OPEN).count(),
    }


def _card(asset: Asset) -> dict[str, Any]:
    return {"asset": asset, "type": ASSET_TYPES[asset.asset_type][0], "size": shown_capacity(asset)}


@require_safe
@login_required
def asset(request: HttpRequest, community: str, member: str, asset: str) -> HttpResponse:
    found = membership(request, community, member)
    own = {each.key: each for each in assets_of(request, found)}
    shown = own.get(asset)
    if shown is None:
        raise Http404
    label, meaning = ASSET_TYPES[shown.asset_type]
    properties = rows(shown, "properties")
    return page(
        request,
        "pages/asset.html",
        found,
        asset=shown,
        type=label,
        type_meaning=meaning,
        properties=properties,
        device=rows(shown, "device"),
        more=rows(shown, "extra"),
        measures=_named(shown.relationships.get("measures", []), own),
        measured_by=[each for each in own.values() if asset in _keys(each.relationships.get("measures"))],
        paired_with=_named(_keys(shown.relationships.get("paired_with")), own),
    )


def _keys(value: Any) -> list[str]:
    """Keys as a relationship holds them: one, or a list; what is neither says nothing."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _named(value: Any, own: dict[str, Asset]) -> list[tuple[str, Asset | None]]:
    """The assets behind keys; None for one that is not the reader's, of which the key alone is said."""
    return [(key, own.get(key)) for key in _keys(value)]


@require_safe
@login_required
def community(request: HttpRequest, community: str, member: str) -> HttpResponse:
    found = membership(request, community, member, with_areas=True)
    if found.status != Status.ACTIVE:
        raise Http404
    links = [
        row
        for row in rows(found.community, "links")
        if not row.value or row.value.lower().startswith(("http://", "https://"))
    ]
    return page(
        request,
        "pages/community.html",
        found,
        contact=rows(found.community, "contact"),
        legal=rows(found.community, "legal"),
        links=links,
        map=draw(found.community.areas, found.area),
        areas=[
            (number, key, area.get("name") or key)
            for number, (key, area) in enumerate(sorted(found.community.areas.items())[:200], start=1)
        ],
    )


@require_safe
@login_required
def data(request: HttpRequest, community: str, member: str) -> HttpResponse:
    return page(request, "pages/data.html", membership(request, community, member))
