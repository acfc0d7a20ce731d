"""What is stored and what is compared, for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recportal.text import (
    LONGEST_COMPARED,
    KnownWords,
    SameKey,
    address,
    cleaned,
    compared,
    compared_without_case,
    is_in_order,
    stored,
    visible,
)

pytestmark = pytest.mark.once  # no database

ODD = st.sampled_from(
    "\u200b\u200c\u200d\u2066\u00ad\ufe0f\u20e3\u3164\U0001f3f4\U000e0067\U000e007f\u0301 1a\u2764"
)
TEXTS = st.text(st.characters() | ODD, max_size=20)


@given(TEXTS)
def test_what_is_in_order_stays_as_it_is(text: str) -> None:
    for form in (stored, visible, compared, compared_without_case):
        assert form(form(text)) == form(text)
    assert is_in_order(visible(text))


@given(TEXTS)
def test_what_is_stored_differently_is_compared_alike(text: str) -> None:
    assert compared(stored(text)) == compared(text) == compared(visible(text))
    assert len(compared_without_case(text * 40)) <= LONGEST_COMPARED


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_trimmed_and_nothing_else(text: str) -> None:
    assert (stored(text), visible(text)) == (text.strip(), text)


def test_long_forms_are_told_apart() -> None:
    one, other = "\ufdfa" * 255 + "a", "\ufdfa" * 255 + "b"
    assert compared(one) != compared(other)
    assert len(compared(one)) == len(compared(other)) == LONGEST_COMPARED


def test_addresses_are_compared_without_case() -> None:
    assert address(" \u2066Anna@Example.ORG\u2069") == "anna@example.org"


def test_keys_that_become_one_are_named_with_their_place() -> None:
    with pytest.raises(SameKey) as caught:
        cleaned({"a": [{"b": 1, "b\u200b": 2}]})
    assert caught.value.path == ("a", 0, "b")


def test_a_known_word_is_found_by_its_others() -> None:
    words = KnownWords({"zp": ["Z\u00e4hlpunkt"], "pod": []})
    said = ["zp", "ZP", " z-p ", "Zahlpunkt", "Z\u00c4HLPUNKT", "pod", "Pod.", "x", ""]
    assert [words.known(each) for each in said] == [*["zp"] * 5, "pod", "pod", "x", ""]
