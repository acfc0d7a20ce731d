"""What no upload keeps: passwords and bank data, which many lists of members hold."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from stdnum import iban

from recportal.documents.faults import Path, say
from recportal.documents.text import shown
from recportal.records.fields import fold
from recportal.text import SEPARATORS, bare

from .bundle import Bundle
from .faults import BundleUnreadable, FileFault, add, overflowed
from .parsing import decoded
from .spreadsheets.reading import find_header, rows_of

#: Words and phrases of a header or key, without accents and in small letters.
_PHRASES: Final = re.compile(
    r"\b(pwd|pass word|passwd|passphrase|kenn wort|mot de passe|parola d ordine|codigo secreto"
    r"|iban|bic|swift|bank|banca|banco|banque|blz|rib|sort code|konto|conto corrente|conto bancario"
    r"|numero (?:di )?conto|cuenta|compte bancaire|numero de compte|bank account|account number|credit card"
    r"|carta di credito|kreditkarte|carte bancaire|tarjeta)\b"
)
#: Parts of words: German joins them.
_STEMS: Final = re.compile(
    r"passwor|kennwort|contrasen|kontonummer|kontonr|bankverbindung|bankleitzahl|bancari[aoe]"
)
_BOUNDARY: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_\d]+")
#: Letters of a word that stand alone: `I.B.A.N.`
_SPACED: Final = re.compile(r"\b(\w) (?=\w\b)")
_IBAN: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")
#: An IBAN within other words: in one piece, or in groups of four as it is printed.
_IBAN_AMONG_WORDS: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}"
    r"(?:[A-Za-z0-9]{11,30}|(?:[ -][A-Za-z0-9]{4}){2,7}(?:[ -][A-Za-z0-9]{1,3})?)(?![A-Za-z0-9])"
)
_BETWEEN_GROUPS: Final = re.compile("[ -]")
_LONGEST_PRINTED: Final = 80
_DEEPEST: Final = 32


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a header or key announces a password or bank data, in one of the languages of our users."""
    words = " ".join(fold(_BOUNDARY.sub(" ", bare(name[:200]))).split())
    words = _SPACED.sub(r"\1", words)
    return bool(_PHRASES.search(words) or _STEMS.search(words))


def has_iban(text: str) -> bool:
    """Whether the number of a bank account stands in a text: its check digits say so."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", bare(text))
    if len(text) <= _LONGEST_PRINTED and _is_iban(SEPARATORS.sub("", text)):
        return True
    return any(_begins_with_iban(match[0]) for match in _IBAN_AMONG_WORDS.finditer(text))


def _begins_with_iban(words: str) -> bool:
    """Whether the first groups are one: words that follow may look like more of them."""
    groups = _BETWEEN_GROUPS.split(words)
    return any(_is_iban("".join(groups[:count])) for count in range(1, len(groups) + 1))


def _is_iban(number: str) -> bool:
    if not _IBAN.fullmatch(number):
        return False
    # The check digits first: they are quickly computed, and wrong for nearly all that is no IBAN.
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return int(digits) % 97 == 1 and bool(iban.is_valid(number))


def without_secrets(content: bytes) -> tuple[bytes, list[str]]:
    """A table whose cells with passwords and bank data are empty, and the headers of their columns.

    All of a column with such a header, and everywhere else the cells that hold an IBAN. A file that cannot be
    read as a table is given back as it is: it is refused, and not kept at all.
    """
    try:
        text = decoded(content)
        header = find_header(text)
        columns = {index for index, name in enumerate(header.names) if is_secret_name(name)}
        emptied: set[int] = set()
        kept = io.StringIO(newline="")
        write = csv.writer(kept, delimiter=header.dialect.delimiter).writerow
        for number, row in enumerate(rows_of(text, header.dialect), 1):
            for index, cell in enumerate(row):
                if cell and number != header.row and (index in columns or has_iban(cell)):
                    row[index] = ""
                    emptied.add(index)
            write(row)
    except (BundleUnreadable, csv.Error):
        return content, []
    if not emptied:
        return content, []
    names = header.names
    emptied_names = [names[index] if index < len(names) else str(index + 1) for index in sorted(emptied)]
    return kept.getvalue().encode(), [shown(name) for name in emptied_names]


def refuse_secrets(bundle: Bundle) -> None:
    """Add a fault for each password and each bank account that the open parts of the records hold."""
    for path in _secrets(bundle):
        message = _("Passwords and bank data are not kept here: leave “%(name)s” out.")
        add(bundle.faults, FileFault(path, "secret", say(message, name=shown(str(path[-1])))))
        if overflowed(bundle.faults):
            return


def _secrets(bundle: Bundle) -> Iterator[Path]:
    yield from _below(bundle.community, ("community",))
    for section, records in (("members", bundle.members), ("assets", bundle.assets)):
        for key, record in records.items():
            yield from _below(record, (section, key))


def _below(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, str):
        if has_iban(value):
            yield path
    elif len(path) > _DEEPEST:
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            if item not in (None, "", [], {}) and is_secret_name(key):
                yield (*path, key)
            else:
                yield from _below(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(item, (*path, index))
