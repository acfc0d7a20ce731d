"""What members read is there in Italian, and the compiled catalogs say what their sources say."""

import ast
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest

from recportal.documents.schemas import schema

ROOT = Path(__file__).parent.parent.parent
CATALOGS = ("locale/it/LC_MESSAGES/django", "locale/schemas/it/LC_MESSAGES/django")
#: Files whose texts members read.
READ_BY_MEMBERS = (
    "recportal/pages/",
    "templates/pages/",
    "templates/account/",
    "templates/members/",
    "templates/404",
)
SHOWN_SCHEMAS = (
    "members/extra",
    "members/delivery_points",
    "communities/contact",
    "communities/legal",
    "communities/links",
    "assets/device",
    *(f"assets/properties/{kind}" for kind in ("pv", "storage", "meter", "ev_charger", "heat_pump", "load")),
)


def entries(catalog: str) -> list[tuple[list[str], str, list[str]]]:
    """The entries of a .po file: the files that use it, its text, its translations."""
    found = []
    for block in (ROOT / f"{catalog}.po").read_text(encoding="utf-8").split("\n\n")[1:]:
        files = [name for line in block.splitlines() if line.startswith("#: ") for name in line[3:].split()]
        assert "fuzzy" not in block, block
        parts = re.findall(r'^(msg\S+) ((?:"(?:[^"\\]|\\.)*"\s*)+)', block, re.M)
        texts = [
            (name, "".join(ast.literal_eval(each) for each in value.split("\n") if each))
            for name, value in parts
        ]
        text = next((value for name, value in texts if name == "msgid"), "")
        found.append((files, text, [value for name, value in texts if name.startswith("msgstr")]))
    return found


@pytest.mark.parametrize("catalog", CATALOGS)
def test_the_compiled_catalog_is_up_to_date(catalog: str) -> None:
    with (ROOT / f"{catalog}.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    found = entries(catalog)
    assert len(found) > 100
    for _files, text, (first, *_more) in found:
        assert compiled.gettext(text) == (first or text), text


def test_all_that_members_read_is_translated() -> None:
    missing = [
        text
        for files, text, translations in entries(CATALOGS[0])
        if any(name.startswith(READ_BY_MEMBERS) for name in files) and not all(translations)
    ]
    assert not missing


def test_the_catalog_knows_every_text_of_the_templates() -> None:
    known = {text for _files, text, _translations in entries(CATALOGS[0])}
    for file in (ROOT / "templates" / "pages").glob("*.html"):
        for text in re.findall(r'{% translate "([^"]+)" %}', file.read_text(encoding="utf-8")):
            assert text in known, (file.name, text)


@pytest.mark.parametrize("name", SHOWN_SCHEMAS)
def test_schemas_that_members_read_are_translated(name: str) -> None:
    known = {text for _files, text, translations in entries(CATALOGS[1]) if all(translations)}
    definition = schema(name).definition
    parts = definition.get("items", definition)["properties"].values()
    for part in parts:
        if "not" not in part:
            assert {part["title"], part["description"]} <= known, part["title"]
