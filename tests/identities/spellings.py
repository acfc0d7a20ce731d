"""One identity in many spellings: what copying, spreadsheets and keyboards make of it."""

from collections.abc import Callable
from random import Random
from typing import Final

from members.identifiers import TYPES, generate

_FULL_WIDTH_LETTERS: Final = {
    code: code + 0xFEE0 for code in range(ord("A"), ord("z") + 1) if chr(code).isalpha()
}
_FULL_WIDTH_DIGITS: Final = {code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)}


def _inside(mark: str) -> Callable[[str], str]:
    return lambda text: f"{text[:4]}{mark}{text[4:]}"


#: What nobody sees, or what is another character for the same: no id is another for it.
UNSEEN: Final[dict[str, Callable[[str], str]]] = {
    "bidi mark": lambda text: f"\u2066{text}\u2069",
    "right-to-left mark inside": _inside("\u200f"),
    "zero-width blank": _inside("\u200b"),
    "zero-width joiner": _inside("\u200d"),
    "zero-width non-joiner": _inside("\u200c"),
    "word joiner": _inside("\u2060"),
    "soft hyphen": _inside("\u00ad"),
    "byte order mark": lambda text: f"\ufeff{text}",
    "variation selector": _inside("\ufe0f"),
    "Hangul filler": _inside("\u3164"),
    "tag character": _inside("\U000e0041"),
    "blanks around": lambda text: f" {text}\t",
    "no-break blanks around": lambda text: f"\u00a0{text}\u202f",
    "full-width letters": lambda text: text.translate(_FULL_WIDTH_LETTERS),
    "full-width digits": lambda text: text.translate(_FULL_WIDTH_DIGITS),
}
#: What does not count in the id of a delivery point of any type.
OF_POINTS: Final[dict[str, Callable[[str], str]]] = {
    **UNSEEN,
    "lower case": str.lower,
    "capitals": str.upper,
    "apostrophe": lambda text: f"'{text}",
    "typographic apostrophe": lambda text: f"\u2019{text}",
}
#: What does not count where a type has a rule, and is part of an id of type ``other``.
SEPARATED: Final[dict[str, Callable[[str], str]]] = {
    "blank": _inside(" "),
    "no-break blank": _inside("\u00a0"),
    "underscore": _inside("_"),
    "stroke": _inside("/"),
    "point": _inside("."),
    "middle dot": _inside("\u00b7"),
    "comma": _inside(","),
    "grave accent in front": lambda text: f"`{text}",
    "acute accent in front": lambda text: f"\u00b4{text}",
    "quotes": lambda text: f'"{text}"',
    "formula of a text": lambda text: f'="{text}"',
    "brackets": lambda text: f"({text});",
    **{
        f"dash U+{ord(dash):04X}": _inside(dash)
        for dash in "-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
    },
}
_NAMES: Final = {"zp": ("Zählpunkt: ", "ZP "), "prm": ("PDL n. ", "PRM: "), "malo": ("MaLo-ID ", "malo:")}
#: The long form of the ids that have one.
_LONG: Final[dict[str, Callable[[str], str]]] = {
    "pod": lambda text: f"{text}7",
    "cups": lambda text: f"{text}1F",
    "mpan": lambda text: f"S 00 111 222 {text}",
}


def points() -> dict[str, str]:
    """Type → an id of a point that does not exist; that of ``other`` has the form of no type."""
    rng = Random(7)
    return {**{kind: generate(kind, rng) for kind in TYPES}, "other": "DP-1-11"}


def spellings_of(kind: str, name: str) -> dict[str, str]:
    """The spellings of one delivery point by what is odd about them, its own left out."""
    made = {what: spell(name) for what, spell in OF_POINTS.items()}
    if kind != "other":
        made |= {what: spell(name) for what, spell in SEPARATED.items()}
        prefixes = _NAMES.get(kind, (f"{kind.upper()} ", f"{kind}: ", f"{kind.upper()}:"))
        made |= {f"prefix {prefix}": f"{prefix}{name}" for prefix in prefixes}
        if name.isdigit():
            made["number of a program"] = f"{name}.0"
        if kind in _LONG:
            made["long form"] = _LONG[kind](name)
    return {what: spelled for what, spelled in made.items() if spelled != name}


#: The words for a type as people write them.
TYPE_WORDS: Final = {
    "zp": ("ZP", " zp", "Zählpunkt", "zaehlpunkt", "\u200bZP", "\uff3a\uff30", "Zp-Nr."),
    "pod": ("POD", "Codice POD", "punto di prelievo"),
    "cups": ("CUPS", "código CUPS"),
    "prm": ("PRM", "PDL", "point de livraison"),
    "cpe": ("CPE", "código de ponto de entrega"),
    "malo": ("MaLo", "MaLo-ID", "Marktlokation"),
    "melo": ("MeLo", "Messlokation"),
    "ean": ("EAN", "EAN-18"),
    "mpan": ("MPAN", "meter point"),
    "other": ("Other", "altro", "otro"),
}
