"""What spreadsheet programs leave in a cell in place of its content: error values, and days made of texts."""

import re
from typing import Final

#: The error values that we know, in small letters, whichever program and language wrote them.
_ERRORS: Final = """
#n/a #n/d #nv #n/b #ref! #rif! #bezug! #¡ref! #verw! #name? #nome? #¿nombre? #nombre? #nom? #naam?
#value! #valore! #wert! #¡valor! #valor! #valeur! #waarde! #div/0! #¡div/0! #deling.door.0! #deel/0!
#num! #zahl! #¡num! #nombre! #núm! #getal! #null! #nullo! #¡nulo! #nulo! #nul! #leeg! #spill!
#espansione! #überlauf! #¡desbordamiento! #desbordamiento! #propagation! #epars! #despejar!
#transposição! #overlopen! #overloop! #getting_data #estrazione_dati_in_corso #daten_abrufen
#obteniendo_datos #chargement_donnees #chargement_données #obtention_donnees #obtention_données
#obtendo_dados #gegevens.ophalen #calc! #field! #blocked! #connect! #busy! #external! #unknown!  #error!
#errore! #fmt
"""
_KNOWN: Final = frozenset(_ERRORS.split())
#: Their kin in other languages: one word in capitals with a mark at its end.
_MARKED: Final = re.compile(r"#[¡¿]?[^\W\d_](?:[^\W_]|[/._]){0,30}[!?]")
#: #N/A in other languages, such as #I/T.
_NOT_AVAILABLE: Final = re.compile(r"#[^\W\d_]/[^\W\d_]")
#: LibreOffice's, by number: Err:502, Errore:502, Fehler:502.
_NUMBERED: Final = re.compile(r"#?(?:err|errore|error|erreur|erro|fehler|fout):5[0-9]{2}")
#: The column was too narrow for a number or a day when it was copied or printed.
_TOO_NARROW: Final = re.compile(r"#{3,}")

#: The words for months that programs take for part of a day, short and long (CLDR), in small letters.
_MONTHS: Final = """
gen feb mar apr mag giu lug ago set ott nov dic gennaio febbraio marzo aprile maggio giugno luglio
agosto  settembre ottobre novembre dicembre jan jän mär mrz mai jun jul aug sep sept okt dez jänner
januar februar  märz april juni juli august september oktober november dezember ene may oct enero marzo
abril mayo junio  julio septiembre octubre noviembre diciembre janv févr mars avr juin juil août déc
janvier février avril  juillet septembre octobre novembre décembre fev abr out dez janeiro fevereiro
março maio junho julho  setembro outubro novembro dezembro january february march june july october
december
"""
_MONTH: Final = "|".join(sorted(set(_MONTHS.split()), key=len, reverse=True))
_WITH_MONTH: Final = re.compile(rf"({_MONTH})\.?[ -]?([0-9]{{1,4}})|([0-9]{{1,4}})[ -]?({_MONTH})\.?")


def is_error_value(cell: str) -> bool:
    """Whether the cell, as a whole, is what a program writes where it has no content to show."""
    if len(cell) > 40 or not (cell.startswith("#") or ":5" in cell):
        return False
    word = cell.casefold()
    if word in _KNOWN or (cell == cell.upper() and _MARKED.fullmatch(cell)):
        return True
    return any(kin.fullmatch(word) for kin in (_NOT_AVAILABLE, _NUMBERED, _TOO_NARROW))


def day_in(text: str) -> tuple[str, int] | None:
    """The month, in small letters, and the number of a text of which a program that opens a CSV makes a day.

    ``mar-01`` comes back as ``01-mar``: both are ("mar", 1).
    """
    if len(text) > 20 or not (text[:1].isdigit() or text[-1:].isdigit()):
        return None  # most texts, at no cost
    match = _WITH_MONTH.fullmatch(text.casefold())
    return (match[1] or match[4], int(match[2] or match[3])) if match else None
