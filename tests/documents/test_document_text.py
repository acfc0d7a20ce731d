"""What no schema can say of a JSON value: every hostile one is refused with a code, and nothing else is."""

import json
import math
import time
from enum import IntEnum
from typing import Any

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from recportal.documents import text
from recportal.documents.faults import MOST_FAULTS, Fault, dotted
from tests.documents.values import json_values

pytestmark = pytest.mark.once  # no database

MANY = 2**20
LARGEST = 2**53 - 1


def refusal(source: str) -> Fault:
    with pytest.raises(Fault) as caught:
        text.parse(source, ("extra",))
    return caught.value


def codes(value: Any, most_bytes: int = MANY) -> set[tuple[str, str]]:
    return {(fault.code, dotted(fault.path)) for fault in text.flaws(value, ("extra",), most_bytes)}


def nested(levels: int, inside: Any = 1) -> Any:
    for _level in range(levels):
        inside = [inside]
    return inside


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "invalid_json"),
        (" ", "invalid_json"),
        ("{", "invalid_json"),
        ('{"a": 1,}', "invalid_json"),
        ("{'a': 1}", "invalid_json"),
        ("[1 2]", "invalid_json"),
        ("1 2", "invalid_json"),
        ("01", "invalid_json"),
        ("+1", "invalid_json"),
        (".5", "invalid_json"),
        ("1.", "invalid_json"),
        ('"a\nb"', "invalid_json"),
        ('"\\x41"', "invalid_json"),
        ("\ufeff{}", "invalid_json"),
        ("undefined", "invalid_json"),
        ("NaN", "not_a_number"),
        ('{"a": [Infinity]}', "not_a_number"),
        ("-Infinity", "not_a_number"),
        ('{"a": 1, "a": 1}', "duplicate_key"),
        ('[{"b": {"a": 1, "\\u0061": 2}}]', "duplicate_key"),
        ("1e999", "number_too_large"),
        ("-1e999", "number_too_large"),
        ("9" * 400, "number_too_large"),
        ("-" + "9" * 5_000, "number_too_large"),
        ("9" * 400 + ".5", "number_too_large"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ("[" * 100_000 + "]" * 100_000, "too_deep"),
    ],
)
def test_what_is_not_json_is_refused_with_a_code(source: str, code: str) -> None:
    fault = refusal(source)
    assert (fault.code, fault.path) == (code, ("extra",))
    assert str(fault.text)
    assert len(str(fault.text)) < 300


def test_a_syntax_error_names_line_and_column() -> None:
    assert str(refusal('{\n  "a": }').text) == "This is not JSON. Line 2, column 8: A value is expected here."


def test_a_key_that_stands_twice_is_named_without_its_harm() -> None:
    assert "“a\ufffd[2J”" in str(refusal('{"a\\u001b[2J": 1, "a\\u001b[2J": 2}').text)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("-0", 0),
        ("-0.0", 0.0),
        ("1E2", 100.0),
        (str(LARGEST), LARGEST),
        ("1e-999", 0.0),
        ("5e-324", 5e-324),
        ("0." + "3" * 5_000, 1 / 3),
        ('"\\ud83d\\ude00"', "😀"),
        ("null", None),
    ],
)
def test_unusual_json_is_read(source: str, value: Any) -> None:
    assert text.parse(source) == value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": math.nan}, {("not_a_number", "extra.a")}),
        ({"a": [1, -math.inf]}, {("not_a_number", "extra.a[1]")}),
        ({"a": LARGEST + 1}, {("number_too_large", "extra.a")}),
        ({"a": -LARGEST - 1}, {("number_too_large", "extra.a")}),
        ({"a": 1e22}, {("number_too_large", "extra.a")}),
        ({"a": 10**5_000}, {("number_too_large", "extra.a")}),
        ({"a": "x\x00"}, {("null_character", "extra.a")}),
        ({"a": "\ud800"}, {("lone_surrogate", "extra.a")}),
        ({"a": "\ude00\ud83d"}, {("lone_surrogate", "extra.a")}),
        ({"x\x00": 1}, {("null_character", "extra.x\ufffd")}),
        ({"\udfff": math.nan}, {("lone_surrogate", "extra.\ufffd"), ("not_a_number", "extra.\ufffd")}),
        ({1: 1}, {("not_json", "extra")}),
        ({"a": (1, 2)}, {("not_json", "extra.a")}),
        ({"a": {1, 2}}, {("not_json", "extra.a")}),
        ({"a": b"x"}, {("not_json", "extra.a")}),
        (nested(33), {("too_deep", "extra" + "[0]" * 32)}),
        ([math.nan, "\x00", 1, {"b": 1e300}], None),
    ],
)
def test_flaws_are_all_found_at_their_place(value: Any, found: set[tuple[str, str]] | None) -> None:
    if found is None:
        found = {
            ("not_a_number", "extra[0]"),
            ("null_character", "extra[1]"),
            ("number_too_large", "extra[3].b"),
        }
    assert codes(value) == found


class Number(IntEnum):
    FIVE = 5


@pytest.mark.parametrize(
    "value",
    [
        {"a": LARGEST, "b": -LARGEST, "c": float(LARGEST), "d": -0.0, "e": 5e-324},
        {"a": [None, True, False, "", {}, []]},
        {"": "", " ": "\t\n\r", "\x7f": "\u2028\ufffe\U0010ffff"},
        {"a": Number.FIVE, "b": SafeString("safe")},
        nested(32),
    ],
)
def test_what_both_engines_keep_has_no_flaws(value: Any) -> None:
    assert codes(value) == set()


def test_the_size_is_that_of_the_utf8_bytes() -> None:
    # Two brackets, two quotes, two bytes for each letter.
    value = ["é" * 512]
    assert codes(value, 4 + 1024) == set()
    assert codes(value, 3 + 1024) == {("document_too_large", "extra")}
    assert codes(["e" * 1024], 4 + 1024) == set()
    assert codes(["😀" * 256], 4 + 1023) == {("document_too_large", "extra")}


def test_a_list_of_faults_ends_somewhere() -> None:
    found = text.flaws([math.nan] * 100_000, ("extra",), MANY)
    assert len(found) == MOST_FAULTS + 1
    assert (found[-1].code, found[-1].path) == ("too_many_errors", ("extra",))


def test_a_value_inside_itself_is_too_deep() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    began = time.monotonic()
    found = text.flaws(loop, ("extra",), MANY)
    assert {fault.code for fault in found} == {"too_deep", "too_many_errors"}
    assert time.monotonic() - began < 10


@given(json_values(hostile=True))
def test_flaws_are_exactly_what_cannot_be_kept(value: Any) -> None:
    assert bool(codes(value)) == (not keepable(value, 0))


def keepable(value: Any, depth: int) -> bool:
    """The same judgement in other words."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) < 2**53  # never true of NaN
    if isinstance(value, list):
        return depth < 32 and all(keepable(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < 32 and all(
            keepable(key, 0) and keepable(item, depth + 1) for key, item in value.items()
        )
    return True


@given(json_values())
def test_what_is_written_is_read_again(value: Any) -> None:
    for written in (text.compact(value), text.readable(value), json.dumps(value)):
        assert text.parse(written) == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        text.parse(source)
    except Fault as fault:
        str(fault.text)


def test_a_quoted_text_is_short_and_does_no_harm() -> None:
    assert text.shown("ä\x00\x1b\u202e\ud800b") == "ä\ufffd\ufffd\ufffd\ufffdb"
    assert text.shown("x" * 81) == "x" * 80 + "…"
    assert text.shown("x" * 80) == "x" * 80
