"""The grid as a tree: what hangs where, and how a node is put, moved and taken out.

What is changed is a new list with new nodes in it; the old ones stay as they are.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text
from recportal.records.fields import fold

from .topology import circles, parents

#: The words for the types that the schema suggests; any other type is shown as it is written.
NODE_TYPES: Final[dict[str, Text]] = {
    "primary_substation": _("primary substation"),
    "secondary_substation": _("secondary substation"),
    "transformer": _("transformer"),
    "feeder": _("feeder"),
    "busbar": _("busbar"),
    "line": _("line"),
    "connection_point": _("connection point"),
}

#: A page shows so many levels below its topmost nodes.
_DEEPEST: Final = 6


@dataclass
class Branch:
    """A node with what hangs below it; ``hidden`` is how many nodes there are that are not shown here."""

    id: str
    below: list["Branch"] = field(default_factory=list)
    hidden: int = 0


class Grid:
    """The nodes of a stored topology by id. Of nodes with one id the first counts; stored faults are passed
    over, and of nodes in a circle one counts as a root, so that all can be found.
    """

    def __init__(self, topology: list[Any]) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        for node in topology:
            if isinstance(node, dict) and isinstance(node.get("id"), str):
                self.nodes.setdefault(node["id"], node)
        found = parents(topology)
        self.parent = {child: above for child, above in found.items() if child in self.nodes}
        for node in list(circles(self.parent)):
            del self.parent[node]
        self.children: dict[str, list[str]] = {}
        for child, above in self.parent.items():
            self.children.setdefault(above, []).append(child)
        self.roots = [node for node in self.nodes if node not in self.parent]

    def above(self, node: str) -> list[str]:
        """The way down to the node, the topmost first, without the node itself."""
        way: list[str] = []
        while node in self.parent:
            node = self.parent[node]
            way.append(node)
        return way[::-1]

    def below(self, node: str) -> Iterator[str]:
        """Everything that hangs below the node, without the node itself."""
        waiting = list(self.children.get(node, ()))
        while waiting:
            each = waiting.pop()
            yield each
            waiting += self.children.get(each, ())

    def branches(self, tops: Iterable[str], most: int) -> list[Branch]:
        """The nodes ``tops`` with what hangs below them, about ``most`` nodes in all, higher levels first."""
        shown = [Branch(node) for node in tops]
        level, left = shown, most - len(shown)
        for depth in range(_DEEPEST):
            following: list[Branch] = []
            for branch in level:
                children = self.children.get(branch.id, [])
                if len(children) > left or depth == _DEEPEST - 1:
                    branch.hidden = sum(1 for _each in self.below(branch.id))
                    continue
                branch.below = [Branch(child) for child in children]
                left -= len(children)
                following += branch.below
            level = following
        return shown

    def find(self, words: str, text_of: Callable[[dict[str, Any]], str]) -> list[str]:
        """The nodes in whose text every word occurs, accents and case aside."""
        wanted = fold(words).split()
        return [
            node
            for node, stored in self.nodes.items()
            if all(word in text for word in wanted for text in [fold(text_of(stored))])
        ]


def type_label(node_type: Any) -> Text:
    """A type for people; an unusual one as it is."""
    return NODE_TYPES.get(node_type, node_type) if isinstance(node_type, str) else ""


def with_node(topology: list[Any], node: dict[str, Any]) -> list[Any]:
    """The topology with this node: in place of the one with its id, else at the end."""
    changed = [node if _id(each) == node["id"] else each for each in topology]
    return changed if any(each is node for each in changed) else [*changed, node]


def moved_below(topology: list[Any], node: str, parent: str) -> list[Any]:
    """The topology with the node below ``parent`` (empty: below none), and below no other node."""
    return [
        _with_children(each, [*_others(each, node), *([node] if _id(each) == parent else [])])
        if _id(each) == parent or node in _children(each)
        else each
        for each in topology
    ]


def without_node(topology: list[Any], node: str) -> list[Any]:
    """The topology without the node; what hangs below it hangs below its parent from now on."""
    orphans = next((_children(each) for each in topology if _id(each) == node), [])
    changed = []
    for each in topology:
        if _id(each) == node:
            continue
        if node in _children(each):
            place = _children(each).index(node)
            kept = _children(each)
            each = _with_children(each, [*kept[:place], *orphans, *kept[place + 1 :]])
            orphans = []
        changed.append(each)
    return changed


def areas_without_node(areas: dict[str, Any], node: str) -> dict[str, Any]:
    """The areas, in none of which the node is named."""
    return {
        key: {**area, "topology": [each for each in area["topology"] if each != node]}
        if node in supplying(area)
        else area
        for key, area in areas.items()
    }


def supplying(area: Any) -> list[Any]:
    """The ids of the nodes that supply an area."""
    named = area.get("topology") if isinstance(area, dict) else None
    return named if isinstance(named, list) else []


def _id(node: Any) -> Any:
    return node.get("id") if isinstance(node, dict) else None


def _children(node: Any) -> list[Any]:
    children = node.get("children") if isinstance(node, dict) else None
    return children if isinstance(children, list) else []


def _others(node: Any, child: str) -> list[Any]:
    return [each for each in _children(node) if each != child]


def _with_children(node: dict[str, Any], children: list[Any]) -> dict[str, Any]:
    kept = {key: value for key, value in node.items() if key != "children"}
    return {**kept, "children": children} if children else kept
