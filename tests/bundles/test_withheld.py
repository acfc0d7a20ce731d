"""Passwords and bank data: recognized, and taken out of a table before it is kept."""

from __future__ import annotations

import pytest

from recportal.bundles.withheld import is_iban, is_secret_name, without_secrets

pytestmark = pytest.mark.once  # no database

#: The example of the standard's own registry, with right check digits.
IBAN = "GB82 WEST 1234 5698 7654 32"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password portale", "PWD", "userPassword", "Passwort", "Kennwort", "Contraseña",
        "Mot de passe", "IBAN", "extra.iban", "iban_socio", "BIC/SWIFT", "Banca", "Conto corrente n.",
        "Coordinate bancarie", "Kontonummer", "Bankverbindung", "Compte bancaire", "Cuenta", "Konto-Nr.",
    ],
)  # fmt: skip
def test_names_of_secrets_are_recognized(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "name", "Nome", "POD", "delivery_point_1_id", "Codice fiscale", "phone", "Account",
        "Passaporto", "Bancone", "pagamento per conto di",
        "Potenza di picco (kWp)", "Swiftlet", "cabina primaria",
        "",
    ],
)  # fmt: skip
def test_other_names_are_left_alone(name: str) -> None:
    assert not is_secret_name(name)


def test_an_iban_is_known_by_its_check_digits() -> None:
    assert is_iban(IBAN)
    assert is_iban(IBAN.replace(" ", ""))
    assert not is_iban(IBAN.replace("82", "83"))
    assert not is_iban("IT001E12345678")  # a delivery point


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
