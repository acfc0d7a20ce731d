"""A document of a file on top of the stored one: merging adds and changes, and never removes."""

from collections.abc import Mapping
from typing import Any

from recportal.documents.faults import Path
from recportal.documents.paths import by_id, same


def merged(stored: Any, given: Any) -> Any:
    """``given`` on top of ``stored``.

    Objects merge key by key. Lists of things with an ``id`` merge by it: known ones stay in their place, new
    ones follow. Any other value, other lists included, is the file's.
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


def without(stored: Any, path: Path) -> Any:
    """``stored`` without what stands at the path, which names the entries of lists by their ``id``."""
    if not path:
        return type(stored)() if isinstance(stored, dict | list) else stored
    step, *below = path
    if isinstance(stored, list):
        return [
            without(item, tuple(below)) if isinstance(item, dict) and item.get("id") == step else item
            for item in stored
        ]
    if not isinstance(stored, dict) or step not in stored:
        return stored
    if not below:
        return {key: item for key, item in stored.items() if key != step}
    return stored | {str(step): without(stored[str(step)], tuple(below))}


def says_nothing_new(stored: Any, given: Any) -> bool:
    """Whether ``merged(stored, given)`` is ``stored``, which it is for most records of a repeated import."""
    if isinstance(stored, dict) and isinstance(given, dict):
        for key, item in given.items():
            if key not in stored:
                return False
            old = stored[key]
            if type(item) is str:  # most of them are, and a text is like no other value
                if item != old:
                    return False
            elif not says_nothing_new(old, item):
                return False
        return True
    if isinstance(stored, list) and isinstance(given, list) and stored != given:
        old, new = by_id(stored), by_id(given)
        if old is None or new is None:
            return False
        return all(name in old and says_nothing_new(old[name], item) for name, item in new.items())
    return same(stored, given)


def with_moved_children(topology: Any, given: Any, parents: Mapping[str, str]) -> Any:
    """A merged topology in which each node hangs where the file says.

    ``given`` is the topology of the file and ``parents`` what it says of parents (child → parent): a node to
    which the file gives a parent, either way, leaves its former one. Where the file gives it two parents, it
    stays with both, for the rules to refuse.
    """
    nodes, said = by_id(topology), by_id(given) or {}
    if nodes is None:
        return topology
    placed = {child: name for name, node in said.items() for child in _children(node) or ()} | dict(parents)
    joining: dict[str, list[str]] = {}
    for child, parent in parents.items():
        joining.setdefault(parent, []).append(child)
    moved = []
    for name, node in nodes.items():
        before = _children(node)
        if before is not None:
            own = set(_children(said.get(name)) or ())
            kept = [child for child in before if placed.get(child, name) == name or child in own]
            there = set(kept)
            children = [*kept, *(child for child in joining.get(name, ()) if child not in there)]
            node = node if children == before else {**node, "children": children}
        moved.append(node)
    return moved


def _children(node: Any) -> list[str] | None:
    """The ids of a node's children; None where they are no list of ids, which is for the schema to refuse."""
    children = node.get("children", []) if isinstance(node, dict) else []
    is_sound = isinstance(children, list) and all(isinstance(child, str) for child in children)
    return children if is_sound else None
