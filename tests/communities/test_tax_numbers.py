"""VAT numbers and fiscal codes. The valid numbers are the examples in the documentation of python-stdnum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.tax_numbers import country_in_front, fiscal_code_problem, vat_problem


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("00743110157", "IT"),
        ("IT 00743110157", ""),
        ("it-00743110157", "AT"),
        ("IT00743110157", "IT"),
        ("ATU 57194903", "IT"),
        ("FR 61 954 506 077", ""),
        ("EL094259216", ""),
        ("B-58378431", "ES"),
        ("12345", "ZZ"),
        ("12345", ""),
        ("", "IT"),
        (" ", "IT"),
    ],
)
def test_vat_number_that_fits_or_cannot_be_judged(number: str, country: str) -> None:
    assert vat_problem(number, country) is None


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("00743110158", "IT"),
        ("IT0123456789", ""),
        ("ATU57194904", "IT"),
        ("unknown", "IT"),
        ("²", "IT"),
    ],
)
def test_vat_number_that_does_not_fit(number: str, country: str) -> None:
    assert str(vat_problem(number, country)).startswith("This is not")


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("RCCMNL83S18D969H", "IT"),
        ("rcc mnl 83s18 d969h", "IT"),
        ("00743110157", "IT"),
        ("IT00743110157", ""),
        ("54362315-K", "ES"),
        ("36 574 261 809", "DE"),
        ("something", "SE"),
        ("something", ""),
        ("", "IT"),
    ],
)
def test_fiscal_code_that_fits_or_cannot_be_judged(number: str, country: str) -> None:
    assert fiscal_code_problem(number, country) is None


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("RCCMNL83S18D969A", "IT"),
        ("RCCMNL83S18D969", "IT"),
        ("00743110158", "IT"),
        ("54362315Z", "ES"),
    ],
)
def test_fiscal_code_that_does_not_fit(number: str, country: str) -> None:
    assert str(fiscal_code_problem(number, country)).startswith("This is not")


def test_the_sentence_names_the_country() -> None:
    assert "AT" in str(vat_problem("ATU1", "IT"))
    assert "IT" in str(fiscal_code_problem("1", "IT"))


@pytest.mark.parametrize(
    ("number", "country"), [("IT1", "IT"), ("el 1", "GR"), ("XI1", "GB"), ("QQ1", ""), ("01", ""), ("", "")]
)
def test_country_in_front(number: str, country: str) -> None:
    assert country_in_front(number) == country


@given(
    st.sampled_from(["IT", "ES", "FR", "DE", "AT", "PT", "GR", "GB", "CH", "IN", "ZZ", ""]),
    st.text(st.sampled_from("0123456789ABEX²٣ .-/\x00é"), max_size=18),
    st.booleans(),
)
def test_no_text_breaks_it(country: str, text: str, in_front: bool) -> None:
    number = country + text if in_front else text
    vat_problem(number, country)
    fiscal_code_problem(number, country)
