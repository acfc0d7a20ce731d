"""Names that mean one and the same, names that are a correction of one another, and others."""

import pytest

from recportal.records.names import near_name, same_name

pytestmark = pytest.mark.once  # no database


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Anna Rossi", "ROSSI ANNA"),
        ("Niccolò Tornaquà", "Niccolo' Tornaqua'"),
        ("D’Aloro Tarcisio", "Tarcisio D'Aloro"),
        ("Dott.ssa Anna Rossi", "Anna Rossi"),
        ("Sig. Rossi", "Rossi"),
        ("Bar Sport S.r.l.", "BAR SPORT SRL"),
        ("Bar Sport", "Bar Sport snc"),
        ("De Luca", "Deluca"),
        ("Müller & Söhne", "Müller, Söhne"),
        ("Straße 5", "STRASSE 5"),
        ("Anna\u00a0 Rossi", "Anna Rossi"),
        ("Dr.", "dr"),
    ],
)
def test_the_same(name: str, other: str) -> None:
    assert same_name(name, other)
    assert same_name(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Mario Rosi", "Mario Rossi"),
        ("Jon Berger", "John Berger"),
        ("Bakery", "Bakery Rossi"),
        ("M. Rossi", "Mario Rossi"),
        ("Anna", "Annalisa"),
        ("Tiziana Tornaquà", "Tiziana Olmigiani Tornaquà"),
        ("Condominio Larici", "Condominio Larici 3"),
    ],
)
def test_a_correction(name: str, other: str) -> None:
    assert not same_name(name, other)
    assert near_name(name, other)
    assert near_name(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Comune di Pontelarno", "Altra Persona 1"),
        ("Comune di Pontelarno", "Comune di Vallescura"),
        ("Zoe Nervetti Sola", "Zoe Tornaquà"),
        ("Anna Rossi", "Anna Russo"),
        ("Altra Persona 1", "Altra Persona 2"),
        ("Condominio Via Roma 3", "Condominio Via Roma 5"),
        ("Member 1", "Member 12"),
        ("Anna", ""),
        ("東京", "大阪"),
    ],
)
def test_others(name: str, other: str) -> None:
    for pair in ((name, other), (other, name)):
        assert not same_name(*pair)
        assert not near_name(*pair)
