"""Values for property tests: any JSON that a document can hold, and the texts that YAML writers get wrong."""

from hypothesis import strategies as st

from recportal.text import visible

AWKWARD_TEXTS = [
    "", " ", "null", "Null", "~", "true", "no", "On", "y", "NaN", ".inf", "=", "<<",
    "01234", "1e5", "1_000", "0x1f", "-0", "+1", "12:30:00", "2024-01-15", "١٢",
    " a", "a ", "a: b", "a:", ":a", "a :b", "a #b", "#a", "- a", "-", "?", "? a", "---", "...", "a,b", "a, b",
    "[a]", "{a}", "&a", "*a", "!a", "|", ">", "'", '"', "a'b", "%a", "@a", "`a", "\\", "\\n",
    "a\n", "a\nb", "\n a\n\n", "\t", "a\tb", "\r\n", "\x01", "\x1b[0m", "\x7f", "\x85", "a\xa0b",
    "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "Comunità", "è", "😀", "a😀b",
    "schema:Person", "https://example.org/?a=b#c", "did:web:example%3A30005:x",
]  # fmt: skip

texts = (  # none of them with an invisible character, which no file brings in
    st.sampled_from(AWKWARD_TEXTS)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
    | st.sampled_from([900, 1000, 1100]).map("é:".__mul__)
).map(visible)
numbers = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53), 2**53, allow_nan=False)
    | st.sampled_from([1e-7, -0.0, 5.0, 1e15, 123456789.123, 5e-324])
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(texts, values, max_size=4),
    max_leaves=10,
)
documents = st.dictionaries(texts, json_values, max_size=4)
