"""The admin's pages about the grid of a community: the tree, one node, its removal.

A node's id may hold any character, slashes and dots included, so it stands in the query of an address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from recportal.documents.display import Line, describe
from recportal.documents.faults import Text
from recportal.documents.schemas import schema
from recportal.documents.text import readable
from recportal.once.submissions import led_to, once

from .area_admin import area_url, members_url, searched
from .editing import PartPage
from .figures import AreaFigures, area_figures
from .grid import Branch, Grid, supplying, type_label
from .grid_forms import NewNodeForm, NodeForm, NodeRemovalForm, operators_of
from .models import Community

#: The topmost nodes on one page, and the nodes on it in all.
_TOPS: Final = 50
_NODES: Final = 300


@dataclass(frozen=True)
class SuppliedArea:
    key: str
    name: str
    url: str
    members: int
    members_url: str


@dataclass(frozen=True)
class ShownNode:
    """A node as the tree shows it; ``way`` are the nodes above it, for where the tree is not seen."""

    id: str
    url: str
    kind: Text
    name: str
    operator: str
    areas: list[SuppliedArea]
    below: list["ShownNode"]
    hidden: int
    below_url: str
    way: list[tuple[str, str]]


class _Look:
    """The grid of a community, and how its nodes are shown."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self.grid = Grid(community.topology)
        self.operators = operators_of(community)
        self._page = reverse("admin:communities_community_grid", args=[community.pk])
        self._areas: dict[str, list[SuppliedArea]] = {}
        figures = area_figures(community)
        for key, area in sorted(community.areas.items()):
            for node in supplying(area):
                name = str(area.get("name") or key)
                members = figures.get(key, AreaFigures()).members
                shown = SuppliedArea(
                    key, name, area_url(community, key), members, members_url(community, key)
                )
                self._areas.setdefault(str(node), []).append(shown)

    def node(self, branch: Branch, *, with_way: bool = False) -> ShownNode:
        stored = self.grid.nodes[branch.id]
        operator = stored.get("operator_id")
        operator = operator if isinstance(operator, str) else ""
        name = stored.get("name")
        return ShownNode(
            id=branch.id,
            url=node_url(self.community, branch.id),
            kind=type_label(stored.get("type")),
            name=name if isinstance(name, str) else "",
            operator=str(self.operators.get(operator, operator)),
            areas=self._areas.get(branch.id, []),
            below=[self.node(each) for each in branch.below],
            hidden=branch.hidden,
            below_url=self.below_url(branch.id),
            way=self.way(branch.id) if with_way else [],
        )

    def below_url(self, node: str) -> str:
        return f"{self._page}?{urlencode({'under': node})}"

    def way(self, node: str) -> list[tuple[str, str]]:
        return [(above, self.below_url(above)) for above in self.grid.above(node)[-8:]]

    def text_of(self, stored: dict[str, Any]) -> str:
        """The words by which a node is found."""
        operator = stored.get("operator_id")
        words = [stored.get("id"), stored.get("type"), type_label(stored.get("type")), stored.get("name")]
        words += [operator, self.operators.get(operator) if isinstance(operator, str) else None]
        return " ".join(str(word) for word in words if word)


def grid_urls(model_admin: Any) -> list[Any]:
    """The addresses of the pages, for the ``get_urls`` of the admin class of communities."""

    def at(route: str, name: str, view: Any) -> Any:
        def page(request: HttpRequest, object_id: str) -> HttpResponse:
            answer: HttpResponse = view(PartPage(model_admin, request, object_id))
            return answer

        wrapped = model_admin.admin_site.admin_view(page)
        return path(f"<str:object_id>/grid/{route}", wrapped, name=f"communities_community_{name}")

    return [
        at("", "grid", grid_view),
        at("add/", "node_add", add_view),
        at("node/", "node_change", node_view),
        at("node/remove/", "node_remove", remove_view),
    ]


def node_url(community: Community, node: str, page: str = "change") -> str:
    address = reverse(f"admin:communities_community_node_{page}", args=[community.pk])
    return f"{address}?{urlencode({'id': node})}"


def grid_view(page: PartPage[Any]) -> HttpResponse:
    """The tree, or what hangs below one node of it, or the nodes that are searched for."""
    look = _Look(page.community)
    query = searched(page.request)
    under = page.request.GET.get("under", "")
    if under and under not in look.grid.nodes:
        raise Http404
    tops: Iterable[str] = [under] if under else look.grid.roots
    if query:
        tops = look.grid.find(query, look.text_of)
    elif under and len(look.grid.children.get(under, ())) > _NODES:
        # A level with thousands of nodes is read page by page.
        tops = look.grid.children[under]
    found = Paginator(list(tops), _TOPS).get_page(page.request.GET.get("p"))
    branches = [Branch(node) for node in found] if query else look.grid.branches(found, _NODES)
    return page.answer(
        "communities/grid.html",
        gettext("Grid"),
        page=found,
        nodes=[look.node(branch, with_way=bool(query)) for branch in branches],
        count=len(look.grid.nodes),
        query=query,
        under=under,
        way=[*look.way(under), (under, look.below_url(under))] if under else [],
    )


def add_view(page: PartPage[NewNodeForm]) -> HttpResponse:
    page.must_change()
    return once(page.request, lambda: _add(page))


def _add(page: PartPage[NewNodeForm]) -> HttpResponse:
    request = page.request
    form, is_written = page.sent(lambda found: NewNodeForm(_sent(request), community=found))
    if request.method != "POST":
        form.initial["parent"] = request.GET.get("parent", "")
    if is_written:
        messages.success(request, gettext("The node %(node)s was added.") % {"node": form.node})
        return led_to(request, HttpResponseRedirect(node_url(page.community, form.node)))
    return page.answer("communities/node_form.html", gettext("Add a node"), form=form)


def node_view(page: PartPage[NodeForm]) -> HttpResponse:
    request = page.request
    node = request.GET.get("id", "")
    form, is_written = page.sent(lambda found: NodeForm(_sent(request), community=found, node=node))
    if not form.exists:
        raise Http404
    if is_written:
        messages.success(request, gettext("The node was saved."))
        return HttpResponseRedirect(node_url(page.community, node))
    look = _Look(page.community)
    stored = look.grid.nodes.get(node, {})
    described = describe(schema("communities/topology"), [stored])
    lines: list[Line] = [line for line in described if len(line.path) > 1]
    return page.answer(
        "communities/node_form.html" if page.may_change else "communities/node.html",
        node,
        form=form,
        node=look.node(Branch(node), with_way=True) if stored else None,
        children=[
            (child, node_url(page.community, child)) for child in look.grid.children.get(node, [])[:100]
        ],
        lines=[line for line in lines if line.path[1] != "children"],
        unknown=[line for line in lines if not line.known],
        raw=readable(stored),
        remove_url=node_url(page.community, node, "remove"),
        add_url=f"{reverse('admin:communities_community_node_add', args=[page.community.pk])}"
        f"?{urlencode({'parent': node})}",
    )


def remove_view(page: PartPage[NodeRemovalForm]) -> HttpResponse:
    page.must_change()
    request = page.request
    node = request.GET.get("id", "")
    form, is_written = page.sent(lambda found: NodeRemovalForm(_sent(request), community=found, node=node))
    if not form.exists:
        raise Http404
    if is_written:
        messages.success(request, gettext("The node was removed."))
        return HttpResponseRedirect(reverse("admin:communities_community_grid", args=[page.community.pk]))
    look = _Look(page.community)
    return page.answer(
        "communities/node_remove.html",
        gettext("Remove the node"),
        form=form,
        node=look.node(Branch(node)) if node in look.grid.nodes else None,
        children=len(look.grid.children.get(node, ())),
        parent=look.grid.parent.get(node, ""),
        url=node_url(page.community, node),
    )


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
