"""A file is hostile until it is parsed: what is read, and what is refused, each time with its place."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from recportal.bundles.faults import BundleUnreadable
from recportal.bundles.parsing import DEEPEST_NESTING, LARGEST_FILE, MOST_CONTAINERS, parse_file
from recportal.documents.faults import MOST_FAULTS

from .values import json_values

pytestmark = pytest.mark.once  # no database


@pytest.fixture(params=["libyaml", "python"])
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """PyYAML is installed without its C half on some machines."""
    if request.param == "python":
        monkeypatch.setattr(yaml, "__with_libyaml__", False)
    return str(request.param)


def value_of(text: str, name: str = "file.yaml") -> Any:
    return parse_file(f"a: {text}\n".encode(), name)["a"]


def refused(content: bytes | str, name: str = "file.yaml") -> list[tuple[str, str]]:
    """The places and codes of everything that speaks against a file."""
    return [(fault.where, fault.code) for fault in faults(content, name)]


def faults(content: bytes | str, name: str = "file.yaml") -> Any:
    with pytest.raises(BundleUnreadable) as refusal:
        parse_file(content.encode() if isinstance(content, str) else content, name)
    return refusal.value.faults


def test_it_reads_both_forms() -> None:
    wanted = {"a": [1, 2.5, None, True, "x"], "b": {"c": {}}}
    assert parse_file(json.dumps(wanted).encode(), "file.json") == wanted
    assert parse_file(b"a: [1, 2.5, null, true, x]\nb:\n  c: {}\n", "file.yaml") == wanted


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('{"a": 1}', "FILE.JSON"),
        ('{"a": 1}', "file.yml"),
        ('\n {"a": 1}', "file"),
        ("a: 1", "file"),
        ("a: 1", "archive.2024"),
        ("\ufeffa: 1", "file.yaml"),
        ('\ufeff{"a": 1}', "file.json"),
        ("%YAML 1.2\n---\na: 1\n...\n", "file.yaml"),
    ],
)
def test_the_form_is_told_by_the_extension_and_else_by_the_first_character(content: str, name: str) -> None:
    assert parse_file(content.encode(), name) == {"a": 1}


def test_an_extension_is_believed() -> None:
    assert refused("a: 1", "file.json") == [("", "invalid_json")]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("null", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-0", 0),
        ("12", 12),
        ("-1.5", -1.5),
        ("5.0", 5.0),
        ("1e3", 1000.0),
        ("1E-7", 1e-7),
        ("9007199254740993", 2**53 + 1),
        ("~", "~"),
        ("Null", "Null"),
        ("TRUE", "TRUE"),
        ("no", "no"),
        ("on", "on"),
        ("01234", "01234"),
        ("+5", "+5"),
        (".5", ".5"),
        ("5.", "5."),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        (".nan", ".nan"),
        ("NaN", "NaN"),
        ("-x", "-x"),
        ("2024-01-15", "2024-01-15"),
        ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00Z"),
        ("=", "="),
        ("١٢", "١٢"),
        ("'12'", "12"),
        ('"null"', "null"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  12\n", "12\n"),
    ],
)
def test_yaml_scalars_follow_the_grammar_of_json(scalar: str, value: Any) -> None:
    found = value_of(scalar)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.usefixtures("either_parser")
def test_keys_are_text() -> None:
    content = b"1: a\nnull: b\ntrue: c\n2024-01-15: d\n'': e\n<<: {f: g}\n"
    keys = ["1", "null", "true", "2024-01-15", "", "<<"]
    assert list(parse_file(content, "file.yaml")) == keys


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_a_byte_that_is_not_utf_8_is_named_by_line_and_offset(start: bytes, name: str) -> None:
    content = start + "a: é\nb: ".encode() + b"\xe9\n"
    (fault,) = faults(content, name)
    assert fault.code == "not_utf8"
    assert f"line 2, byte {len(start) + 9} " in str(fault.message)
    assert "0xE9" in str(fault.message)


@pytest.mark.parametrize(
    "content", [b"\xff\xfea\x00:\x00 \x001\x00", b"a: \xed\xa0\x80", b"a: \xc0\x80"], ids=repr
)
def test_other_encodings_and_overlong_or_surrogate_bytes_are_refused(content: bytes) -> None:
    assert refused(content) == [("", "not_utf8")]


@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_a_bare_nul_is_named_by_line_and_column(name: str) -> None:
    (fault,) = faults('{"a": "x",\n "b": "y\x00"}', name)
    assert fault.code == "null_character"
    assert "line 2, column 9" in str(fault.message)


@pytest.mark.usefixtures("either_parser")
def test_other_control_characters_are_no_yaml() -> None:
    (fault,) = faults("é: 1\nb: x\x07\n")
    assert fault.code == "invalid_yaml"
    assert "line 2, column 5" in str(fault.message)


def test_escaped_flaws_of_texts_are_named_by_their_paths() -> None:
    content = r'{"a": [{"b": "\u0000"}, "\ud800", "\\u0000"], "c\udc00": 1, "d": "\ud83d\ude00"}'
    assert refused(content, "file.json") == [
        ("a[0].b", "null_character"),
        ("a[1]", "lone_surrogate"),
        ("c\N{REPLACEMENT CHARACTER}", "lone_surrogate"),
    ]


def test_whole_surrogate_pairs_are_characters() -> None:
    assert parse_file(rb'{"a": "\ud83d\ude00", "b": "\\u0000"}', "file.json") == {"a": "😀", "b": r"\u0000"}


@pytest.mark.usefixtures("either_parser")
def test_escaped_flaws_of_texts_are_found_in_yaml() -> None:
    assert refused('a:\n  - "x\\0"\n  - b: "\\x00"\n"c\\0": 1\n') == [
        ("a[0]", "null_character"),
        ("a[1].b", "null_character"),
        ("", "null_character"),
    ]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("escape", ["\\ud800", "\\U99999999", "\\UFFFFFFFF"])
def test_escapes_that_are_no_characters_are_refused_in_yaml(escape: str) -> None:
    (fault,) = faults(f'a: "{escape}"')
    assert fault.code in ("invalid_yaml", "lone_surrogate")


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_has_a_limit(opening: str, closing: str, name: str) -> None:
    def nested(depth: int) -> str:
        return '{"a":' + opening * (depth - 1) + "1" + closing * (depth - 1) + "}"

    parse_file(nested(DEEPEST_NESTING).encode(), name)
    (fault,) = faults(nested(DEEPEST_NESTING + 1), name)
    assert fault.code == "too_deep"
    assert len(fault.path) == DEEPEST_NESTING
    for depth in (500, 100_000):
        assert [code for _where, code in refused(nested(depth), name)] == ["too_deep"]


def test_block_collections_have_the_same_limit() -> None:
    assert [code for _where, code in refused("- " * 100)] == ["too_deep"]


@pytest.mark.usefixtures("either_parser")
def test_anchors_and_aliases_are_refused_each_at_its_place() -> None:
    content = "a: &x\n  b: 1\nc: [*x, &y 2]\n&z d: 3\n*z : 4\n<<: *x\n"
    assert refused(content) == [
        ("a", "anchor"),
        ("c[0]", "anchor"),
        ("c[1]", "anchor"),
        ("", "anchor"),
        ("", "anchor"),
        ("<<", "anchor"),
    ]
    assert "(line 3)" in str(faults(content)[1].message)


@pytest.mark.usefixtures("either_parser")
def test_tags_are_refused_each_at_its_place() -> None:
    content = "a: !!str 5\nb: !!python/object/apply:os.system [x]\nc: ! 1\nd: !own {e: 1}\n"
    assert refused(content) == [("a", "tag"), ("b", "tag"), ("c", "tag"), ("d", "tag")]
    assert refused("%TAG !a! tag:example.org,2024:\n---\na: 1") == [("", "tag")]
    assert parse_file(b"a: 100 %TAG\n", "file.yaml") == {"a": "100 %TAG"}


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("content", ["a: 1\n---\nb: 2\n", "---\na: 1\n...\n---\n"])
def test_a_second_document_is_refused(content: str) -> None:
    assert refused(content) == [("", "several_documents")]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("content", ["? [a]\n: 1\n", "{a: 1}: 2\n", "a: {? {b: 1} : 2}\n"])
def test_a_key_that_is_no_text_is_refused(content: str) -> None:
    assert [code for _where, code in refused(content)] == ["invalid_key"]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a: {capacity_kwp: 5,94}", [("a.94", 1)]),
        ("a:\n  {kwp: 1.234,56,\n   tilt: 7,5}", [("a.56", 2), ("a.5", 3)]),
        ("a: {b}", [("a.b", 1)]),
        ("a: {b: 1, 'c d'}", [('a["c d"]', 1)]),
        ('a: {b: 1, "c" # with: a colon\n }', [("a.c", 1)]),
        ("a: {b: {è: 5,94}, ? c}", [("a.b.94", 1), ("a.c", 1)]),
        ("a: [b: 1, ? c]", [("a[1].c", 1)]),
        ("a:\n  ? b\n  ? c\n  : 1\n", [("a.b", 2)]),
        ("b: 5\r\na: {c: 5,\r\n  94}\r\n", [("a.94", 3)]),
        ("a: {🏠: 5,94}", [("a.94", 1)]),
    ],
)
def test_an_entry_without_a_colon_is_no_null(content: str, found: list[tuple[str, int]]) -> None:
    assert refused(content) == [(place, "missing_colon") for place, _line in found]
    assert all(
        f"(line {line})" in str(fault) for fault, (_, line) in zip(faults(content), found, strict=True)
    )


@pytest.mark.usefixtures("either_parser")
def test_a_colon_without_a_value_is_null_as_the_word_is() -> None:
    content = 'a: {b: , "c":, d  : , e: # x\n , f:\n, ? g : , h: null}\ni:\n? j\n:\nk: # x\nl: [m: , 5,94]\n'
    assert parse_file(content.encode(), "file.yaml") == {
        "a": dict.fromkeys("bcdefgh"),
        **dict.fromkeys("ijk"),
        "l": [{"m": None}, 5, 94],
    }


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_every_duplicate_key_is_named(name: str) -> None:
    content = '{"a": {"b": 1, "b": {"c": 1, "c": 2}}, "l": [{"d": 1, "d": 1, "d": 2}], "a": 3}'
    assert sorted(refused(content, name)) == [
        ("a", "duplicate_key"),
        ("a.b", "duplicate_key"),
        ("a.b.c", "duplicate_key"),
        ("l[0].d", "duplicate_key"),
        ("l[0].d", "duplicate_key"),
    ]


def test_keys_that_yaml_writes_differently_are_duplicates() -> None:
    assert refused("a: 1\n'a': 2\n\"\\x61\": 3\n") == [("a", "duplicate_key")] * 2


def test_numbers_that_json_does_not_know_are_named() -> None:
    content = '{"a": NaN, "b": [Infinity, -Infinity], "c": 1e400, "d": -1e999}'
    assert refused(content, "file.json") == [
        ("a", "not_a_number"),
        ("b[0]", "not_a_number"),
        ("b[1]", "not_a_number"),
        ("c", "number_too_large"),
        ("d", "number_too_large"),
    ]


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
@pytest.mark.parametrize("digits", ["1" * 400, "-" + "9" * 5000, "1e400", "1" * 400 + ".0"])
def test_numbers_of_hundreds_of_digits_are_refused(digits: str, name: str) -> None:
    assert refused(f'{{"a": {{"b": {digits}}}}}', name) == [("a.b", "number_too_large")]


@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_large_numbers_are_left_for_the_documents_to_judge(name: str) -> None:
    assert parse_file(b'{"a": 12345678901234567890, "b": 1e22}', name) == {
        "a": 12345678901234567890,
        "b": 1e22,
    }


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        ('{"a": 1,\n "b": }', "file.json", 2),
        ('{"a": "x\ny"}', "file.json", 1),
        ('{"a": 1} {"b": 2}', "file.json", 1),
        ("a: 1\nb: c: d\n", "file.yaml", 2),
        ("a: 1\n\tb: 2\n", "file.yaml", 2),
        ("a: [1, 2\nb: 3\n", "file.yaml", 2),
        ("a: 1\n- b\n", "file.yaml", 2),
    ],
)
def test_a_syntax_error_names_line_and_column(content: str, name: str, line: int) -> None:
    *_others, fault = faults(content, name)
    assert fault.code == ("invalid_json" if name.endswith("json") else "invalid_yaml")
    assert f"line {line}, column " in str(fault.message)


def test_what_was_found_before_a_syntax_error_is_told_too() -> None:
    assert refused("a: 1\na: 2\nb: }") == [("a", "duplicate_key"), ("b", "invalid_yaml")]


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "---\n", "[1]", "text", "5", "null"])
@pytest.mark.parametrize("name", ["file.yaml", "file"])
def test_a_file_that_holds_no_object_is_refused(content: str, name: str) -> None:
    assert refused(content, name) == [("", "wrong_type")]


def test_an_empty_json_file_is_refused() -> None:
    assert refused("", "file.json") == [("", "invalid_json")]


def test_a_file_has_a_largest_size() -> None:
    content = b'{"a": "' + b"x" * (LARGEST_FILE - 9) + b'"}'
    assert len(content) == LARGEST_FILE
    parse_file(content, "file.json")
    assert refused(content + b" ", "file.json") == [("", "file_too_large")]


@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_a_file_has_a_largest_number_of_values(name: str) -> None:
    assert refused("[" + "[]," * MOST_CONTAINERS + "[]]", name) == [("", "too_many_values")]


def test_faults_without_end_are_cut_off() -> None:
    for content in ("a: 1\n" * (MOST_FAULTS * 2), "{" + '"a":1,' * (MOST_FAULTS * 2) + '"a":1}'):
        found = refused(content, "file")
        assert len(found) == MOST_FAULTS + 1
        assert found[-1] == ("", "too_many_errors")


def test_a_place_is_fit_for_a_terminal() -> None:
    long_key = "k" * 500
    content = json.dumps({"\x1b[2J": {"x": 1, long_key: float("nan")}})
    ((where, _code),) = refused(content, "file.json")
    assert "\x1b" not in where
    assert len(where) < 200


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("file.json", "b'[' * 60_000_000", "too_many_values"),
        ("file.yaml", "b'[' * 60_000_000", "too_deep"),
        ("file.json", "b'[' + b'[],' * 20_000_000 + b'1]'", "too_many_values"),
        ("file.yaml", "b'[' + b'[],' * 20_000_000 + b'1]'", "too_many_values"),
        ("file.json", "b'[' + b'1,' * 30_000_000 + b'1]'", "too_many_values"),
        ("file.yaml", "b'- a\\n' * 15_000_000", "too_many_values"),
        ("file.yaml", "b'? ' * 30_000_000", "invalid_key"),
        ("file.yaml", "b'a: ' * 20_000_000", "invalid_yaml"),
        ("file.json", "b'{\"a\": ' + b'1' * 60_000_000 + b'}'", "number_too_large"),
        ("file.yaml", "b''.join(b'%%TAG !a%d! b\\n' % n for n in range(200_000))", "tag"),
        (
            "file.yaml",
            "b'a: &a [x,x]\\n' + b''.join(b'b%d: &b%d [*a,*a]\\n' % (n, n) for n in range(999))",
            "anchor too_many_errors",
        ),
    ],
)
def test_bombs_are_refused_within_seconds_and_little_memory(name: str, content: str, code: str) -> None:
    program = f"""
import resource
from recportal.bundles.parsing import BundleUnreadable, parse_file
content = {content}
# Beyond these the process fails: bytes of address space and seconds of work.
resource.setrlimit(resource.RLIMIT_AS, (700 * 1024 * 1024, -1))
resource.setrlimit(resource.RLIMIT_CPU, (20, -1))
try:
    parse_file(content, {name!r})
except BundleUnreadable as refusal:
    print(*sorted({{fault.code for fault in refusal.faults}}))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == f"{code}\n", done.stderr[-500:]


@given(st.dictionaries(st.sampled_from("abc"), json_values))
def test_any_json_text_is_read_back_equal(value: dict[str, Any]) -> None:
    for ascii_only in (True, False):
        content = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert json.dumps(parse_file(content, "file.json")) == json.dumps(value)


@given(
    st.binary(max_size=200)
    | st.text("ab:{}[]-,?&*!|>'\"#%@ \n\t\\01u.e\x00\x85é", max_size=60).map(str.encode)
)
@example(b"\xef\xbb\xbf")
@example(b"%")
@example(b'"\\')
@example(b"? - ? -")
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    for name in ("file.yaml", "file.json", "file"):
        try:
            value = parse_file(content, name)
        except BundleUnreadable as refusal:
            value = {str(fault): fault.code for fault in refusal.faults}
            assert value
        assert isinstance(value, dict)
