"""Whether two names may be one person's, firm's or thing's: those that are only written differently."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from .fields import fold

#: How like two names are at least that differ by a slip of the pen: Rosi and Rossi, Jon and John.
_ALIKE: Final = 0.85
_APOSTROPHES: Final = re.compile("['`\u00b4\u02bc\u2018\u2019]")
#: The points inside of "S.r.l." and after "M.".
_ABBREVIATED: Final = re.compile(r"\b([^\W\d_])\.")
_WORD: Final = re.compile(r"[^\W_]+")
#: Words that stand beside a name, in the languages of the field: titles, and the forms of firms and bodies.
_BESIDE: Final = """
sig ra na signor signora dott ssa dr dottor dottoressa ing ingegner arch geom rag avv prof mag mba msc bsc
phd dipl herr frau fam sr sra srta don dona mme mlle monsieur madame mr mrs ms miss dra eng cav on rev
srl srls spa snc sas ss scarl scrl coop gmbh ag kg ohg gbr ev eg sl sa slu sarl sasu eurl lda ltd llc plc bv
nv
"""
_WORDS_BESIDE: Final = frozenset(_BESIDE.split())


def _words(name: str) -> list[str]:
    """The words of a name as they are compared, in order, without those that only stand beside it."""
    plain = _ABBREVIATED.sub(r"\1", _APOSTROPHES.sub("", fold(name)))
    words = _WORD.findall(plain)
    return [word for word in words if word not in _WORDS_BESIDE] or words


def same_name(name: str, other: str) -> bool:
    """Whether two names differ at most by case, accents, blanks, signs, titles and the order of words."""
    words, others = _words(name), _words(other)
    return sorted(words) == sorted(others) or "".join(words) == "".join(others) != ""


def near_name(name: str, other: str) -> bool:
    """Whether one name is the other one shortened or with more words, or with a slip of the pen in it.

    Numbers are no slips: ``Via Roma 3`` and ``Via Roma 5`` are two houses.
    """
    short, long = sorted((_words(name), _words(other)), key=len)
    numbers, other_numbers = ({word for word in words if not word.isalpha()} for words in (short, long))
    if not short or (numbers and other_numbers and numbers != other_numbers):
        return False
    if _abbreviates(short, long):
        return True
    matcher = SequenceMatcher(None, " ".join(sorted(short)), " ".join(sorted(long)), autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether each word of the one is one of the other, or the beginning of one (either way)."""
    left = list(long)
    for word in short:
        found = next((each for each in left if each == word), None) or next(
            (each for each in left if word.isalpha() and each.isalpha() and _begins(word, each)), None
        )
        if found is None:
            return False
        left.remove(found)
    return True


def _begins(word: str, other: str) -> bool:
    return word.startswith(other) or other.startswith(word)
