"""Texts as they are stored and as they are compared.

Every text that people or programs give passes here, at whatever door it comes in. What is stored has no
invisible characters and no blanks around it, and is in Unicode's composed form (NFC). What is compared is its
compatibility form (NFKC), in which full-width and ordinary letters are one. Identities (keys, user ids,
sensors, DIDs, ids of grid nodes) are equal when their compared forms are; case counts. E-mail addresses are
compared without case. Delivery points have rules of their own on top: see ``members.identifiers``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

#: What has no shape of its own beside category Cf: the rest of Unicode's ``Default_Ignorable_Code_Point``,
#: and the blank of braille, which looks like nothing and is no white space.
_IGNORABLE: Final = (
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0x2065, 0x2065),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),  # tag characters and more variation selectors
)
_LAST_SCRIPT: Final = 0x1FFFF
_BLACK_FLAG: Final = "\U0001f3f4"
_JOINERS: Final = "\u200c\u200d"
_SELECTORS: Final = "\ufe0e\ufe0f"
_KEYCAP: Final = "\u20e3"
#: The longest compared form, which a column of the database has to take. One character of a text can become
#: eighteen, and a longer form is told from others by a digest.
LONGEST_COMPARED: Final = 512


def _ranges(characters: list[int]) -> str:
    """Code points as a class of a regular expression."""
    found: list[list[int]] = []
    for point in sorted(characters):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)


def _by_category(*categories: str) -> dict[str, list[int]]:
    """The code points of these categories, but for the plane of tags, which ``_IGNORABLE`` has."""
    found: dict[str, list[int]] = {category: [] for category in categories}
    for point, category in enumerate(map(unicodedata.category, map(chr, range(_LAST_SCRIPT + 1)))):
        if category in found:
            found[category].append(point)
    return found


_POINTS: Final = _by_category("Cf", "Pd")
_INVISIBLE_CLASS: Final = _ranges(
    sorted({*_POINTS["Cf"], *(each for low, high in _IGNORABLE for each in range(low, high + 1))})
)
_INVISIBLE: Final = re.compile(f"[{_INVISIBLE_CLASS}]+")
#: In names: the flag of a region, which is one sign made of invisible ones, or any single invisible one.
_INVISIBLE_IN_WORDS: Final = re.compile(
    f"{_BLACK_FLAG}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{1,6}}\U000e007f|[{_INVISIBLE_CLASS}]"
)
#: What people put into an id for reading: blanks, hyphens and dashes of every kind, points, strokes, and the
#: apostrophe that a spreadsheet puts in front of digits. As they are after NFKC.
SEPARATORS: Final = re.compile(rf"[\s._/\\:'\u2018\u2019\u02bc\u2212\u2043{_ranges(_POINTS['Pd'])}]+")


def stored(text: str) -> str:
    """A text that names something, as it is stored: without invisible characters, trimmed, NFC."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def bare(text: str) -> str:
    """A text without any invisible character, for searches."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def visible(text: str) -> str:
    """Words as they are stored, such as a name: as ``stored``, but not trimmed, and with the joiners that
    many scripts need inside a word (ZWJ, ZWNJ) and the invisible parts of emoji.
    """
    if text.isascii():
        return text
    if _INVISIBLE.search(text):
        text = _INVISIBLE_IN_WORDS.sub(_kept_in_words, text)
    return unicodedata.normalize("NFC", text)


def _kept_in_words(match: re.Match[str]) -> str:
    found, text = match[0], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if len(found) > 1:
        return found
    if found in _JOINERS:
        inside = before and after and not before.isspace() and not after.isspace()
        return found if inside and not _INVISIBLE.match(after) and _carries(before) else ""
    if found in _SELECTORS:
        is_symbol = bool(before) and unicodedata.category(before) in {"So", "Sm", "Sk", "Po"}
        return found if is_symbol or (before and after == _KEYCAP) else ""
    return ""


def _carries(before: str) -> bool:
    """Whether a joiner may follow: a visible character, or the selector of an emoji."""
    return before in _SELECTORS or not _INVISIBLE.match(before)


def is_in_order(text: str) -> bool:
    """Whether words are as they would be stored."""
    return text.isascii() or visible(text) == text


def compared(text: str) -> str:
    """The form by which identities are compared. Never longer than ``LONGEST_COMPARED``."""
    text = stored(text)
    return text if text.isascii() and len(text) <= LONGEST_COMPARED else bounded(_compatible(text))


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def compared_without_case(text: str) -> str:
    """As ``compared``, for what means the same in capitals and small letters."""
    text = stored(text)
    if text.isascii():
        return bounded(text.lower())
    return bounded(_compatible(_compatible(text).casefold()))


def address(text: str) -> str:
    """An e-mail address as it is compared."""
    return compared(text).lower()


def bounded(text: str) -> str:
    """A compared form that fits into its column; the end of one that is longer becomes a digest."""
    if len(text) <= LONGEST_COMPARED:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: LONGEST_COMPARED - 65]}#{digest}"


class SameKey(ValueError):
    """Two keys of an object that are one without their invisible characters; ``path`` leads to them."""

    def __init__(self, key: str) -> None:
        self.path: tuple[str | int, ...] = (key,)
        super().__init__(key)


def cleaned(value: Any) -> Any:
    """A JSON value in which every text, keys of objects included, is ``visible``; itself where that changes
    nothing. Raises ``SameKey``.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _same_or(value, visible(value))
    if kind is list:
        items = [_cleaned_below(index, item) for index, item in enumerate(value)]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if kind is not dict:
        return value
    found: dict[Any, Any] = {}
    same = True
    for key, item in value.items():
        name = cleaned(key)
        if name in found:
            raise SameKey(name)
        found[name] = _cleaned_below(name, item)
        same = same and name is key and found[name] is item
    return value if same else found


def _cleaned_below(step: str | int, item: Any) -> Any:
    if type(item) is str:  # most of them are
        return item if item.isascii() else _same_or(item, visible(item))
    try:
        return cleaned(item)
    except SameKey as twice:
        twice.path = (step, *twice.path)
        raise


def _same_or(old: str, new: str) -> str:
    return old if old == new else new


def word(text: str) -> str:
    """A word of a vocabulary as it is compared: without accents, case and separators."""
    letters = unicodedata.normalize("NFKD", stored(text)).casefold()
    return SEPARATORS.sub("", "".join(each for each in letters if not unicodedata.combining(each)))


class KnownWords:
    """The words of a vocabulary, each with the other words that mean the same."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._words = frozenset(words)
        self._by_other: dict[str, str] = {}
        for known, others in words.items():
            for each in others:
                self._by_other.setdefault(word(each), known)
        self._by_other |= {word(known): known for known in words}

    def known(self, text: str) -> str:
        """The known word that ``text`` means; ``text`` itself where it means none."""
        return text if text in self._words else self._by_other.get(word(text), text)


#: Letters of other alphabets that look like Latin ones.
_FOREIGN: Final = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]")
_LATIN: Final = re.compile(r"[A-Za-z0-9]")


def has_look_alikes(text: str) -> bool:
    """Whether letters of another alphabet, Greek or Cyrillic, stand among Latin ones or digits."""
    return not text.isascii() and bool(_FOREIGN.search(text) and _LATIN.search(text))
