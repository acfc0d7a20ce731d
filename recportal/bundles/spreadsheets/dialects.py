"""How a spreadsheet program of some country writes and reads a table."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Dialect:
    """The sign between cells and, what goes with it, the sign before decimals; and the language of headers.

    Without a ``language`` headers and words are the technical ones, which never change.
    """

    delimiter: str
    decimal: str
    language: str = ""


#: Programs set to Italian keep the comma for decimals, and so put semicolons between cells.
FOR_LANGUAGE: Final = {"en": Dialect(",", ".", "en"), "it": Dialect(";", ",", "it")}


def dialect_of(language: str) -> Dialect:
    return FOR_LANGUAGE.get(language.partition("-")[0], FOR_LANGUAGE["en"])
