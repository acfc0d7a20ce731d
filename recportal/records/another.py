"""Whether an update would make another person or thing of a record, which is refused unless it is confirmed.

A door that can ask opens ``asking`` around its writes, with the codes that the caller has seen and confirmed.
Elsewhere (a shell, the undo of a change, a correction that staff accept beside what it changes) nothing is
asked.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, Text, say
from recportal.documents.text import shown

from .names import near_name, same_name

_confirmed: ContextVar[frozenset[str] | None] = ContextVar("confirmed", default=None)


@contextmanager
def asking(confirmed: Collection[str] = ()) -> Iterator[None]:
    """Inside, updates that would make another of a record are refused, but for the codes in ``confirmed``."""
    token = _confirmed.set(frozenset(confirmed))
    try:
        yield
    finally:
        _confirmed.reset(token)


def is_asked(code: str) -> bool:
    """Whether updates are refused with this code here and now."""
    confirmed = _confirmed.get()
    return confirmed is not None and code not in confirmed


class Another(Fault):
    """The update would make another of a record: ``before`` and ``after`` are the names."""

    def __init__(self, message: Text, code: str, before: str, after: str) -> None:
        self.more = {"before": shown(before, 200), "after": shown(after, 200)}
        super().__init__(say(message, **self.more), code, ("name",))


#: The sentences of the three classes of records, by code.
ANOTHER: dict[str, Text] = {
    "another_person": _(
        "“%(before)s” would become “%(after)s”, and no code says that they are the same member. If they "
        "are, confirm it; if not, this is another member, with a key of its own."
    ),
    "another_asset": _(
        "“%(before)s” would become “%(after)s” of another owner, and no code says that they are the same "
        "asset. If they are, confirm it; if not, this is another asset, with a key of its own."
    ),
    "another_community": _(
        "“%(before)s” would become “%(after)s”, with another tax number. If they are the same community, "
        "confirm it; if not, this is another community, with a key of its own."
    ),
}


@dataclass(frozen=True)
class Identity:
    """What tells who somebody is, as (kind, code) in the forms that are compared.

    ``own`` codes are one person's or thing's alone, of each kind one, but for numbers of tax offices
    (``tax``); ``shared`` ones can be several people's at a time or pass from one to the next: an e-mail
    address, a delivery point.
    """

    own: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    shared: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @classmethod
    def of(cls, own: Iterable[tuple[str, str]], shared: Iterable[tuple[str, str]]) -> "Identity":
        """Without codes that are empty."""
        return cls(*(frozenset(each for each in codes if each[1]) for codes in (own, shared)))

    def contradicts(self, other: "Identity") -> set[str]:
        """The kinds of own codes of which both have some and none in common."""
        kinds = {kind for kind, _code in self.own} & {kind for kind, _code in other.own}
        return kinds - {kind for kind, _code in self.own & other.own}


def is_another(name: str, before: Identity, new_name: str, after: Identity) -> bool:
    """Whether a record with this name and these codes would be somebody else's, rather than renamed.

    A name that is only written otherwise, or an own code in common, means the same. Then another tax number
    means another, whatever is shared; then a shared code in common means the same. Where no code tells, the
    names do: one that is much like the other is a correction.
    """
    if same_name(name, new_name) or before.own & after.own:
        return False
    contradicted = before.contradicts(after)
    if "tax" in contradicted:
        return True
    if before.shared & after.shared:
        return False
    return bool(contradicted) or not near_name(name, new_name)
