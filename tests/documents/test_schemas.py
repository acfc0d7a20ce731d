"""The judge: every fault of a document, each at its place, with its code and our words."""

from typing import Any

import pytest
from django.utils import translation

from recportal.documents.faults import MOST_FAULTS, dotted
from recportal.documents.schemas import Schema, countries, currencies, schema, schema_names, timezones

pytestmark = pytest.mark.once  # no database

NAMES = [
    "assets/device",
    "assets/extra",
    *(f"assets/properties/{name}" for name in ("ev_charger", "heat_pump", "load", "meter", "pv", "storage")),
    "assets/relationships",
    *(
        f"communities/{name}"
        for name in ("areas", "contact", "extra", "legal", "links", "settings", "topology")
    ),
    "members/delivery_points",
    "members/extra",
]


def found(name: str | Schema, value: Any) -> dict[str, tuple[str, str]]:
    judge = schema(name) if isinstance(name, str) else name
    return {dotted(fault.path): (fault.code, str(fault.text)) for fault in judge.faults(value)}


def made(definition: dict[str, Any]) -> Schema:
    return Schema("tests/made", {"type": "object", "properties": {"x": definition}})


def outline(*rings: Any, kind: str = "Polygon") -> dict[str, Any]:
    return {"north": {"name": "North", "geometry": {"type": kind, "coordinates": list(rings)}}}


def test_every_file_is_found_by_its_name_and_nothing_else_is() -> None:
    assert schema_names() == NAMES
    assert schema("assets/device") is schema("assets/device")
    for name in ("", "assets", "assets/", "assets/device.json", "../assets/device", "assets/../assets/device",
                 "assets/properties/PV", "a" * 10_000, "assets/\x00", "records/device"):  # fmt: skip
        with pytest.raises(LookupError):
            schema(name)


FORM = "This does not have the form that is expected here."
POINT_ID = schema("members/delivery_points").definition["items"]["properties"]["id"]["description"]
FAULTS: list[tuple[str, Any, dict[str, tuple[str, str]]]] = [
    ("assets/properties/pv", {"tilt": 120}, {"tilt": ("too_large", "This must be at most 90°.")}),
    (
        "assets/properties/pv",
        {"capacity_kwp": -1},
        {"capacity_kwp": ("too_small", "This must be at least 0 kWp.")},
    ),
    ("assets/properties/heat_pump", {"cop": 0}, {"cop": ("too_small", "This must be more than 0.")}),
    (
        "assets/properties/pv",
        {"capacity_kwp": "5"},
        {"capacity_kwp": ("wrong_type", "This must be a number.")},
    ),
    (
        "assets/properties/pv",
        {"orientation": []},
        {"orientation": ("wrong_type", "This must be a number or text.")},
    ),
    (
        "assets/properties/ev_charger",
        {"num_connectors": 1.5},
        {"num_connectors": ("wrong_type", "This must be a whole number.")},
    ),
    (
        "assets/properties/ev_charger",
        {"smart_charging": 1},
        {"smart_charging": ("wrong_type", "This must be true or false.")},
    ),
    (
        "assets/device",
        {"serial_number": 42.5},
        {"serial_number": ("wrong_type", "Text is expected here, and 42.5 is a number: put it in quotes.")},
    ),
    ("assets/device", {"serial_number": True}, {"serial_number": ("wrong_type", "This must be text.")}),
    ("assets/relationships", {"measures": {}}, {"measures": ("wrong_type", "This must be a list.")}),
    (
        "assets/properties/meter",
        {"capacity_kwh": 5, "tilt": 30},
        {
            "capacity_kwh": ("foreign_property", "This does not belong here: it is a property of storage."),
            "tilt": ("foreign_property", "This does not belong here: it is a property of pv."),
        },
    ),
    (
        "assets/properties/meter",
        {"max_power_kw": 3},
        {},
    ),
    (
        "assets/properties/pv",
        {"installation_date": "2024-02-30"},
        {"installation_date": ("invalid", "Not a date in the form YYYY-MM-DD.")},
    ),
    (
        "communities/settings",
        {"timezone": "Europe/Atlantis", "currency": "EURO", "country": "it"},
        {
            "timezone": ("invalid", "Not the name of a time zone, such as Europe/Rome."),
            "currency": ("invalid", "Not a currency code of ISO 4217, such as EUR."),
            "country": ("invalid", "Not a country code of ISO 3166-1, such as IT."),
        },
    ),
    (
        "communities/contact",
        {"email": "nobody"},
        {
            "email": (
                "invalid",
                f"{FORM} The address for ordinary mail, such as name@example.org.",
            )
        },
    ),
    ("communities/areas", {"north": {}}, {"north.name": ("required", "This is required.")}),
    ("communities/areas", {"north": {"name": ""}}, {"north.name": ("too_short", "This must not be empty.")}),
    (
        "communities/areas",
        {"-north": {"name": "x"}},
        {
            "-north": (
                "invalid",
                "A key is 1 to 128 letters, digits and _ . : @ -, and does not begin with a sign.",
            )
        },
    ),
    (
        "communities/areas",
        outline([[11, 46], [11, 47], [11, 46]]),
        {"north.geometry.coordinates[0]": ("too_few", "This must have at least 4 entries.")},
    ),
    (
        "communities/areas",
        outline([[11, 46], [11, 47], [12, 47], [11, 46.1]]),
        {
            "north.geometry.coordinates[0]": (
                "ring_not_closed",
                "A ring must end at the position at which it begins.",
            )
        },
    ),
    (
        "communities/areas",
        outline([[181, 46], [11, 91, 0, 0], [12, "47"], [181, 46]]),
        {
            "north.geometry.coordinates[0][0][0]": ("too_large", "This must be at most 180°."),
            "north.geometry.coordinates[0][1][1]": ("too_large", "This must be at most 90°."),
            "north.geometry.coordinates[0][1]": ("too_many", "This must have at most 3 entries."),
            "north.geometry.coordinates[0][2][1]": ("wrong_type", "This must be a number."),
            "north.geometry.coordinates[0][3][0]": ("too_large", "This must be at most 180°."),
        },
    ),
    (
        "communities/areas",
        outline(kind="Point"),
        {"north.geometry.type": ("invalid_choice", "This must be one of: Polygon, MultiPolygon.")},
    ),
    (
        "communities/areas",
        outline(kind="MultiPolygon"),
        {"north.geometry.coordinates": ("too_few", "This must not be empty.")},
    ),
    (
        "communities/topology",
        [{"id": "A", "type": "feeder"}, {"id": "B", "type": "line"}, {"id": "A", "type": "line"}],
        {"[2].id": ("duplicate", "“A” stands in the list twice.")},
    ),
    (
        "members/delivery_points",
        [{"type": "pod"}, 5, {"id": "", "type": ""}],
        {
            "[0].id": ("required", "This is required."),
            "[1]": ("wrong_type", "This must be an object with named values."),
            "[2].id": (
                "invalid",
                f"{FORM} {POINT_ID}",
            ),
            "[2].type": ("too_short", "This must not be empty."),
        },
    ),
    (
        "communities/extra",
        {"operators": {"a b": {"name": "x"}, "dso": {"name": 5, "country": "XX"}}},
        {
            'operators["a b"]': (
                "invalid",
                "A key is 1 to 128 letters, digits and _ . : @ -, and does not begin with a sign.",
            ),
            "operators.dso.name": (
                "wrong_type",
                "Text is expected here, and 5 is a number: put it in quotes.",
            ),
            "operators.dso.country": ("invalid", "Not a country code of ISO 3166-1, such as IT."),
        },
    ),
]


@pytest.mark.parametrize(("name", "value", "expected"), FAULTS)
def test_each_fault_has_place_code_and_words(
    name: str, value: Any, expected: dict[str, tuple[str, str]]
) -> None:
    assert found(name, value) == expected


@pytest.mark.parametrize(
    ("definition", "value", "expected"),
    [
        ({"minLength": 2}, "a", ("too_short", "This must have at least 2 characters.")),
        ({"maxLength": 1}, "ab", ("too_long", "This must have one character at most.")),
        ({"maxLength": 3}, "abcd", ("too_long", "This must have at most 3 characters.")),
        ({"maxItems": 1}, [1, 2], ("too_many", "This must have one entry at most.")),
        ({"exclusiveMaximum": 1.5, "x-unit": "m"}, 2, ("too_large", "This must be less than 1.5 m.")),
        ({"const": 5}, 6, ("invalid_choice", "This must be one of: 5.")),
        ({"uniqueItems": True}, [1, 1], ("duplicate", "The same value stands in the list twice.")),
        ({"pattern": "^a$"}, "b", ("invalid", FORM)),
        ({"multipleOf": 2}, 3, ("invalid", "This is not what is expected here.")),
        ({"type": "null"}, 3, ("wrong_type", "This must be nothing.")),
    ],
)
def test_keywords_that_no_file_uses_yet_have_words_too(
    definition: dict[str, Any], value: Any, expected: tuple[str, str]
) -> None:
    assert found(made(definition), {"x": value}) == {"x": expected}


EITHER = made(
    {
        "anyOf": [
            {"type": "string", "pattern": "^S$", "description": "A word."},
            {"type": "number", "maximum": 5, "minimum": 0},
        ]
    }
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("S", {}),
        (5, {}),
        ("N", {"x": ("invalid", f"{FORM} A word.")}),
        (6, {"x": ("too_large", "This must be at most 5.")}),
        ([], {"x": ("wrong_type", "This must be text or a number.")}),
        (True, {"x": ("wrong_type", "This must be text or a number.")}),
    ],
)
def test_of_alternatives_the_one_that_was_meant_speaks(value: Any, expected: Any) -> None:
    assert found(EITHER, {"x": value}) == expected


def test_of_alternatives_the_fault_inside_one_keeps_its_place() -> None:
    judge = made({"anyOf": [{"type": "string"}, {"type": "object", "properties": {"y": {"type": "number"}}}]})
    assert found(judge, {"x": {"y": "5"}}) == {"x.y": ("wrong_type", "This must be a number.")}


def test_words_are_in_the_readers_language_and_numbers_too() -> None:
    fault = made({"maximum": 0.5, "x-unit": "kW"}).faults({"x": 1})[0]
    with translation.override("it"):
        assert "0,5 kW" in str(fault.text)
    assert "0.5 kW" in str(fault.text)


def test_a_path_begins_where_the_caller_stands() -> None:
    fault = schema("communities/legal").faults({"vat": 5}, ("legal",))[0]
    assert fault.path == ("legal", "vat")
    assert fault.column == "legal"


def test_a_list_of_faults_ends_somewhere() -> None:
    faults = schema("communities/topology").faults([5] * 5_000, ("topology",))
    assert len(faults) == MOST_FAULTS + 1
    assert (faults[-1].code, faults[-1].path) == ("too_many_errors", ("topology",))
    assert len(schema("communities/topology").faults([5] * MOST_FAULTS)) == MOST_FAULTS


@pytest.mark.parametrize(
    ("name", "value", "tidied"),
    [
        ("assets/properties/pv", {"tilt": None, "ours": None}, {"ours": None}),
        ("assets/properties/pv", {"capacity_kwh": None}, {}),
        ("assets/properties/pv", {"pod": "\u00a0X 1 \n"}, {"pod": "X 1"}),
        ("assets/properties/pv", {"ours": {"pod": " X "}}, {"ours": {"pod": " X "}}),
        ("assets/relationships", {"measures": [" a ", "b", 5, None]}, {"measures": ["a", "b", 5, None]}),
        (
            "members/delivery_points",
            [{"id": " A ", "type": " pod ", "active": None}],
            [{"id": "A", "type": "pod"}],
        ),
        (
            "communities/topology",
            [{"id": "A ", "type": "x", "children": [" B"], "name": None}],
            [{"id": "A", "type": "x", "children": ["B"]}],
        ),
        (
            "communities/areas",
            {"n": {"name": "N", "location": {"lat": None}}},
            {"n": {"name": "N", "location": {}}},
        ),
        ("communities/areas", {"n": None}, {"n": None}),
        (
            "communities/extra",
            {"operators": {"dso": {"name": "x", "country": None}}},
            {"operators": {"dso": {"name": "x"}}},
        ),
        ("assets/device", [" a "], [" a "]),
        ("assets/device", 5, 5),
    ],
)
def test_documents_are_put_in_order(name: str, value: Any, tidied: Any) -> None:
    assert schema(name).tidy(value) == tidied


def test_a_document_in_order_stays_the_object_that_it_is() -> None:
    for name, value in (
        ("assets/properties/pv", {"pod": "X", "ours": [None]}),
        ("members/delivery_points", [{"id": "A", "type": "pod"}]),
        ("communities/areas", {"n": {"name": "N", "topology": ["A"]}}),
    ):
        assert schema(name).tidy(value) is value


def test_tidying_leaves_the_given_document_alone() -> None:
    value: list[Any] = [{"id": " A ", "type": "pod", "tariff": None}]
    assert schema("members/delivery_points").tidy(value) == [{"id": "A", "type": "pod"}]
    assert value == [{"id": " A ", "type": "pod", "tariff": None}]


def test_tidying_goes_no_deeper_than_the_schema() -> None:
    deep: Any = []
    for _level in range(100_000):
        deep = [deep]
    for name in NAMES:
        assert schema(name).tidy({"topology": deep, "operators": {"x": deep}, "geometry": deep})
        assert schema(name).tidy([deep, {"children": deep}])


def test_vocabularies_of_others_are_known() -> None:
    assert {"Europe/Rome", "UTC", "Atlantic/Reykjavik"} <= timezones()
    assert {"EUR", "CHF"} <= currencies()
    assert {"IT", "AT", "XK"} - countries() <= {"XK"}
    assert len(countries()) > 240


@pytest.mark.parametrize(
    "written", ["20260101", "2026-W01-1", "2026-1-1", "2026-01-01T00:00:00", "\u0662026-01-01", ""]
)
def test_the_checker_of_dates_takes_one_form_only(written: str) -> None:
    """A format is ignored by a validator that has no checker: this proves that ours has one."""
    assert found("members/extra", {"joined_on": written}) == {
        "joined_on": ("invalid", "Not a date in the form YYYY-MM-DD.")
    }
