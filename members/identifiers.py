"""What the number of a delivery point looks like, country by country.

Three functions share one shape, a type and an id: `compact` gives the code two spellings are compared by,
`problem` says why an id does not look like its type, `generate` makes a fictional one. Beside them,
`possible_codes` are those of an id whose type is not known, as in a look-up. `python-stdnum` knows
only the Spanish CUPS; the others are the few lines below, after the public rules of the grids named beside
them.

An id that does not look like its type is never refused: real and pseudonymous registers hold ids of other
shapes, so the answer is a sentence for a notice. The type is given, never guessed.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from stdnum.es import cups

from recportal.documents.schemas import schema
from recportal.text import KnownWords, compared, compared_without_case

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_POD = re.compile(r"it[0-9]{3}e[a-z0-9]{8}[a-z0-9]?")
_POD_WITH_DIGITS = re.compile(r"it[0-9]{3}e[0-9]{8}[a-z0-9]?")
_PDR = re.compile(r"[0-9]{14}")
_CUPS = re.compile(r"es[0-9]{16}[a-z]{2}(?:[0-9][fprcxyz])?")
_PRM = re.compile(r"[0-9]{14}")
_CPE = re.compile(r"pt[0-9]{16}[a-z]{2}")
_MALO = re.compile(r"[1-9][0-9]{10}")
_METERING_POINT = re.compile(r"(?:at|de)[0-9]{11}[a-z0-9]{20}")
_AUSTRIAN = re.compile(r"at[a-z0-9]{31}")
_EAN = re.compile(r"[0-9]{18}")
# The eight digits in front of the core tell the profile and the tariff; the bill prints an S before them.
_MPAN = re.compile(r"(?:s?[0-9]{8})?([0-9]{13})")

_FORMS = {
    "pod": _POD,
    "cups": _CUPS,
    "prm": _PRM,
    "cpe": _CPE,
    "malo": _MALO,
    "melo": _METERING_POINT,
    "zp": _METERING_POINT,
    "ean": _EAN,
    "mpan": _MPAN,
}
_ZAEHLPUNKT = r"zp|z(?:ä|ae|a)hlpunkt(?:e?nummer|bezeichnung)?"
#: What stands in front of an id on bills and in lists, without separators.
_PREFIXES = {
    kind: re.compile(rf"(?:{words})(?:id|code|nr|no|n)?")
    for kind, words in {
        "pod": r"(?:codice|punto)?pod",
        "cups": r"(?:c(?:ó|o)digo|codi)?cups",
        "prm": r"(?:prm|pdl)+",
        "cpe": r"(?:c(?:ó|o)digo)?cpe",
        "malo": "malo|marktlokation",
        "melo": f"melo|messlokation|{_ZAEHLPUNKT}",
        "zp": _ZAEHLPUNKT,
        "ean": r"ean(?:18)?",
        "mpan": r"mpan(?:core)?",
    }.items()
}
#: In front of an id that shows by its form what it is, whatever its type says.
_PREFIX = re.compile(
    "(?:"
    + "|".join(_PREFIXES[kind].pattern for kind in ("pod", "cups", "cpe", "melo"))
    + ")(?=(?:it|es|pt|at|de)[0-9])"
)
_SIGNS = re.compile(r"[\W_]+")
#: What programs add that take an id of digits for a number.
_FLOAT = re.compile(r"[0-9]\.0\Z")
_APOSTROPHES = "'\u2018\u2019\u02bc"
#: Where the digits stand in the forms that are not digits alone.
_DIGITS = {"pod": (2, 14), "cups": (2, 18), "cpe": (2, 18), "melo": (2, 13), "zp": (2, 13)}
_LOOK_ALIKES = str.maketrans({"o": "0", "i": "1", "l": "1"})

_POD_COMPARED = 14
_CUPS_COMPARED = 20
_MPAN_CORE = 13
_MPAN_PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)  # eleven is left out


def compact(point_type: str, point_id: str) -> str:
    """The code of a delivery point, by which spellings are compared and holdings held.

    In Unicode's compatibility form and case-folded, and of a type with a rule also without separators
    (whatever is no letter or digit: blanks, hyphens, quotes) and without the type's name in front; an Italian
    POD on its first 14 characters, a Spanish CUPS on its first 20 and a British MPAN on the 13 digits of its
    core, since the rest checks the others or does not belong to the point.

    An id that has the form of a POD, CUPS, CPE or German or Austrian metering point is one, whatever its type
    says: a point must not be held twice by being filed under two types. Of any other id without a rule, such
    as `DP-1-11`, separators are part, but for the spreadsheet's apostrophe in front. An id of nothing but
    separators is kept as it is, so that `-` and `.` do not become one point.
    """
    kind = known_type(point_type)
    text = compared_without_case(point_id)
    squeezed = _squeeze(text)
    if kind in _CHECKS:
        if _FLOAT.search(text) and _FORMS[kind].fullmatch(squeezed[:-1]):
            squeezed = squeezed[:-1]
        return _core(kind, squeezed) or text
    return _unmistakable(squeezed) or text.lstrip(_APOSTROPHES).strip() or text


def possible_codes(point_id: str) -> set[str]:
    """The codes that a point with this id may have, where its type is not known."""
    shape = _unmistakable(_squeeze(compared_without_case(point_id)))
    return {shape} if shape else {compact(kind, point_id) for kind in ("", *TYPES)}


def held_codes(kind: str, name: str) -> set[str]:
    """The codes that a holding of this kind may have for what people call ``name``."""
    return possible_codes(name) if kind == "delivery_point" else {compared(name)}


def known_type(point_type: str) -> str:
    """A type as the schema has it: `zp` for `ZP` or `Zählpunkt`; another word as it is."""
    return _type_words().known(point_type)


@cache
def _type_words() -> KnownWords:
    points = schema("members/delivery_points")
    words = points.words_of(points.definition["items"]["properties"]["type"])
    assert words is not None
    return words


def _core(kind: str, code: str) -> str:
    """What of a code names the point."""
    bare = _bare(kind, code)
    mpan = _MPAN.fullmatch(bare) if kind == "mpan" else None
    return mpan[1] if mpan else _unmistakable(bare) or bare


def _bare(kind: str, code: str) -> str:
    """The code without the name of its type in front, where what follows has the type's form: an id such as
    `POD-1` of a register with ids of its own is kept.
    """
    named = _PREFIXES[kind].match(code)
    return code[named.end() :] if named and _FORMS[kind].fullmatch(code, named.end()) else code


def _unmistakable(code: str) -> str:
    """The code that names a point of a form that no other kind of id has; empty for another form."""
    named = _PREFIX.match(code)
    code = code[named.end() :] if named else code
    if _POD.fullmatch(code):
        return code[:_POD_COMPARED]
    if _CUPS.fullmatch(code):
        return code[:_CUPS_COMPARED]
    return code if _CPE.fullmatch(code) or _METERING_POINT.fullmatch(code) else ""


def problem(point_type: str, point_id: str) -> _StrPromise | None:
    """Why the id does not look like its type, as one sentence in the reader's language.

    None when it looks right, and for a type without a rule (`other`, or a word of one's own). Separators and
    case are no problem. Never raises, whatever the text.
    """
    kind = known_type(point_type)
    check = _CHECKS.get(kind)
    if check is None:
        return None
    code = _bare(kind, _squeeze(compared_without_case(point_id)))
    trouble = check(code)
    first, last = _DIGITS.get(kind, (0, len(code)))
    digits = code[first:last].translate(_LOOK_ALIKES)
    if trouble and check(code[:first] + digits + code[last:]) is None:
        return _("A letter seems to be in the place of a digit, such as O for 0: please check the bill.")
    return trouble


def generate(point_type: str, rng: Random) -> str:
    """A fictional id that looks like its type, check digits included; the same for the same state of `rng`.

    Where the form names a grid operator, the operator is one that does not exist (`IT999E…`, `ES9999…`,
    `AT999999…`); a MaLo names none. Raises ValueError for a type without a rule. Ids are drawn, not counted:
    who needs many distinct ones has to compare their codes.
    """
    try:
        make = _GENERATORS[point_type.strip().casefold()]
    except KeyError:
        raise ValueError(f"no rule for delivery points of type {point_type!r}") from None
    return make(rng)


def is_austrian(code: str) -> bool:
    """Whether a code (as `compact` gives it) has the Austrian form: `AT` and 31 letters or digits.

    One Austrian point may be in up to five communities at once, so a point of type `zp` with such a code has
    its one holder per community rather than in the whole registry.
    """
    return _AUSTRIAN.fullmatch(code) is not None


def _squeeze(text: str) -> str:
    """The letters and digits of an id. The quotes, brackets and commas of lists belong to none."""
    return _SIGNS.sub("", text)


# Italy: IT, three digits for the grid operator, E, eight characters, an optional fifteenth that checks
# nothing usable.


def _pod_problem(code: str) -> _StrPromise | None:
    if _POD_WITH_DIGITS.fullmatch(code):
        return None
    if _PDR.fullmatch(code):
        return _("Fourteen digits are a gas supply point (PDR); a POD, for electricity, begins with IT.")
    if _POD.fullmatch(code):
        return _("This POD has letters where nearly all have digits: please compare it with the bill.")
    return _("An Italian POD is IT, three digits, E and eight digits, at times with a fifteenth character.")


def _generate_pod(rng: Random) -> str:
    return f"IT999E{_digits(rng, 8)}"


# Spain: ES, sixteen digits, two check letters (modulo 529), and for a point behind another a digit and a
# letter.


def _cups_problem(code: str) -> _StrPromise | None:
    if not _CUPS.fullmatch(code):
        return _(
            "A Spanish CUPS is ES, sixteen digits and two letters, at times with a digit and a letter more."
        )
    if cups.calc_check_digits(code) != code[18:20].upper():
        return _("The two check letters of this CUPS do not fit its digits: one of them is mistyped.")
    return None


def _generate_cups(rng: Random) -> str:
    body = f"ES9999{_digits(rng, 12)}"
    return body + cups.calc_check_digits(body)


# France: fourteen digits. Neither Luhn nor modulo 97 holds for real ones, so that there is no check.


def _prm_problem(code: str) -> _StrPromise | None:
    if not _PRM.fullmatch(code):
        return _("A French PRM has fourteen digits; leading zeros belong to it.")
    return None


def _generate_prm(rng: Random) -> str:
    return f"99{_digits(rng, 12)}"


# Portugal: PT, sixteen digits, two letters. They are said to check the digits, but no independent sample
# confirms how.


def _cpe_problem(code: str) -> _StrPromise | None:
    if not _CPE.fullmatch(code):
        return _("A Portuguese CPE is PT, sixteen digits and two letters.")
    return None


def _generate_cpe(rng: Random) -> str:
    return f"PT9999{_digits(rng, 12)}{_draw(rng, string.ascii_uppercase, 2)}"


# Germany, market location: eleven digits. The last one fills the sum of the digits in odd places and twice
# those in even places up to the next ten; 41373559241 is right.


def _malo_problem(code: str) -> _StrPromise | None:
    if not _MALO.fullmatch(code):
        return _("A German MaLo has eleven digits and does not begin with 0.")
    if code[10] != _malo_check_digit(code[:10]):
        return _("The last digit of this MaLo does not fit the others: one of them is mistyped.")
    return None


def _malo_check_digit(body: str) -> str:
    total = sum(int(digit) for digit in body[0::2]) + 2 * sum(int(digit) for digit in body[1::2])
    return str(-total % 10)


def _generate_malo(rng: Random) -> str:
    body = f"9{_digits(rng, 9)}"
    return body + _malo_check_digit(body)


# Germany and Austria, metering point (Messlokation, Zählpunkt): 33 characters without a check: country, six
# digits for the operator, five for the post code, twenty of the operator's own. Austrian ones are printed
# 2-6-5-20.


def _metering_point_problem(code: str) -> _StrPromise | None:
    if not _METERING_POINT.fullmatch(code):
        return _("A metering point has 33 characters: AT or DE, eleven digits, and twenty letters or digits.")
    return None


def _generate_melo(rng: Random) -> str:
    return f"DE99999999999{_draw(rng, string.digits + string.ascii_uppercase, 20)}"


def _generate_zp(rng: Random) -> str:
    return f"AT99999999999{_draw(rng, string.digits + string.ascii_uppercase, 20)}"


# Netherlands, Belgium, Denmark and others: eighteen digits, a GS1 service relation number (GSRN), checked
# modulo ten with the weights 3 and 1 in turn, from the right.


def _ean_problem(code: str) -> _StrPromise | None:
    if not _EAN.fullmatch(code):
        return _("An EAN code of a delivery point has eighteen digits.")
    if code[17] != _ean_check_digit(code[:17]):
        return _("The last digit of this EAN code does not fit the others: one of them is mistyped.")
    return None


def _ean_check_digit(body: str) -> str:
    total = 3 * sum(int(digit) for digit in body[::-2]) + sum(int(digit) for digit in body[-2::-2])
    return str(-total % 10)


def _generate_ean(rng: Random) -> str:
    body = f"871999{_digits(rng, 11)}"
    return body + _ean_check_digit(body)


# Great Britain: thirteen digits, the core; the full number has eight more in front. The last digit of the
# core is the sum of the twelve before it, each times its prime, modulo eleven modulo ten.


def _mpan_problem(code: str) -> _StrPromise | None:
    if not _MPAN.fullmatch(code):
        return _("A British MPAN has thirteen digits, or twenty-one with the line above.")
    core = code[-_MPAN_CORE:]
    if core[12] != _mpan_check_digit(core[:12]):
        return _("The last digit of this MPAN does not fit the others: one of them is mistyped.")
    return None


def _mpan_check_digit(body: str) -> str:
    total = sum(int(digit) * prime for digit, prime in zip(body, _MPAN_PRIMES, strict=True))
    return str(total % 11 % 10)


def _generate_mpan(rng: Random) -> str:
    body = f"99{_digits(rng, 10)}"
    return body + _mpan_check_digit(body)


def _digits(rng: Random, count: int) -> str:
    return _draw(rng, string.digits, count)


def _draw(rng: Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(alphabet) for _place in range(count))


_CHECKS: dict[str, Callable[[str], _StrPromise | None]] = {
    "pod": _pod_problem,
    "cups": _cups_problem,
    "prm": _prm_problem,
    "cpe": _cpe_problem,
    "malo": _malo_problem,
    "melo": _metering_point_problem,
    "zp": _metering_point_problem,
    "ean": _ean_problem,
    "mpan": _mpan_problem,
}
_GENERATORS: dict[str, Callable[[Random], str]] = {
    "pod": _generate_pod,
    "cups": _generate_cups,
    "prm": _generate_prm,
    "cpe": _generate_cpe,
    "malo": _generate_malo,
    "melo": _generate_melo,
    "zp": _generate_zp,
    "ean": _generate_ean,
    "mpan": _generate_mpan,
}
TYPES = tuple(_CHECKS)
