"""A translation names the placeholders of its text; with others the page would fail, or say less."""

import re
from pathlib import Path
from string import Formatter

import pytest

from tests.test_translations import CATALOGS, entries

_PERCENT = re.compile(r"%(?:\((\w+)\)|)[-+#0 ]*\d*(?:\.\d+)?([a-zA-Z%])")


def placeholders(text: str) -> set[str]:
    """``%(count)d``, ``%s`` and ``{name}``, each with its conversion: ``%(count)s`` is another thing."""
    found = {f"%({match[1] or ''}){match[2]}" for match in _PERCENT.finditer(text)} - {"%()%"}
    try:
        named = {f"{{{name}}}" for _text, name, *_rest in Formatter().parse(text) if name}
    except ValueError:  # a brace that is only a brace
        named = set()
    return found | named


def faults_in(found: list[tuple[list[str], str, str, list[str]]]) -> list[str]:
    faults = []
    for _files, text, plural, translations in found:
        wanted = placeholders(text) | (placeholders(plural) if plural else set())
        for number, translation in enumerate(translations):
            said = placeholders(translation)
            # The form for one may say “one” in words.
            missing = set() if plural and number == 0 else wanted - said
            if translation and (said - wanted or missing):
                faults.append(f"{text!r}: {translation!r} has {sorted(said)} and not {sorted(wanted)}")
    return faults


def with_plurals(catalog: str) -> list[tuple[list[str], str, str, list[str]]]:
    """The entries of a catalog with the plural of their text, which is empty where it has none."""
    source = (Path(__file__).parent.parent / f"{catalog}.po").read_text(encoding="utf-8")
    plurals = [
        "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1])).replace('\\"', '"')
        if (found := re.search(r'^msgid_plural ((?:"(?:[^"\\]|\\.)*"\s*)+)', block, re.M))
        else ""
        for block in source.split("\n\n")[1:]
    ]
    return [
        (files, text, plural, translations)
        for (files, text, translations), plural in zip(entries(catalog), plurals, strict=True)
    ]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_each_translation_has_the_placeholders_of_its_text(catalog: str) -> None:
    found = with_plurals(catalog)
    faults = faults_in(found)
    assert not faults, "\n".join(faults)
    assert len(found) > 100


def test_plural_forms_are_among_what_is_compared() -> None:
    plurals = [each for each in with_plurals(CATALOGS[0]) if each[2]]
    assert len(plurals) > 20
    assert all(len(translations) == 2 for *_rest, translations in plurals)


@pytest.mark.parametrize(
    ("text", "plural", "translations"),
    [
        ("Hello %(name)s", "", ["Ciao %(nome)s"]),
        ("Hello %(name)s", "", ["Ciao"]),
        ("Hello", "", ["Ciao %(name)s"]),
        ("%(count)d of", "", ["%(count)s di"]),
        ("Hello {name}", "", ["Ciao {nome}"]),
        ("%s of", "", ["di"]),
        ("%(count)d hour", "%(count)d hours", ["%(count)d ora", "ore"]),
        ("%(count)d hour", "%(count)d hours", ["%(numero)d ora", "%(count)d ore"]),
    ],
)
def test_another_placeholder_is_noticed(text: str, plural: str, translations: list[str]) -> None:
    assert faults_in([([], text, plural, translations)])


def test_the_same_placeholders_in_another_order_are_fine() -> None:
    assert not faults_in([([], "%(a)s of %(b)s, 100 %%", "", ["%(b)s, %(a)s, 100 %%"])])
    assert not faults_in([([], "One hour", "%(count)d hours", ["Un’ora", "%(count)d ore"])])
