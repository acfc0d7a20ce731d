"""Everything that people read is there in Italian, and the compiled catalogs say what their sources say."""

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest

from recportal.documents.schemas import schema, schema_names

ROOT = Path(__file__).parent.parent
CATALOGS = ("locale/it/LC_MESSAGES/django", "locale/schemas/it/LC_MESSAGES/django")


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
        # A text with a context has it in front, as in gettext's own catalogs.
        text = "\4".join(value for name, value in texts if name in ("msgctxt", "msgid"))
        found.append((files, text, [value for name, value in texts if name.startswith("msgstr")]))
    return found


@pytest.mark.parametrize("catalog", CATALOGS)
def test_the_compiled_catalog_is_up_to_date(catalog: str) -> None:
    with (ROOT / f"{catalog}.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    found = entries(catalog)
    assert len(found) > 100
    for _files, text, (first, *more) in found:
        said = compiled.ngettext(text, text, 1) if more else compiled.gettext(text)
        assert said == (first or text), text


def test_everything_is_translated() -> None:
    assert not [text for _files, text, translations in entries(CATALOGS[0]) if not all(translations)]


def test_the_catalog_knows_every_text_of_the_templates() -> None:
    known = {text for _files, text, _translations in entries(CATALOGS[0])}
    found = 0
    for file in (ROOT / "templates").rglob("*.html"):
        for text in re.findall(r'{% translate "([^"]+)"', file.read_text(encoding="utf-8")):
            assert text in known, (file.name, text)
            found += 1
    assert found > 200


def test_the_catalog_knows_every_text_of_the_code() -> None:
    known = {text for _files, text, _translations in entries(CATALOGS[0])}
    found = 0
    for folder in ("recportal", "communities", "members", "assets"):
        for file in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                text = _translated(call)
                if text is not None:
                    assert text in known, (file.name, text)
                    found += 1
    assert found > 500


def _translated(node: ast.AST) -> str | None:
    """The text that a call of gettext names; None for anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
        return None
    names = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
    first = node.args[0]
    constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if node.func.id in names and constant else None  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_is_translated(name: str) -> None:
    known = {text for _files, text, translations in entries(CATALOGS[1]) if all(translations)}
    assert set(_texts(schema(name).definition)) <= known


def _texts(part: Any) -> Iterator[str]:
    """The titles and descriptions anywhere in a schema, but of what must not be there."""
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict) and "not" not in part:
        yield from (part[name] for name in ("title", "description") if isinstance(part.get(name), str))
        for each in part.values():
            yield from _texts(each)
