"""VAT numbers and fiscal codes: what `python-stdnum` says about them, country by country.

A number that fails is a notice, never an error: numbers of newer kinds, and of countries whose rules change,
are real all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from stdnum.util import clean, get_cc_module

from recportal.documents.faults import Text, say

#: What tax offices write in front of a number where it is not the country's ISO code.
_PREFIXES: Final = {"EL": "GR", "XI": "GB"}
#: Numbers beside the VAT number by which a country's tax office knows a person or a body. An Italian body's
#: fiscal code has the eleven digits of a VAT number, and is often its only number.
_FISCAL_NUMBERS: Final = {
    "AT": ("tin",),
    "DE": ("idnr", "stnr"),
    "ES": ("nif",),
    "FR": ("nif", "siren", "siret"),
    "IT": ("codicefiscale",),
    "PT": ("nif",),
}


def vat_problem(number: str, country: str) -> Text | None:
    """Why ``number`` is no VAT number of the country in front of it, or else of ``country``.

    ``country`` is an ISO 3166-1 alpha-2 code, or empty. None when it is one, when there is no number, and for
    a country whose numbers nobody here knows.
    """
    failed = ""
    for candidate in _countries(number, country):
        module = get_cc_module(candidate, "vat")
        if module is None:
            continue
        if _is_valid(module, number):
            return None
        failed = failed or candidate
    message = _("This is not a valid VAT number of %(country)s: please compare it with a document.")
    return say(message, country=failed) if failed else None


def fiscal_code_problem(number: str, country: str) -> Text | None:
    """Why ``number`` is no fiscal code of the country in front of it, or else of ``country``; as above."""
    failed = ""
    for candidate in _countries(number, country):
        names = _FISCAL_NUMBERS.get(candidate)
        if names is None:
            continue
        bare = _plain(number).removeprefix(candidate)
        modules = [get_cc_module(candidate, name) for name in (*names, "vat")]
        if any(_is_valid(module, spelling) for module in modules for spelling in (number, bare)):
            return None
        failed = failed or candidate
    message = _("This is not a valid fiscal code of %(country)s: please compare it with a document.")
    return say(message, country=failed) if failed else None


def compared_number(number: str) -> str:
    """The number as two spellings of it are compared: with and without the country in front are one."""
    plain = _plain(number)
    return plain[2:] if country_in_front(number) else plain


def country_in_front(number: str) -> str:
    """The country (ISO 3166-1 alpha-2) whose VAT prefix stands in front of a number; empty when none does."""
    letters = _plain(number)[:2]
    country = _PREFIXES.get(letters, letters)
    known = len(country) == 2 and country.isascii() and country.isalpha() and get_cc_module(country, "vat")
    return country if known else ""


def _countries(number: str, country: str) -> Iterator[str]:
    """The countries that a number may be of: the one in front, and the community's. None for an empty number.

    Both, because two letters in front need not be a country: French numbers may begin with any.
    """
    if not _plain(number):
        return
    in_front = country_in_front(number)
    if in_front:
        yield in_front
    if country and country != in_front:
        yield country


def _plain(number: str) -> str:
    return str(clean(number, " -./:")).upper()


def _is_valid(module: Any, number: str) -> bool:
    try:
        return bool(module.validate(number))
    except ValueError:  # stdnum's own error is one, and so are those that odd digits raise inside it
        return False
