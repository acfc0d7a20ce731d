"""Which community a file is about, without reading the file: before it is known who may import it."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import yaml
from yaml import events

from recportal.documents.text import text_flaw

from .parsing import events_of

#: So much of a file is looked at. The key stands behind the areas, whose outlines may be long; a file in
#: which it stands further behind is read as a whole before its key is known.
_MOST_EVENTS: Final = 20_000
#: The community's key in one dialect and in the other.
_KEYS: Final = frozenset({"key", "id"})


def community_key(content: bytes) -> str | None:
    """The key that a bundle gives its community, None where it is not found near the beginning.

    Good for refusing early and for nothing else: what is wrong with the file is not seen, and JSON is read as
    the YAML that nearly all of it is.
    """
    try:
        return _key(islice(events_of(io.BytesIO(content)), _MOST_EVENTS))
    except (yaml.YAMLError, ValueError, OverflowError):
        return None


def _key(found: Iterator[events.Event]) -> str | None:
    """The scalar below ``community`` and ``key``."""
    way: list[str | None] = []  # the keys on the way to what is read now, one for each list or object around
    awaits_key = False
    for event in found:
        if isinstance(event, events.CollectionStartEvent):
            way.append(None)
            awaits_key = isinstance(event, events.MappingStartEvent)
        elif isinstance(event, events.CollectionEndEvent):
            way.pop()
            awaits_key = True
        elif isinstance(event, events.ScalarEvent | events.AliasEvent) and way:
            if awaits_key and len(way) <= 2:
                way[-1] = getattr(event, "value", None)
            elif len(way) == 2 and way[0] == "community" and way[1] in _KEYS:
                value: Any = getattr(event, "value", None)
                # A key that no database looks up is for the reading of the file to refuse.
                return value if isinstance(value, str) and not text_flaw(value) else None
            awaits_key = not awaits_key
    return None
