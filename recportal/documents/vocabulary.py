"""Open vocabularies: the words that a schema suggests, and the words that it does not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .faults import Path
from .schemas import Schema


@dataclass(frozen=True)
class UnusualWord:
    """A word that its schema does not suggest: where in the document, and the property's title."""

    path: Path
    title: str
    word: str


def unusual_words(schema: Schema, document: Any) -> Iterator[UnusualWord]:
    """Every text in ``document`` that stands where the schema has ``examples``, and is none of them.

    Capitals count: other programs compare these words as they are. Numbers are no words (a priority may be a
    number).
    """
    vocabulary = _vocabulary_of(schema)
    if vocabulary:
        yield from _unusual(vocabulary, document, ())


@dataclass(frozen=True, eq=False)
class _Vocabulary:
    """A part of a schema with words somewhere below. The rest, such as outlines on a map, is never walked."""

    title: str = ""
    words: frozenset[str] = frozenset()
    properties: dict[str, "_Vocabulary"] = field(default_factory=dict)
    others: "_Vocabulary | None" = None
    items: "_Vocabulary | None" = None


@cache
def _vocabulary_of(schema: Schema) -> _Vocabulary | None:
    return _collect(schema, schema.definition)


def _collect(schema: Schema, part: Any) -> _Vocabulary | None:
    part = schema.resolve(part)
    properties = {key: _collect(schema, below) for key, below in part.get("properties", {}).items()}
    found = _Vocabulary(
        title=part.get("title", ""),
        words=frozenset(part.get("examples", ())),
        properties={key: below for key, below in properties.items() if below},
        others=_collect(schema, part["additionalProperties"]) if "additionalProperties" in part else None,
        items=_collect(schema, part["items"]) if "items" in part else None,
    )
    return found if found.words or found.properties or found.others or found.items else None


def _unusual(vocabulary: _Vocabulary, value: Any, path: Path) -> Iterator[UnusualWord]:
    if isinstance(value, dict):
        for key, item in value.items():
            below = vocabulary.properties.get(key, vocabulary.others)
            if below:
                yield from _unusual(below, item, (*path, key))
    elif isinstance(value, list):
        if vocabulary.items:
            for index, item in enumerate(value):
                yield from _unusual(vocabulary.items, item, (*path, index))
    elif isinstance(value, str) and vocabulary.words and value not in vocabulary.words:
        yield UnusualWord(path, vocabulary.title, value)
