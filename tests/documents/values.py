"""JSON values for hypothesis."""

from typing import Any

from hypothesis import strategies as st

LARGEST = 2**53 - 1


def json_values(*, hostile: bool = False) -> st.SearchStrategy[Any]:
    """Documents of any shape; ``hostile`` ones may hold what cannot be kept."""
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
    numbers = st.integers(-LARGEST, LARGEST) | st.floats(-LARGEST, LARGEST, allow_nan=False)
    if hostile:
        texts = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
            ["\x00", "a\ud800", "\udc00"]
        )
        numbers = numbers | st.integers() | st.floats() | st.sampled_from([2**53, -(2**53), 10**400])
    leaves = st.none() | st.booleans() | numbers | texts
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    )


def documents(*, hostile: bool = False) -> st.SearchStrategy[Any]:
    """Objects of such values, as columns hold them."""
    keys = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
    return st.dictionaries(keys, json_values(hostile=hostile), max_size=4)
