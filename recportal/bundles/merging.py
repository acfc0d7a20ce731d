"""A document of a file on top of the stored one: merging adds and changes, and never removes."""

from collections.abc import Mapping
from typing import Any

from recportal.documents.paths import by_id, same


def merged(stored: Any, given: Any) -> Any:
    """``given`` on top of ``stored``.

    Objects merge key by key. Lists of things with an ``id`` merge by it: known ones stay in their place, new ones
    follow. Any other value, other lists included, is the file's.
    """
    if isinstance(stored, dict) and isinstance(given, dict):
        return stored | {
            key: merged(stored[key], item) if key in stored else item for key, item in given.items()
        }
    old, new = by_id(stored), by_id(given)
    if old is None or new is None:
        return given
    return [merged(item, new[name]) if name in new else item for name, item in old.items()] + [
        item for name, item in new.items() if name not in old
    ]


def says_nothing_new(stored: Any, given: Any) -> bool:
    """Whether ``merged(stored, given)`` is ``stored``: the question that most records of a repeated import answer."""
    if isinstance(stored, dict) and isinstance(given, dict):
        return all(key in stored and says_nothing_new(stored[key], item) for key, item in given.items())
    if isinstance(stored, list) and isinstance(given, list) and stored != given:
        old, new = by_id(stored), by_id(given)
        if old is None or new is None:
            return False
        return all(name in old and says_nothing_new(old[name], item) for name, item in new.items())
    return same(stored, given)


def with_moved_children(topology: Any, given: Any, parents: Mapping[str, str]) -> Any:
    """A merged topology in which each node hangs where the file says.

    ``given`` is the topology of the file and ``parents`` what it says of parents (child → parent): a node to which the
    file gives a parent, either way, leaves its former one. A list of children that the file gives is the file's.
    """
    nodes, said = by_id(topology), by_id(given) or {}
    if nodes is None:
        return topology
    placed: dict[str, str] = {}
    for name, node in said.items():
        placed.update((child, name) for child in _children(node))
    placed.update(parents)
    moved = []
    for name, node in nodes.items():
        own = _children(said.get(name, {}))
        children = [
            child
            for child in _children(node)
            if placed.get(child, name) == name or (child in own and child not in parents)
        ]
        children += [child for child, parent in parents.items() if parent == name and child not in children]
        if children != _children(node):
            node = {**node, "children": children}
        moved.append(node)
    return moved


def _children(node: Any) -> list[str]:
    children = node.get("children", []) if isinstance(node, dict) else []
    return [child for child in children if isinstance(child, str)] if isinstance(children, list) else []
