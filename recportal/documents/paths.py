"""What differs between two documents, place by place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .faults import Path, dotted


class _Absent:
    """Stands for a value that is not there; ``null`` is a value that is."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class Difference:
    """One place at which two documents differ; a side on which there is nothing is ``ABSENT``."""

    path: Path
    before: Any
    after: Any

    @property
    def place(self) -> str:
        return dotted(self.path)


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Difference]:
    """Every place at which ``before`` and ``after`` differ, as deep as it goes.

    Lists of objects with an ``id`` (nodes, delivery points) are compared by it, whatever their order; a mere
    change of order is reported for the list as a whole. Other lists are one value.
    """
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
        return
    old, new = by_id(before), by_id(after)
    if old is None or new is None:
        yield Difference(path, before, after)
        return
    places = {name: index for index, name in enumerate(old)} | {name: index for index, name in enumerate(new)}
    inside = [
        difference
        for name, index in places.items()
        for difference in differences(old.get(name, ABSENT), new.get(name, ABSENT), (*path, index))
    ]
    yield from inside or [Difference(path, before, after)]


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: ``true`` is not 1, and 1 and 1.0 are one number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def by_id(value: Any) -> dict[str, Any] | None:
    """A list of objects with different ``id`` as a mapping; None for anything else."""
    if not isinstance(value, list):
        return None
    found = {}
    for item in value:
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        found[name] = item
    return found


def untouched(path: Path, before: Any, after: Any) -> bool:
    """Whether the value at ``path`` (below the column) is in ``after`` what it was in ``before``.

    List entries with an ``id`` are found again by it. A key that is missing in both counts as untouched where
    its object was there before.
    """
    for step in path:
        if isinstance(after, list) and isinstance(step, int):
            item = after[step] if step < len(after) else ABSENT
            before, after = _counterpart(before, step, item), item
        elif isinstance(after, dict) and isinstance(before, dict):
            before, after = before.get(step, ABSENT), after.get(step, ABSENT)
        else:
            return False
    return (before is ABSENT and after is ABSENT) or same(before, after)


def _counterpart(before: Any, index: int, item: Any) -> Any:
    if not isinstance(before, list):
        return ABSENT
    if isinstance(item, dict) and isinstance(item.get("id"), str):
        return next(
            (each for each in before if isinstance(each, dict) and each.get("id") == item["id"]), ABSENT
        )
    return before[index] if index < len(before) else ABSENT


def named(path: Path, document: Any) -> Path:
    """The path with the ``id`` of list entries in place of their indexes: it leads to the same entry in
    another version of the document.
    """
    steps: list[str | int] = []
    for step in path:
        item = ABSENT
        if isinstance(document, list) and isinstance(step, int) and step < len(document):
            item = document[step]
        elif isinstance(document, dict):
            item = document.get(step, ABSENT)
        own = item.get("id") if isinstance(item, dict) and isinstance(step, int) else None
        steps.append(own if isinstance(own, str) else step)
        document = item
    return tuple(steps)
