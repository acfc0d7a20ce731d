"""Passwords and bank data: recognized, and taken out of a table before it is kept."""

from __future__ import annotations

import pytest

from recportal.bundles.withheld import has_iban, is_secret_name, without_secrets

pytestmark = pytest.mark.once  # no database

#: The example of the standard's own registry, with right check digits.
IBAN = "GB82 WEST 1234 5698 7654 32"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password portale", "PWD", "userPassword", "Passwort", "Kennwort", "Contraseña",
        "Mot de passe", "IBAN", "extra.iban", "iban_socio", "BIC/SWIFT", "Banca", "Conto corrente n.",
        "I B A N", "I.B.A.N.", "IB\u200bAN", "Pass\u00adwort", "pass word", "Kenn-Wort", "Numero di conto",
        "Coordinate bancarie", "Kontonummer", "Bankverbindung", "Compte bancaire", "Cuenta", "Konto-Nr.",
    ],
)  # fmt: skip
def test_names_of_secrets_are_recognized(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "key", "name", "Nome", "POD", "delivery_point_1_id", "Codice fiscale", "phone", "Account",
        "Passaporto", "Bancone", "pagamento per conto di", "Potenza di picco (kWp)", "Swiftlet",
        "cabina primaria", "P.O.D.", "Compass Word", "",
    ],
)  # fmt: skip
def test_other_names_are_left_alone(name: str) -> None:
    assert not is_secret_name(name)


def test_an_iban_is_known_by_its_check_digits() -> None:
    assert has_iban(IBAN)
    assert has_iban(IBAN.replace(" ", ""))
    assert not has_iban(IBAN.replace("82", "83"))
    assert not has_iban("IT001E12345678")  # a delivery point


@pytest.mark.parametrize(
    "text",
    [
        IBAN.replace(" ", "-"), IBAN.replace(" ", "\u00a0"), IBAN.replace(" ", "\u200b"), f"'{IBAN}",
        IBAN.lower(), f"IBAN: {IBAN}", f"pays from {IBAN.replace(' ', '')}, each May", f"({IBAN}) Anna",
        "\uff27\uff2282 WEST 1234 5698 7654 32",
    ],
)  # fmt: skip
def test_an_iban_is_found_however_it_is_written(text: str) -> None:
    assert has_iban(text)


@pytest.mark.parametrize(
    "text", [f"X{IBAN}", f"{IBAN}1", "DE 00056 26680 2AO6G56M11SN51G21M24S", "did:web:gb82.example", "GB82"]
)
def test_other_numbers_are_no_iban(text: str) -> None:
    assert not has_iban(text)


def test_a_table_loses_the_cells_and_nothing_else() -> None:
    table = f'List of May\nkey;name;Passwort;Note\nm-1;"Anna; B";geheim;{IBAN}\n\nm-2;Ugo;;call\n'
    kept, columns = without_secrets(table.encode())
    assert columns == ["Passwort", "Note"]
    assert kept.decode().splitlines() == [
        "List of May", "key;name;Passwort;Note", 'm-1;"Anna; B";;', "", "m-2;Ugo;;call",
    ]  # fmt: skip


def test_a_table_without_secrets_is_kept_byte_by_byte() -> None:
    table = b'\xef\xbb\xbfkey,name\n"m-1",Anna\n'
    assert without_secrets(table) == (table, [])


def test_a_file_that_is_no_table_is_given_back() -> None:
    assert without_secrets(b"\xff\xfe") == (b"\xff\xfe", [])
