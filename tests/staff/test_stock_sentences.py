"""No sentence puts an article before a name that it does not know: "Il apparecchio", "a asset"."""

import re
from collections.abc import Iterator
from gettext import GNUTranslations
from html import unescape
from pathlib import Path
from typing import Any, Final

import django
import pytest
from django.utils import translation

from members.models import Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, text_of
from tests.staff.conftest import Register, register, superuser  # noqa: F401  # fixtures

ROOT: Final = Path(__file__).parent.parent.parent
ARTICLES: Final = {
    "it": (
        "il|lo|la|i|gli|le|un|uno|una|del|dello|della|dei|degli|delle|al|allo|alla|ai|agli|alle|nel|nello|nella|"
        "sul|sullo|sulla|dal|dallo|dalla|questo|questa|questi|queste|nessun|nessuno|nessuna|altro|altra|"
        "il/la|lo/la|del/della"
    ),
    "en": "a|an",
}
#: Placeholders of Django's and of ours that stand for the name of a class of records.
NAMES: Final = (
    "name|obj|model|model_name|verbose_name|verbose_name_plural|objects_name|class_name|kind|field_labels?"
)


def wrong(language: str, text: str) -> bool:
    """Whether an article stands before the name of a class."""
    placeholder = rf"(?:{{(?:{NAMES})}}|%\((?:{NAMES})\)s|%s)"
    elided = rf"|\w[’']\s*[“\"«]?{placeholder}" if language == "it" else ""
    return bool(re.search(rf"(?i)\b(?:{ARTICLES[language]})\s+[“\"«]?{placeholder}{elided}", text))


def texts(language: str) -> Iterator[str]:
    """Every text that Django's admin and forms, and we, have in the language."""
    base = Path(django.__file__).parent
    folders = [base / "conf", base / "contrib/admin", base / "contrib/auth", ROOT]
    for folder in folders:
        with (folder / "locale" / "it" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            known: dict[Any, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no other way
        for key in known:
            text, form = key if isinstance(key, tuple) else (key, None)
            with translation.override(language):
                yield (
                    translation.gettext(text) if form is None else translation.ngettext(text, text, form + 1)
                )


@pytest.mark.parametrize("language", ["it", "en"])
def test_no_sentence_has_an_article_before_a_name(language: str) -> None:
    found = sorted({text for text in texts(language) if wrong(language, text)})
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("language", "text", "is_wrong"),
    [
        ("it", "Il {name} “{obj}” è stato aggiunto", True),
        ("it", "Nessun %(verbose_name)s disponibile", True),
        ("it", "L’%(name)s è stato tolto", True),
        ("it", "Salvato: {name} “{obj}”.", False),
        ("it", "dal %(since)s", False),
        ("en", "Add a %(name)s", True),
        ("en", "Add another %(model)s", False),
    ],
)
def test_an_article_is_noticed(language: str, text: str, is_wrong: bool) -> None:
    assert wrong(language, text) is is_wrong


def test_a_saved_record_is_named_without_an_article(superuser: User, register: Register) -> None:  # noqa: F811
    browser = Browser(superuser)
    browser.client.cookies["django_language"] = "it"
    url = change(register.anna)
    browser.send(url, name="Anna Nova", reason="")
    text = unescape(text_of(browser.get(url)))
    with translation.override("it"):
        name = str(Member._meta.verbose_name)
    assert f"Modifiche salvate: {name} “" in text
    assert f"Il {name}" not in text
