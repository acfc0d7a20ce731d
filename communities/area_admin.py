"""The admin's pages about the areas of a community: list, one, another key, removal, and the map."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from recportal.documents.display import describe
from recportal.documents.schemas import schema
from recportal.documents.text import readable
from recportal.documents.units import with_unit
from recportal.once.submissions import led_to, once
from recportal.records.fields import KEY_PATTERN, fold

from .area_forms import AreaForm, AreaKeyForm, AreaRemovalForm, NewAreaForm
from .editing import PartPage
from .figures import AreaFigures, area_figures
from .grid import supplying
from .maps import Drawing, draw
from .models import Community

_PER_PAGE: Final = 100
#: A search of more characters is cut.
_LONGEST_SEARCH: Final = 200
_NOTHING: Final = AreaFigures()


@dataclass(frozen=True)
class AreaRow:
    """An area as lists show it. ``url`` is empty for a key that no address can have (an old fault)."""

    number: int
    key: str
    name: str
    url: str
    members: int
    members_url: str
    capacity: str
    nodes: list[str]
    has_outline: bool


def area_urls(model_admin: Any) -> list[Any]:
    """The addresses of the pages, for the ``get_urls`` of the admin class of communities."""

    def at(route: str, name: str, view: Any) -> Any:
        def page(request: HttpRequest, object_id: str, **more: str) -> HttpResponse:
            answer: HttpResponse = view(PartPage(model_admin, request, object_id), **more)
            return answer

        wrapped = model_admin.admin_site.admin_view(page)
        return path(f"<str:object_id>/{route}", wrapped, name=f"communities_community_{name}")

    return [
        at("areas/", "areas", areas_view),
        at("areas/add/", "area_add", add_view),
        at("areas/<str:key>/change/", "area_change", area_view),
        at("areas/<str:key>/rename/", "area_rename", rename_view),
        at("areas/<str:key>/remove/", "area_remove", remove_view),
        at("map/", "map", map_view),
    ]


def area_url(community: Community, key: str, page: str = "change") -> str:
    if not re.fullmatch(KEY_PATTERN, key):
        return ""
    return reverse(f"admin:communities_community_area_{page}", args=[community.pk, key])


def members_url(community: Community, area: str) -> str:
    query = urlencode({"community": str(community.pk), "area": area})
    return f"{reverse('admin:members_member_changelist')}?{query}"


def area_rows(community: Community) -> list[AreaRow]:
    """All areas by key, numbered as on the map."""
    figures = area_figures(community)
    rows = []
    for number, (key, area) in enumerate(sorted(community.areas.items()), start=1):
        stored = area if isinstance(area, dict) else {}
        found = figures.get(key, _NOTHING)
        rows.append(
            AreaRow(
                number,
                key,
                str(stored.get("name") or key),
                area_url(community, key),
                found.members,
                members_url(community, key),
                with_unit(found.capacity_kwp, "kWp") if found.capacity_kwp else "",
                [str(node) for node in supplying(stored)],
                bool(stored.get("geometry")),
            )
        )
    return rows


def found_page(request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
    """One page of a list, for its template. An address that means nothing is the first page."""
    return {
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("p")),
        "query": searched(request),
    }


def searched(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:_LONGEST_SEARCH].strip()


def areas_view(page: PartPage[Any]) -> HttpResponse:
    wanted = fold(searched(page.request)).split()
    rows = [
        row
        for row in area_rows(page.community)
        if all(word in fold(f"{row.key} {row.name}") for word in wanted)
    ]
    return page.answer("communities/areas.html", gettext("Areas"), **found_page(page.request, rows))


def add_view(page: PartPage[NewAreaForm]) -> HttpResponse:
    page.must_change()
    return once(page.request, lambda: _add(page))


def _add(page: PartPage[NewAreaForm]) -> HttpResponse:
    request = page.request
    form, is_written = page.sent(lambda found: NewAreaForm(*_sent(request), community=found))
    if is_written:
        messages.success(request, gettext("The area %(area)s was added.") % {"area": form.key})
        return led_to(request, HttpResponseRedirect(area_url(page.community, form.key)))
    return page.answer("communities/area_form.html", gettext("Add an area"), form=form)


def area_view(page: PartPage[AreaForm], key: str) -> HttpResponse:
    """One area: its values, the outline drawn, and what else is stored with it."""
    request = page.request
    form, is_written = page.sent(lambda found: AreaForm(*_sent(request), community=found, key=key))
    if not form.exists:
        raise Http404
    if is_written:
        messages.success(request, gettext("The area was saved."))
        return HttpResponseRedirect(request.path)
    community = page.community
    area = community.areas.get(key, {})
    definition = schema("communities/areas")
    lines = [line for line in describe(definition, {key: area}) if len(line.path) > 1]
    row = next((each for each in area_rows(community) if each.key == key), None)
    return page.answer(
        "communities/area_form.html" if page.may_change else "communities/area.html",
        row.name if row else key,
        form=form,
        key=key,
        row=row,
        area_lines=[line for line in lines if line.path[1] != "geometry"],
        unknown=[line for line in lines if line.path[1] != "geometry" and not line.known],
        raw=readable(area),
        map=_map(community, key),
        rename_url=area_url(community, key, "rename"),
        remove_url=area_url(community, key, "remove"),
    )


def rename_view(page: PartPage[AreaKeyForm], key: str) -> HttpResponse:
    page.must_change()
    request = page.request
    form, is_written = page.sent(lambda found: AreaKeyForm(_sent(request)[0], community=found, key=key))
    if not form.exists:
        raise Http404
    if is_written:
        message = ngettext(
            "The area has its new key; %(count)d member moved with it.",
            "The area has its new key; %(count)d members moved with it.",
            form.moved,
        )
        messages.success(request, message % {"count": form.moved})
        return HttpResponseRedirect(area_url(page.community, form.cleaned_data["new_key"]))
    return _about_members(
        page, "communities/area_rename.html", gettext("Give the area another key"), form, key
    )


def remove_view(page: PartPage[AreaRemovalForm], key: str) -> HttpResponse:
    page.must_change()
    request = page.request
    form, is_written = page.sent(lambda found: AreaRemovalForm(_sent(request)[0], community=found, key=key))
    if not form.exists:
        raise Http404
    if is_written:
        messages.success(request, gettext("The area was removed."))
        return HttpResponseRedirect(reverse("admin:communities_community_areas", args=[page.community.pk]))
    return _about_members(page, "communities/area_remove.html", gettext("Remove the area"), form, key)


def _about_members(page: PartPage[Any], template: str, title: str, form: Any, key: str) -> HttpResponse:
    """A page about an area and how many members it has."""
    community = page.community
    area = community.areas.get(key)
    return page.answer(
        template,
        title,
        form=form,
        key=key,
        name=(isinstance(area, dict) and area.get("name")) or key,
        url=area_url(community, key),
        members=community.members.filter(area=key).count(),
        members_url=members_url(community, key),
    )


def map_view(page: PartPage[Any]) -> HttpResponse:
    """All areas as a drawing, and the same as a table."""
    rows = area_rows(page.community)
    labels = {row.key: [row.name, _figures(row)] for row in rows}
    return page.answer(
        "communities/map.html",
        gettext("Map"),
        map=_map(page.community, "", labels, {row.key: row for row in rows}),
        **found_page(page.request, rows),
    )


def _figures(row: AreaRow) -> str:
    members = ngettext("%(count)d member", "%(count)d members", row.members) % {"count": row.members}
    return f"{members} · {row.capacity}" if row.capacity else members


def _map(
    community: Community, own: str, labels: dict[str, list[str]] | None = None, rows: Any = None
) -> dict[str, Any] | None:
    """The drawing with the addresses of its areas, for the template."""
    drawing: Drawing | None = draw(community.areas, own, labels, settings.TILES.url if settings.TILES else "")
    if drawing is None:
        return None
    shapes = [
        {"shape": shape, "url": area_url(community, shape.key), "row": rows.get(shape.key) if rows else None}
        for shape in drawing.shapes
    ]
    return {
        "drawing": drawing,
        "shapes": shapes,
        "attribution": settings.TILES and settings.TILES.attribution,
    }


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
