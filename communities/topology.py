"""The grid of a community: a list of nodes that name their children."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Path, say
from recportal.documents.text import shown


def node_ids(topology: list[dict[str, Any]]) -> set[str]:
    return {node["id"] for node in topology}


def parents(topology: list[dict[str, Any]]) -> dict[str, str]:
    """Child → parent. Of several parents, the first one; ``topology_faults`` refuses the others."""
    found: dict[str, str] = {}
    for node in topology:
        for child in node.get("children", []):
            found.setdefault(child, node["id"])
    return found


def topology_faults(topology: list[dict[str, Any]]) -> Iterator[Fault]:
    """What a schema cannot say of a grid: children exist, have one parent, and nobody is under itself."""
    known = node_ids(topology)
    parent_of: dict[str, str] = {}
    for index, node in enumerate(topology):
        for position, child in enumerate(node.get("children", [])):
            place: Path = ("topology", index, "children", position)
            if child not in known:
                yield unknown_node(child, place)
            elif child in parent_of:
                message = _("The node “%(child)s” is under “%(parent)s” already: a node has one parent.")
                yield Fault(
                    say(message, child=shown(child), parent=shown(parent_of[child])),
                    "topology_invalid",
                    place,
                )
            else:
                parent_of[child] = node["id"]
    yield from _cycles(topology, parent_of)


def _cycles(topology: list[dict[str, Any]], parent_of: dict[str, str]) -> Iterator[Fault]:
    safe: set[str] = set()
    for index, node in enumerate(topology):
        way: list[str] = []
        on_the_way: set[str] = set()
        step: str | None = node["id"]
        while step is not None and step not in safe and step not in on_the_way:
            way.append(step)
            on_the_way.add(step)
            step = parent_of.get(step)
        if step in on_the_way:
            message = _("The node “%(node)s” is under itself: the grid goes round in a circle.")
            yield Fault(
                say(message, node=shown(str(step))), "topology_invalid", ("topology", index, "children")
            )
        safe |= on_the_way


def area_faults(areas: dict[str, Any], topology: list[dict[str, Any]]) -> Iterator[Fault]:
    """Areas name nodes that exist."""
    known = node_ids(topology)
    for key, area in areas.items():
        for position, node in enumerate(area.get("topology", [])):
            if node not in known:
                yield unknown_node(node, ("areas", key, "topology", position))


def unknown_node(node: str, path: Path) -> Fault:
    return Fault(say(_("There is no node “%(node)s”."), node=shown(node)), "unknown_node", path)
