"""The grid of a community: a list of nodes that name their children.

A stored grid may hold faults from before the schema knew them: nodes without an id and children that are no
texts are passed over here, since the schema speaks of them.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Path, say
from recportal.documents.text import shown


def node_ids(topology: list[Any]) -> set[str]:
    return {node for _index, node, _children in _nodes(topology)}


def parents(topology: list[Any]) -> dict[str, str]:
    """Child → parent. Of several parents, the first one; ``topology_faults`` refuses the others."""
    found: dict[str, str] = {}
    for _index, node, children in _nodes(topology):
        for _position, child in _texts(children):
            found.setdefault(child, node)
    return found


def topology_faults(topology: list[Any]) -> Iterator[Fault]:
    """What a schema cannot say of a grid: children exist, have one parent, and nobody is under itself."""
    known = node_ids(topology)
    parent_of: dict[str, str] = {}
    for index, node, children in _nodes(topology):
        for position, child in _texts(children):
            place: Path = ("topology", index, "children", position)
            if child not in known:
                yield unknown_node(child, place)
            elif child in parent_of:
                message = _("The node “%(child)s” is under “%(parent)s” already: a node has one parent.")
                words = say(message, child=shown(child), parent=shown(parent_of[child]))
                yield Fault(words, "topology_invalid", place)
            else:
                parent_of[child] = node
    places = {node: index for index, node, _children in _nodes(topology)}
    for node in circles(parent_of):
        message = _("The node “%(node)s” is under itself: the grid goes round in a circle.")
        place = ("topology", places[node], "children")
        yield Fault(say(message, node=shown(node)), "topology_invalid", place)


def circles(parent_of: dict[str, str]) -> Iterator[str]:
    """One node of each circle."""
    done: set[str] = set()
    for start in parent_of:
        way: set[str] = set()
        step: str | None = start
        while step is not None and step not in done and step not in way:
            way.add(step)
            step = parent_of.get(step)
        if step in way:
            yield step
        done |= way


def area_faults(areas: dict[str, Any], topology: list[Any]) -> Iterator[Fault]:
    """Areas name nodes that exist."""
    known = node_ids(topology)
    for key, area in areas.items():
        for position, node in _texts(area.get("topology") if isinstance(area, dict) else None):
            if node not in known:
                yield unknown_node(node, ("areas", key, "topology", position))


def _nodes(topology: list[Any]) -> Iterator[tuple[int, str, Any]]:
    """Index, id and children of each node that has an id."""
    for index, node in enumerate(topology):
        if isinstance(node, dict) and isinstance(node.get("id"), str):
            yield index, node["id"], node.get("children")


def _texts(values: Any) -> Iterator[tuple[int, str]]:
    """The texts of a list with their indexes."""
    if isinstance(values, list):
        yield from ((index, value) for index, value in enumerate(values) if isinstance(value, str))


def unknown_node(node: str, path: Path) -> Fault:
    return Fault(say(_("There is no node “%(node)s”."), node=shown(node)), "unknown_node", path)
