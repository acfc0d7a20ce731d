"""What no upload keeps: passwords and bank data, which many lists of members hold."""

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from stdnum import iban

from recportal.documents.faults import Path, say
from recportal.documents.text import shown
from recportal.records.fields import fold

from .bundle import Bundle
from .faults import BundleUnreadable, FileFault, add, overflowed
from .parsing import decoded
from .spreadsheets.reading import find_header, rows_of

#: Words and phrases of a header or key, without accents and in small letters.
_PHRASES: Final = re.compile(
    r"\b(pwd|passwd|passphrase|mot de passe|parola d ordine|codigo secreto"
    r"|iban|bic|swift|bank|banca|banco|banque|blz|rib|sort code|konto|conto corrente|conto bancario"
    r"|numero conto|cuenta|compte bancaire|numero de compte|bank account|account number|credit card"
    r"|carta di credito|kreditkarte|carte bancaire|tarjeta)\b"
)
#: Parts of words: German joins them.
_STEMS: Final = re.compile(
    r"passwor|kennwort|contrasen|kontonummer|kontonr|bankverbindung|bankleitzahl|bancari[aoe]"
)
_BOUNDARY: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_\d]+")
_MAYBE_IBAN: Final = re.compile(r"[A-Za-z]{2} ?[0-9]{2}[A-Za-z0-9 ]{11,40}")
_DEEPEST: Final = 32


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a header or key announces a password or bank data, in one of the languages of our users."""
    words = " ".join(fold(_BOUNDARY.sub(" ", name[:200])).split())
    return bool(_PHRASES.search(words) or _STEMS.search(words))


def is_iban(text: str) -> bool:
    """Whether a text is the number of a bank account: its check digits say so."""
    return bool(_MAYBE_IBAN.fullmatch(text.strip())) and iban.is_valid(text)


def without_secrets(content: bytes) -> tuple[bytes, list[str]]:
    """A table whose cells with passwords and bank data are empty, and the headers of their columns.

    All of a column with such a header, and everywhere else the cells that are an IBAN. A file that cannot be
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
                if cell and number != header.row and (index in columns or is_iban(cell)):
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
        if is_iban(value):
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
