"""People, firms, places and tax numbers that do not exist, for demo communities.

Given names are common ones; surnames and places are put together from syllables, and a likeness is chance.
Tax numbers have right check digits and say at a glance that they are made up: the office in a VAT number is
999, the place of birth in a codice fiscale is Z999, which is no place. Telephone numbers begin with 0000,
which no Italian number does. Everything is drawn from the `Random` that is handed in, in a fixed order.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from random import Random

from stdnum import luhn
from stdnum.it import codicefiscale

_WOMEN = "Anna Bianca Caterina Chiara Elena Federica Giulia Irene Lucia Marta Nadia Paola Rosa Silvia"
_MEN = "Andrea Carlo Davide Enrico Fabio Giorgio Ivan Luca Marco Nicolò Paolo Pietro Remo Stefano Tommaso"
_SURNAME_SYLLABLES = (
    "Bel Bor Bru Cas Cor Dal Fer Gal Lan Mar Mon Per Ros Sal Tor Val Vez Zan",
    "bas cel dor gon lar mol ner tir van ver zal",
    "ani ardi ato elli er esi etti ini oni",
)
_PLACE_SYLLABLES = (
    "Bre Cal Fal Lu Mor Na Pra Ron Sel Te Vi Zo",
    "dar gna lom mer nel rim sar ter ven vor",
    "ago ana asco ate engo ina ola one ora",
)

# Each with whether a woman bears it.
GIVEN_NAMES = tuple(
    (name, female) for names, female in ((_WOMEN, True), (_MEN, False)) for name in names.split()
)
SURNAMES = tuple(
    "".join(parts) for parts in product(*(syllables.split() for syllables in _SURNAME_SYLLABLES))
)
_PLACES = tuple("".join(parts) for parts in product(*(syllables.split() for syllables in _PLACE_SYLLABLES)))
STREETS = tuple(
    f"{kind} {name}"
    for kind, names in (
        ("Via", ("dei Larici", "del Mulino", "della Segheria", "delle Fontane", "dei Prati", "del Forno")),
        ("Via", ("San Velio", "della Stazione", "dei Faggi", "delle Ginestre", "del Torrente", "Alpina")),
        ("Vicolo", ("del Pozzo", "dei Tintori", "della Torre")),
        ("Piazza", ("della Chiesa", "del Municipio", "della Fontana")),
        ("Località", ("Maso Alto", "Prà Lungo", "Campo di Sopra", "Le Coste")),
    )
    for name in names
)
# What an organisation is called in front of the name of its village, what it is to schema.org, and its
# tariff.
ORGANISATIONS = (
    ("Comune di {}", "schema:GovernmentOrganization"),
    ("Scuola primaria di {}", "schema:EducationalOrganization"),
    ("Parrocchia di San Velio in {}", "schema:Organization"),
    ("Polisportiva {}", "schema:NGO"),
    ("Panificio {}", "schema:LocalBusiness"),
    ("Albergo {}", "schema:LocalBusiness"),
    ("Falegnameria {}", "schema:LocalBusiness"),
    ("Azienda agricola {}", "schema:LocalBusiness"),
    ("Caseificio sociale {}", "schema:Corporation"),
    ("Segheria {} S.r.l.", "schema:Corporation"),
)
_MONTHS = "ABCDEHLMPRST"
_NO_PLACE = "Z999"
_NO_OFFICE = "999"


def places(rng: Random, count: int) -> list[str]:
    """That many different names of villages, at most 1,080."""
    return rng.sample(_PLACES, count)


def outlines(rng: Random, count: int) -> list[list[list[float]]]:
    """The outlines of that many areas, side by side along a valley somewhere in the Italian Alps.

    Each is one ring as in RFC 7946: `[longitude, latitude]` in degrees, closed, counter-clockwise, without
    crossing itself. Neighbours share the very points of their border.
    """
    lon, lat = rng.uniform(9.6, 12.4), rng.uniform(45.9, 46.6)
    course = rng.uniform(-1.2, 1.2)  # radians from north, towards east
    stretch = 1 / math.cos(math.radians(lat))  # a degree of longitude is so much shorter than one of latitude

    def place(along: float, across: float) -> list[float]:
        """A point so many degrees of latitude up the valley and to its right, give or take a little."""
        along, across = along + rng.uniform(-0.004, 0.004), across + rng.uniform(-0.004, 0.004)
        east = along * math.sin(course) + across * math.cos(course)
        north = along * math.cos(course) - across * math.sin(course)
        return [round(lon + east * stretch, 5), round(lat + north, 5)]

    borders = [[place(0.05 * area, 0.015 * step) for step in range(-2, 3)] for area in range(count + 1)]
    left = [[place(0.05 * area + 0.0125 * step, -0.036) for step in (1, 2, 3)] for area in range(count)]
    right = [[place(0.05 * area + 0.0125 * step, 0.036) for step in (1, 2, 3)] for area in range(count)]
    return [
        [*borders[area], *right[area], *borders[area + 1][::-1], *left[area][::-1], borders[area][0]]
        for area in range(count)
    ]


def fiscal_code(rng: Random, surname: str, name: str, female: bool) -> str:
    """The Italian codice fiscale (16 characters) of a grown-up person, born in no place."""
    day = rng.randrange(1, 29) + (40 if female else 0)
    born = f"{rng.randrange(40, 100):02}{rng.choice(_MONTHS)}{day:02}"
    code = f"{_three_letters(surname, given=False)}{_three_letters(name, given=True)}{born}{_NO_PLACE}"
    return code + codicefiscale.calc_check_digit(code)


def vat_number(rng: Random) -> str:
    """An Italian partita IVA: eleven digits, of no tax office. A body's codice fiscale has the same form."""
    digits = f"{rng.randrange(1, 10_000_000):07}{_NO_OFFICE}"
    return digits + luhn.calc_check_digit(digits)


def telephone(rng: Random) -> str:
    """A telephone number that reaches nobody."""
    return f"+39 0000 {rng.randrange(1_000_000):06}"


@cache
def _three_letters(name: str, *, given: bool) -> str:
    """The three letters that stand for a name: its consonants, then its vowels, then X.

    Of four or more consonants in a given name, the second is left out. (Decree of the Italian Ministry of
    Finance of 23 December 1976.)
    """
    letters = name.upper().replace("Ò", "O")
    consonants = [letter for letter in letters if letter not in "AEIOU"]
    if given and len(consonants) > 3:
        del consonants[1]
    vowels = [letter for letter in letters if letter in "AEIOU"]
    return "".join([*consonants, *vowels, "X", "X"][:3])
