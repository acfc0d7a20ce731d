"""One change of a value taken back, place by place, with everything kept that came after it elsewhere."""

from dataclasses import dataclass
from typing import Any

from .faults import Path
from .paths import ABSENT, by_id, same


@dataclass(frozen=True)
class Reversal:
    """One place that the change touched: what it was before and after, what it is now, and will be.

    ``path`` has the ``id`` of list entries in place of their indexes. ``is_lost``: what the place was part of
    is gone, so that there is nothing to put back.
    """

    path: Path
    before: Any
    after: Any
    now: Any
    result: Any
    is_lost: bool = False

    @property
    def has_moved(self) -> bool:
        """Whether the place has changed again since."""
        return not same(self.now, self.after)

    @property
    def does_nothing(self) -> bool:
        return same(self.now, self.result)


def undone(before: Any, after: Any, now: Any, path: Path = ()) -> tuple[Any, list[Reversal]]:
    """``now`` without the change from ``before`` to ``after``, and each place that this concerns.

    Objects are looked into key by key, and lists of objects with an ``id`` entry by entry; any other value is
    put back whole.
    """
    found: list[Reversal] = []
    return _undone(before, after, now, path, found), found


def _undone(before: Any, after: Any, now: Any, path: Path, found: list[Reversal]) -> Any:
    if same(before, after):
        return now
    if isinstance(before, dict) and isinstance(after, dict):
        if isinstance(now, dict):
            return _undone_keys(before, after, now, path, found)
        found.append(_lost(before, after, now, path))
        return now
    old, new = by_id(before), by_id(after)
    if old is not None and new is not None:
        current = by_id(now)
        if current is not None:
            return _undone_entries(old, new, current, path, found)
        if now is ABSENT:
            found.append(_lost(before, after, now, path))
            return now
    found.append(Reversal(path, before, after, now, before))
    return before


def _undone_keys(
    before: dict[str, Any], after: dict[str, Any], now: dict[str, Any], path: Path, found: list[Reversal]
) -> dict[str, Any]:
    result = dict(now)
    for key in sorted(before.keys() | after.keys()):
        was, became, at_present = (each.get(key, ABSENT) for each in (before, after, now))
        value = _undone(was, became, at_present, (*path, key), found)
        if value is ABSENT:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def _undone_entries(
    before: dict[str, Any], after: dict[str, Any], now: dict[str, Any], path: Path, found: list[Reversal]
) -> list[Any]:
    result = {}
    noted = len(found)
    for name in [*before, *(name for name in {**after, **now} if name not in before)]:
        was, became, at_present = (each.get(name, ABSENT) for each in (before, after, now))
        value = _undone(was, became, at_present, (*path, name), found)
        if value is not ABSENT:
            result[name] = value
    if len(found) == noted:  # the change was one of order
        listed = list(result.values())
        found.append(Reversal(path, list(before.values()), list(after.values()), list(now.values()), listed))
        return listed
    return [result[name] for name in _in_order(list(now), list(before), result)]


def _in_order(now: list[str], before: list[str], kept: dict[str, Any]) -> list[str]:
    """The order of now; an entry that comes back stands behind the one that it stood behind."""
    order = [name for name in now if name in kept]
    for index, name in enumerate(before):
        if name in kept and name not in order:
            earlier = [each for each in before[:index] if each in order]
            order.insert(order.index(earlier[-1]) + 1 if earlier else 0, name)
    return order


def _lost(before: Any, after: Any, now: Any, path: Path) -> Reversal:
    """What a change did inside a thing that is gone: it cannot be put back, and must not be made anew."""
    return Reversal(path, before, after, now, now, is_lost=True)
