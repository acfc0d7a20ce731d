"""The dashboard: what the communities that somebody looks at add up to, and what happened there of late."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assets.models import Asset, AssetType
from communities.models import Community
from members.corrections import answerable_by
from members.models import Correction, Member, Role, Status
from recportal.accounts.roles import Level
from recportal.documents.faults import Text
from recportal.documents.field import DocumentField
from recportal.documents.units import with_unit
from recportal.records.querysets import reach_of
from recportal.staff.display import DescribedDocument
from recportal.staff.site import site

from .charts import Part, bars, stacked
from .figures import Figures, Size, count_live, plain, total, unit_of
from .judging import judge_within
from .kinds import KINDS
from .links import listing, notices_of, page_if_there_is
from .places import Place, areas_of, communities_of
from .recent import recent_changes
from .scopes import Scope, only_community, scope_named, scope_of
from .stored import StoredNotices

_DOCUMENTS: Final = ("contact", "legal", "links")
_COLOURS: Final[dict[str, int]] = {
    Status.ACTIVE: 0,
    Status.PENDING: 1,
    Status.SUSPENDED: 2,
    Status.INACTIVE: 3,
}


@dataclass(frozen=True)
class Row:
    """A line of a table: a number that leads to its records, perhaps with a size in words."""

    label: Text
    count: int
    url: str
    colour: int = 0
    size: str = ""
    without: int = 0


@dataclass(frozen=True)
class Card:
    """One matter: a chart, and the same figures as a table."""

    name: str
    title: Text
    chart: str
    rows: list[Row]
    is_sized: bool = False
    is_coloured: bool = False
    is_known: bool = True


#: Seconds of looking for notices while somebody waits for a dashboard.
_PATIENCE: Final = 1.0


def notices_in(scope: Scope) -> tuple[Counter[str] | None, StoredNotices | None]:
    """Kind → number of notices: counted now where that is quick, else as they are kept; None if unknown."""
    found = None if scope.is_large() else judge_within(scope, _PATIENCE)
    if found is not None:
        return Counter(each.kind for each in found), None
    stored = StoredNotices(scope)
    return stored.total, stored


def first_page(request: HttpRequest) -> dict[str, Any]:
    """The dashboard of what the user has chosen to look at, for the admin's first page."""
    return {"dashboard": _dashboard(request, scope_of(request))}


@require_safe
def community_dashboard(request: HttpRequest, community_id: str) -> HttpResponse:
    """The dashboard of one community, whatever is chosen in the header."""
    community, scope = scope_named(request, community_id)
    context = {
        **site.each_context(request),
        "title": community.name,
        "subtitle": gettext("Dashboard"),
        "community": community,
        "opts": Community._meta,
        "dashboard": _dashboard(request, scope),
    }
    return TemplateResponse(request, "desk/community.html", context)


def _dashboard(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    community = only_community(request, scope)
    by_community = count_live(scope, by_area=community is not None)
    figures = total(by_community.values())
    notices, stored = notices_in(scope)
    places = areas_of(scope, community, figures) if community else communities_of(scope, by_community)
    corrections = answerable_by(request.user).filter(
        state=Correction.State.OPEN, member__community__in=scope.communities.values("pk")
    )
    return {
        "community": community,
        "stored": stored,
        "has_communities": bool(community or by_community or stored),
        "members": sum(figures.members.values()),
        "members_url": listing(Member, scope),
        "assets": sum(size.count for size in figures.assets.values()),
        "assets_url": listing(Asset, scope),
        "notices": None if notices is None else sum(notices.values()),
        "notices_url": notices_of(scope),
        "unmetered": None if notices is None else notices["delivery_point_without_meter"],
        "unmetered_url": notices_of(scope, kind="delivery_point_without_meter"),
        "corrections": corrections.order_by().count(),
        "corrections_url": listing(Correction, scope, state="open"),
        "may_answer": reach_of(request.user).allows_somewhere(Level.EDITOR),
        "may_add": _may_add(request, community),
        "cards": [*_member_cards(scope, figures), _asset_card(scope, figures), _notice_card(scope, notices)],
        "places": places,
        "places_chart": _places_chart(places),
        "recent": recent_changes(scope),
        "documents": _documents(community) if community else [],
        "pages": _pages(community) if community else [],
        "import_url": page_if_there_is("import"),
    }


def _may_add(request: HttpRequest, community: Community | None) -> bool:
    reach = reach_of(request.user)
    return reach.allows(Level.EDITOR, community.pk) if community else reach.allows_somewhere(Level.EDITOR)


def _member_cards(scope: Scope, figures: Figures) -> list[Card]:
    cards = []
    for position, name, title, choices, draw in (
        (0, "status", _("Members by status"), Status.choices, stacked),
        (1, "role", _("Members by role"), Role.choices, bars),
    ):
        counts: Counter[str] = figures.members_by(position)
        rows = [
            Row(label, counts[value], listing(Member, scope, **{name: value}), _COLOURS.get(value, 0))
            for value, label in choices
            if counts[value]
        ]
        chart = draw(title, [Part(row.label, row.count, colour=row.colour) for row in rows])
        cards.append(Card(name, title, chart, rows, is_coloured=draw is stacked))
    return cards


def _asset_card(scope: Scope, figures: Figures) -> Card:
    by_type = figures.sizes_by_type()
    rows = []
    for kind, label in AssetType.choices:
        size = by_type.get(kind, Size())
        if size.count:
            url = listing(Asset, scope, asset_type=kind)
            rows.append(Row(label, size.count, url, size=shown_size(kind, size), without=size.without))
    title = _("Assets by type")
    chart = bars(title, [Part(row.label, row.count) for row in rows])
    return Card("asset_type", title, chart, rows, is_sized=True)


def shown_size(asset_type: str, size: Size) -> str:
    """The installed capacity with its unit; empty where there is nothing to add up."""
    unit = unit_of(asset_type)
    return with_unit(plain(size.capacity), unit) if unit and size.without < size.count else ""


def _notice_card(scope: Scope, notices: Counter[str] | None) -> Card:
    counts = notices or Counter()
    rows = [
        Row(KINDS[kind].title, counts[kind], notices_of(scope, kind=kind)) for kind in KINDS if counts[kind]
    ]
    rows.sort(key=lambda row: -row.count)
    return Card("notices", _("Open notices"), "", rows, is_known=notices is not None)


def _places_chart(places: Iterable[Place]) -> str:
    parts = [Part(place.name, place.kwp, with_unit(place.kwp, "kWp")) for place in places if place.kwp]
    return bars(_("Installed photovoltaic power"), parts[:12])


def _documents(community: Community) -> list[tuple[Any, Any]]:
    """Contact, legal data and links, as labelled values."""
    found = []
    for name in _DOCUMENTS:
        column = Community._meta.get_field(name)
        assert isinstance(column, DocumentField)
        found.append((column.verbose_name, DescribedDocument(column)(community)))
    return found


def _pages(community: Community) -> list[tuple[Any, str]]:
    """The other pages about a community, as far as there are such."""
    offered = (
        (_("Map"), page_if_there_is("communities_community_map", community.pk)),
        (_("Grid"), page_if_there_is("communities_community_grid", community.pk)),
        (_("Areas"), page_if_there_is("communities_community_areas", community.pk)),
        (_("The community’s record"), community.get_absolute_url()),
        (_("History"), page_if_there_is("communities_community_history", community.pk)),
    )
    return [(title, url) for title, url in offered if url]
