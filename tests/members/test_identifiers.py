"""Delivery-point identifiers: one code for every spelling, one sentence for what looks wrong."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from members.identifiers import TYPES, compact, generate, is_austrian, problem

pytestmark = pytest.mark.once  # no database

# The place of the digit or letter that checks the others, counted from the end.
CHECKED = {"cups": -1, "malo": -1, "ean": -1, "mpan": -1}


def other(character: str) -> str:
    """A neighbour of the same kind, never the character itself."""
    return str((int(character) + 1) % 10) if character.isdigit() else ("B" if character == "A" else "A")


@pytest.mark.parametrize(
    ("point_type", "point_id"),
    [
        ("pod", "IT999E12345678"),
        ("pod", "IT999E123456781"),
        ("pod", "IT999E12345678A"),
        ("pod", " it-999-e-1234.5678 "),
        ("cups", "ES1234123456789012JY"),
        ("cups", "ES 1234 1234 5678 9012 JY 1F"),
        ("prm", "00012345678901"),
        ("cpe", "PT 0002 0000 1234 5678 AB"),
        ("malo", "41373559241"),
        ("malo", "41 373 559 241"),
        ("melo", "DE 000562 66802 AO6G56M11SN51G21M24S"),
        ("zp", "AT 001000 00000 00000000000001234567"),
        ("zp", "AT0010000000000000001000000054321"),
        ("ean", "8719991234567890" + "1" + ean.calc_check_digit("87199912345678901")),
        ("mpan", "20 0005 0773 706"),
        ("mpan", "00 111 222 20 0005 0773 706"),
        ("MaLo", "41373559241"),
    ],
)
def test_a_right_id_has_no_problem(point_type: str, point_id: str) -> None:
    assert problem(point_type, point_id) is None


@pytest.mark.parametrize(
    ("point_type", "point_id"),
    [
        ("pod", "IT999E1234567"),
        ("pod", "IT999E1234567890"),
        ("pod", "FR999E12345678"),
        ("pod", "POD-8KQ2M7T1V6ZN"),
        ("cups", "ES1234123456789012XY"),
        ("cups", "ES1234123456789012JY1T"),
        ("cups", "ES1234123456789012JY1"),
        ("prm", "1234567890123"),
        ("prm", "1234567890123A"),
        ("cpe", "PT0002000012345678A1"),
        ("malo", "41373559242"),
        ("malo", "01373559241"),
        ("melo", "DE00056266802"),
        ("zp", "AT00100000000000000010000000543210"),
        ("zp", "ATA010000000000000001000000054321"),
        ("ean", "871999123456789012"[:17]),
        ("mpan", "2000050773707"),
        ("mpan", "12000050773706"),
    ],
)
def test_a_wrong_id_has_a_problem(point_type: str, point_id: str) -> None:
    assert problem(point_type, point_id) is not None


def test_a_gas_number_is_called_gas() -> None:
    assert "gas" in str(problem("pod", "01234567890123"))


def test_letters_in_a_pod_are_rare_rather_than_wrong() -> None:
    assert "compare it with the bill" in str(problem("pod", "IT999EA2345678"))


def test_digits_of_another_script_are_no_digits() -> None:
    assert problem("prm", "١٢٣٤٥٦٧٨٩٠١٢٣٤") is not None
    assert problem("malo", "4137355924²") is not None


def test_a_line_feed_at_the_end_changes_nothing() -> None:
    assert problem("malo", "41373559241\n") is None
    assert compact("malo", "41373559241\n") == "41373559241"


@pytest.mark.parametrize("point_type", ["other", "", "pods", "\x00"])
def test_a_type_without_a_rule_has_no_problem(point_type: str) -> None:
    assert problem(point_type, "whatever this may be") is None


@pytest.mark.parametrize("point_type", TYPES)
def test_generated_ids_look_right(point_type: str) -> None:
    rng = Random(7)
    ids = [generate(point_type, rng) for _ in range(300)]
    assert [point_id for point_id in ids if problem(point_type, point_id)] == []
    assert len({compact(point_type, point_id) for point_id in ids}) == 300


@pytest.mark.parametrize("point_type", TYPES)
def test_generated_ids_come_from_the_seed(point_type: str) -> None:
    assert (
        generate(point_type, Random(7)) == generate(point_type, Random(7)) != generate(point_type, Random(8))
    )


@pytest.mark.parametrize("point_type", sorted(CHECKED))
def test_a_changed_check_character_fails(point_type: str) -> None:
    rng = Random(7)
    for _ in range(100):
        point_id = generate(point_type, rng)
        place = len(point_id) + CHECKED[point_type]
        changed = point_id[:place] + other(point_id[place]) + point_id[place + 1 :]
        assert problem(point_type, changed) is not None, point_id


@pytest.mark.parametrize("point_type", ["malo", "ean", "cups"])
def test_a_changed_digit_fails(point_type: str) -> None:
    """For a digit whose weight has no factor in common with the modulus, the check is certain."""
    rng = Random(7)
    for _ in range(100):
        point_id = generate(point_type, rng)
        place = rng.randrange(6, 10)
        changed = point_id[:place] + other(point_id[place]) + point_id[place + 1 :]
        assert problem(point_type, changed) is not None, point_id


def test_nothing_is_generated_without_a_rule() -> None:
    with pytest.raises(ValueError, match="'other'"):
        generate("other", Random(7))


@pytest.mark.parametrize(
    "spelling",
    [
        "IT999E12345678",
        "it999e12345678",
        " IT 999 E 12345678 ",
        "IT-999-E-1234.5678",
        "IT\u00a0999\u202fE\u200912345678",
        "IT999E\u201112345678",
        "\ufeffIT999E1234\u200b5678",
        "IT999E123456781",
        "IT999E12345678 Z",
    ],
)
def test_spellings_of_a_pod_compare_equal(spelling: str) -> None:
    assert compact("pod", spelling) == "it999e12345678"


def test_spellings_of_a_cups_compare_equal() -> None:
    spellings = [
        "ES1234123456789012JY",
        "es 1234-1234.5678-9012 jy",
        "ES1234123456789012JY1F",
        "ES1234123456789012JY0P",
    ]
    assert {compact("cups", spelling) for spelling in spellings} == {"es1234123456789012jy"}


@pytest.mark.parametrize(
    ("point_type", "point_id"),
    [
        ("pod", "POD-8KQ2M7T1V6ZN-0001"),
        ("pod", "IT999E1234567890"),
        ("pod", "ITA99E123456781"),
        ("cups", "ES1234123456789012JY1T"),
        ("cups", "ES1234123456789012JY1FF"),
        ("melo", "DE00056266802AO6G56M11SN51G21M24S"),
    ],
)
def test_only_a_pod_or_cups_is_shortened(point_type: str, point_id: str) -> None:
    assert compact(point_type, point_id) == point_id.replace("-", "").lower()


def test_the_type_does_not_change_the_code() -> None:
    """A look-up has no type, and a point must not be held twice by being filed under two types."""
    assert (
        compact("other", "IT999E123456781")
        == compact("", "IT999E12345678")
        == compact("pod", "IT999E12345678")
    )


def test_ids_of_separators_only_stay_apart() -> None:
    assert compact("other", "-") != compact("other", ".")
    assert compact("other", " - ") == "-"


def test_leading_zeros_count() -> None:
    assert compact("prm", "00012345678901") != compact("prm", "12345678901")


def test_the_austrian_form() -> None:
    assert is_austrian(compact("zp", "AT 001000 00000 00000000000001234567"))
    assert is_austrian(compact("zp", generate("zp", Random(7))))
    assert not is_austrian(compact("melo", generate("melo", Random(7))))
    assert not is_austrian(compact("zp", "AT001000"))
    assert not is_austrian("at" + "ä" * 31)


HOSTILE = st.one_of(
    st.text(st.characters(codec=None)),
    st.sampled_from(
        ["\x00", "\ud800", "😀" * 40, "9" * 10_000, "-" * 10_000, "IT999E" + "1" * 10_000, "ß" * 128, "İ"]
    ),
)


@given(point_type=st.one_of(st.sampled_from(TYPES), HOSTILE), point_id=HOSTILE)
def test_no_text_is_too_strange(point_type: str, point_id: str) -> None:
    problem(point_type, point_id)
    code = compact(point_type, point_id)
    assert compact(point_type, code) == code
    assert len(code) <= 3 * len(point_id)
    is_austrian(code)


@given(point_type=st.sampled_from(TYPES), seed=st.integers(), data=st.data())
def test_separators_never_matter(point_type: str, seed: int, data: st.DataObject) -> None:
    point_id = generate(point_type, Random(seed))
    gaps = data.draw(
        st.lists(
            st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011"]),
            min_size=len(point_id),
            max_size=len(point_id),
        )
    )
    spaced = "".join(gap + character for gap, character in zip(gaps, point_id, strict=True)).lower()
    assert compact(point_type, spaced) == compact(point_type, point_id)
    assert problem(point_type, spaced) is None
