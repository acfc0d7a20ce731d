"""Members and assets as tables: out, changed by a cell, and in again."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset
from members.models import Member
from recportal.bundles.spreadsheets import Dialect, Kind, columns_of
from recportal.bundles.spreadsheets.cells import Doubt, Format, guarded, unguarded
from recportal.bundles.spreadsheets.columns import LANGUAGES, column_named, headers

from .register import HOME, imported
from .tables import changed, exported, refusals, run
from .values import json_values, texts

IT, EN = Dialect(";", ",", "it"), Dialect(",", ".", "en")
FORMULAS = [
    "=1+1",
    "+39 041",
    "-5",
    "@x",
    "\tx",
    "'",
    "'=1",
    "01234",
    "123456789012345",
    "1E5",
    "3/4",
    "TRUE",
    "#N/D",
    "########",
    "mar-01",
    "01-MAR",
]
#: As Excel, LibreOffice and Google write them, in six languages, and two of their kin in others.
ERROR_VALUES = """
#N/A #N/D #NV #N/B #REF! #RIF! #BEZUG! #¡REF! #VERW! #NAME? #NOME? #¿NOMBRE? #NOMBRE? #NOM? #NAAM?
#VALUE!  #VALORE! #WERT! #¡VALOR! #VALOR! #VALEUR! #WAARDE! #DIV/0! #¡DIV/0! #DELING.DOOR.0! #DEEL/0!
#NUM! #ZAHL!  #¡NUM! #NOMBRE! #NÚM! #GETAL! #NULL! #NULLO! #¡NULO! #NULO! #NUL! #LEEG! #SPILL!
#ESPANSIONE! #ÜBERLAUF!  #¡DESBORDAMIENTO! #PROPAGATION! #EPARS! #DESPEJAR! #TRANSPOSIÇÃO! #OVERLOPEN!
#GETTING_DATA  #ESTRAZIONE_DATI_IN_CORSO #DATEN_ABRUFEN #OBTENIENDO_DATOS #CHARGEMENT_DONNEES
#OBTENDO_DADOS  #GEGEVENS.OPHALEN #CALC! #FIELD! #BLOCKED! #CONNECT! #BUSY! #EXTERNAL! #UNKNOWN! #ERROR!
#ERRORE! Err:502  Err:540 Errore:502 Fehler:509 #FMT ### ######## #n/d #nome? #VÆRDI! #I/T
"""


@pytest.fixture
def home(db: None) -> None:
    imported(HOME)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["member", "asset"])
def test_an_export_changes_nothing_when_it_is_imported(kind: Kind, language: str) -> None:
    assert changed(run(exported(kind, language))) == {}


@pytest.mark.usefixtures("home")
def test_an_italian_table_is_one_for_an_italian_program() -> None:
    Asset.objects.filter(key="pv-1").update(properties={"capacity_kwp": 4.5})
    lines = exported("asset", "it").splitlines()
    assert lines[0].startswith("\ufeffComunità;Chiave;Nome;")
    assert "Potenza di picco (kWp)" in lines[0]
    assert ";4,5;" in lines[3]
    assert changed(run("\r\n".join(lines).replace("4,5", "6,25"))) == {"pv-1": ["properties.capacity_kwp"]}
    assert Asset.objects.get(key="pv-1").properties == {"capacity_kwp": 6.25}


@pytest.mark.usefixtures("home")
def test_rows_are_found_by_key_and_an_empty_cell_keeps_what_is_there() -> None:
    plan = run("key,name,area,phone\nm-1,Anna Bianchi,,+39 041\nm-3,New,,\n", dry_run=True)
    assert refusals("key,name,area\nm-3,New,\n") == [("required", 2, "")]  # a new member needs a role
    assert plan.refused
    assert changed(run("key,name,area,phone\nm-1,Anna Bianchi,,'+39 041\n")) == {
        "m-1": ["extra.phone", "name"]
    }
    anna = Member.objects.get(key="m-1")
    assert (anna.name, anna.area, anna.extra["phone"]) == ("Anna Bianchi", "north", "+39 041")


@pytest.mark.usefixtures("home")
def test_a_word_takes_values_away() -> None:
    assert changed(run("key;extra.did;area\nm-1;(empty);(VUOTO)\n")) == {"m-1": ["area", "extra.did"]}
    assert changed(
        run("key;delivery_point_1_id;delivery_point_1_type;delivery_points\nm-1;IT999E1;pod;(empty)\n")
    )
    assert Member.objects.get(key="m-1").delivery_points == [{"id": "IT999E1", "type": "pod"}]
    changed(run("key;tilt\npv-1;(empty)\n"))
    assert Asset.objects.get(key="pv-1").properties == {"capacity_kwp": 5}


@pytest.mark.usefixtures("home")
def test_a_delivery_point_is_found_by_its_id_and_not_by_its_group() -> None:
    table = "key,delivery_point_1_id,delivery_point_1_type,delivery_point_2_id,delivery_point_2_address\n"
    changed(run(table + "m-1,IT001E00000777,pod,IT001E00000101,Via Roma 1\n"))
    assert Member.objects.get(key="m-1").delivery_points == [
        {"id": "IT001E00000101", "type": "pod", "address": "Via Roma 1"},
        {"id": "IT001E00000777", "type": "pod"},
    ]


@pytest.mark.usefixtures("home")
def test_what_staff_bring_is_read() -> None:
    above = "Soci della comunità;;;\r\n;;;\r\n"
    table = above + (
        "CHIAVE ; Entrato  il;Uscito il;#note\r\n\r\nm-1;1.2.2024;03/04/2025;x\r\nm-2;\u00a045292 ;;\r\n"
    )
    assert set(changed(run(table))) == {"m-1", "m-2"}
    found = {member.key: member.extra for member in Member.objects.all()}
    assert (found["m-1"]["joined_on"], found["m-1"]["left_on"]) == ("2024-02-01", "2025-04-03")
    assert found["m-2"]["joined_on"] == "2024-01-01"


@pytest.mark.usefixtures("home")
def test_errors_name_their_row_and_column() -> None:
    table = 'key,Peak power (kWp),Tilt (°),Owner\n\npv-1,"1,234",120,m-9\nmeter-1,,,\nmeter-1,,,\n,1,,\n'
    assert refusals(table) == [
        ("ambiguous_number", 3, "Peak power (kWp)"),
        ("key_taken", 5, "key"),
        ("required", 6, "key"),
        ("unknown_member", 3, "Owner"),
        ("too_large", 3, "Tilt (°)"),
    ]
    points = "key;delivery_point_1_id;delivery_point_1_type\nm-2;IT001E00000101;pod\n"
    assert refusals(points) == [("delivery_point_held", 2, "delivery_point_1_id")]


@pytest.mark.usefixtures("home")
def test_a_table_of_another_community_is_caught() -> None:
    other = exported("member").replace("home,", "away,")
    assert {code for code, _row, _column in refusals(other)} == {"other_community"}


@pytest.mark.usefixtures("home")
def test_a_column_that_means_nothing_is_refused_unless_it_is_empty() -> None:
    assert refusals("key,name,note\nm-1,Anna,x\n") == [("unknown_column", 2, "note")]
    assert changed(run("key,name,note\nm-1,Anna,\n")) == {}
    changed(run("key,name,extra.note\nm-1,Anna,x\n"))
    assert Member.objects.get(key="m-1").extra["note"] == "x"


@pytest.mark.usefixtures("home")
def test_digits_stay_text() -> None:
    changed(run("key,extra.fiscal_code,vat number\nm-1,01234567890,'00001\n"))
    extra = Member.objects.get(key="m-1").extra
    assert (extra["fiscal_code"], extra["vat"]) == ("01234567890", "00001")
    assert refusals('key,VAT number\nm-1,"1,23457E+13"\n') == [("number_shortened", 2, "VAT number")]


@pytest.mark.usefixtures("home")
def test_error_values_are_refused_in_every_column() -> None:
    for kind in ("member", "asset"):
        key = "m-1" if kind == "member" else "pv-1"
        for column in columns_of(kind):
            for value in ("#N/D", "#NOME?", "########", " Err:502 "):
                table = (
                    f"key;{column.name}\n{key};{value}\n"
                    if column.name != "key"
                    else f"key;name\n{value};x\n"
                )
                assert refusals(table)[0] == ("error_value", 2, column.name), (column.name, value)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("value", ERROR_VALUES.split())
def test_the_error_values_of_all_languages_are_refused_and_texts_with_such_signs_are_not(value: str) -> None:
    assert refusals(f"key;name\nm-1;{value}\n") == [("error_value", 2, "name")]
    member = Member.objects.get(key="m-1")
    member.name = value
    member.save()
    assert changed(run(exported("member"))) == {}
    for text in (f"{value} SRL", f"Casa {value}", "#1", "Err:5", "#metoo!", "No. #3!", "#!"):
        changed(run(f"key;extra.note\nm-1;{text}\n"))
        assert Member.objects.get(key="m-1").extra["note"] == text


@pytest.mark.usefixtures("home")
def test_a_column_left_out_may_hold_error_values_and_a_header_may_not_be_one() -> None:
    assert changed(run("key;name;#sum;###\nm-1;Anna;#N/D;########\n")) == {}
    assert refusals("key;name;#REF!\nm-1;Anna;x\n") == [("error_value", 1, "#REF!")]
    assert changed(run("key;name;#REF!\nm-1;Anna;\n")) == {}


@pytest.mark.usefixtures("home")
def test_a_key_that_came_back_as_a_date_is_refused() -> None:
    changed(run("key;name;role\nmar-01;Marta;consumer\nset-2;Sara;consumer\n"))
    assert "'mar-01" in exported("member", "it")
    turned = "key;name;role\n01-mar;Marta;consumer\n02-SET;Sara;consumer\n01-apr;New;consumer\n"
    assert refusals(turned) == [("key_turned", 2, "key"), ("key_turned", 3, "key")]
    assert changed(run("key;name;role\n01-apr;New;consumer\nmar-01;Marta B.;consumer\n"))


@pytest.mark.usefixtures("home")
def test_codes_that_have_lost_digits_are_refused_in_every_column_of_text() -> None:
    for kind in ("member", "asset"):
        key = "m-1" if kind == "member" else "pv-1"
        for column in columns_of(kind):
            if {"number", "integer", "json"} & set(column.format.kinds):
                continue
            for value in ("3,33E+09", "1.23457E+13"):
                table = (
                    f"key;{column.name}\n{key};{value}\n"
                    if column.name != "key"
                    else f"key;name\n{value};x\n"
                )
                assert refusals(table)[0] == ("number_shortened", 2, column.name), (column.name, value)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_header"),
        (b"\x00", "null_character"),
        (b"key,name\nm-1,Ann\x00a\n", "null_character"),
        ("key,name\nm-1,Città\n".encode("cp1252"), "not_utf8"),
        ("key,name\nm-1,Anna\n".encode("utf-16"), "not_utf8"),
        (b"PK\x03\x04" + b"\x00" * 50, "not_csv"),
        (b'key,name\nm-1,"Anna\nm-2,Bruno\n', "invalid_csv"),
        (b'key,name\nm-1,"Anna"x\n', "invalid_csv"),
        (b"key,key\n", "repeated_column"),
        (b"key,name,Name\nm-1,a,b\n", "repeated_column"),
        (b"name,role\nAnna,consumer\n", "no_header"),
        (b"key,name\n" + b"m,x\n" * 50_001, "too_many_rows"),
        (b"key,name" + b",x" * 2000 + b"\n", "too_many_columns"),
        (b'key,extra\nm-1,"{""a"": ""\\u0000""}"\n', "null_character"),
        (b'key,extra\nm-1,"' + b"[" * 5000 + b'"\n', "too_deep"),
        (b"key,extra\nm-1,5\n", "wrong_type"),
        (b'key,delivery_points\nm-1,"[{""id"": [1]}]"\n', "wrong_type"),
    ],
)
def test_hostile_files_are_refused(content: bytes, code: str) -> None:
    assert code in [found for found, _row, _column in refusals(content)]


@given(st.one_of(texts, st.sampled_from(FORMULAS)))
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == text


@given(st.floats(-(2**53), 2**53, allow_nan=False) | st.integers(-(2**53) + 1, 2**53 - 1))
def test_every_number_comes_back(value: float) -> None:
    for dialect in (EN, IT):
        cell = Format(("number",)).write(value, dialect)
        assert cell is not None
        assert Format(("number",)).read(cell, dialect) == value


@pytest.mark.parametrize(
    ("cell", "italian", "english"),
    [
        ("4,5", 4.5, 4.5),
        ("4.5", 4.5, 4.5),
        ("1.234,5", 1234.5, 1234.5),
        ("1,234.5", 1234.5, 1234.5),
        ("1.234.567", 1234567, 1234567),
        ("1\u00a0234", 1234, 1234),
        ("1.234", None, 1.234),
        ("1,234", 1.234, None),
        ("0.125", 0.125, 0.125),
        ("3 kWp", 3, 3),
        ("50%", "50%", "50%"),
        ("abc", "abc", "abc"),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, italian: Any, english: Any) -> None:
    for dialect, wanted in ((IT, italian), (EN, english)):
        if wanted is None:
            with pytest.raises(Doubt):
                Format(("number",), "kWp").read(cell, dialect)
        else:
            assert Format(("number",), "kWp").read(cell, dialect) == wanted


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["phone", "address", "vat", "x", "a.b"]) | texts,
        st.one_of(json_values, st.sampled_from(FORMULAS)),
        max_size=4,
    )
)
def test_whatever_a_document_holds_survives(extra: dict[str, Any]) -> None:
    imported(HOME)
    points = [{"id": f"p-{number}", "type": "other", "description": "=x"} for number in range(12)]
    Member.objects.filter(key="m-2").update(extra=extra, delivery_points=points, name="=Bruno")
    for language in LANGUAGES:
        table = exported("member", language)
        plan = run(table, dry_run=True)
        assert [step.differences for step in plan.steps if step.differences] == []
        assert plan.file_faults == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "groups"), [("member", 10), ("asset", 0)])
def test_every_header_is_read_as_its_own_column(kind: Kind, groups: int, language: str) -> None:
    titles = headers(kind, groups, language)
    assert len(set(titles.values())) == len(titles) == len(columns_of(kind, groups))
    for name, title in titles.items():
        for header in (name, title, title.upper(), f"  {title}\u00a0"):
            column = column_named(kind, header, groups)
            assert column is not None, header
            assert column.name == name


@pytest.mark.usefixtures("home")
def test_the_number_of_queries_does_not_depend_on_the_rows() -> None:
    with CaptureQueriesContext(connection) as few:
        exported("member")
    imported(
        {
            "recportal": 1,
            "community": {"key": "home"},
            "members": {f"n-{n}": {"name": "N", "role": "consumer"} for n in range(50)},
        }
    )
    with CaptureQueriesContext(connection) as many:
        assert exported("member").count("\r\n") == 53
    assert len(many) == len(few) == 2
