"""The schema files, judged by plain draft 2020-12: what an integrator gets who knows none of our keywords."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

pytestmark = pytest.mark.once  # no database

ROOT = Path(__file__).parents[2]
FILES = {
    f"{app}/{file.relative_to(ROOT / app / 'schemas').with_suffix('').as_posix()}": file
    for app in ("communities", "members", "assets")
    for file in sorted((ROOT / app / "schemas").rglob("*.json"))
}
SCHEMAS: dict[str, dict[str, Any]] = {
    name: json.loads(file.read_text(encoding="utf-8")) for name, file in FILES.items()
}
NAMES = {
    *(
        f"communities/{name}"
        for name in ("areas", "topology", "legal", "links", "contact", "settings", "extra")
    ),
    *(f"members/{name}" for name in ("delivery_points", "extra")),
    *(f"assets/{name}" for name in ("device", "relationships", "extra")),
    *(f"assets/properties/{name}" for name in ("pv", "storage", "meter", "ev_charger", "heat_pump", "load")),
}
#: Where each physical quantity belongs.
QUANTITIES = {
    "capacity_kwp": "pv",
    "orientation": "pv",
    "tilt": "pv",
    "capacity_kwh": "storage",
    "chemistry": "storage",
    "connector_type": "ev_charger",
    "num_connectors": "ev_charger",
    "thermal_power_kw": "heat_pump",
    "cop": "heat_pump",
    "heat_source": "heat_pump",
    "rated_power_kw": "load",
}
UNITS = {
    "capacity_kwp": "kWp",
    "capacity_kwh": "kWh",
    "max_power_kw": "kW",
    "thermal_power_kw": "kW",
    "rated_power_kw": "kW",
    "orientation": "°",
    "tilt": "°",
    "lat": "°",
    "lon": "°",
}


def parts(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object inside a schema file, with its place."""
    if isinstance(value, dict):
        yield path, value
        for key, below in value.items():
            yield from parts(below, f"{path}/{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from parts(below, f"{path}/{index}")


def described(definition: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Everything that people see the words of, as (place, name, part): properties, entries, definitions.

    What stands under ``if`` and ``then`` only points at it.
    """
    for path, part in parts(definition):
        if "/if" in path or "/then" in path:
            continue
        for key, below in {**part.get("properties", {}), **part.get("$defs", {})}.items():
            yield f"{path}/{key}", key, below
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict) and "$ref" not in part[key]:
                yield f"{path}/{key}", key, part[key]


def valid(name: str, value: Any) -> bool:
    return Draft202012Validator(SCHEMAS[name]).is_valid(value)


def places(name: str, value: Any) -> set[str]:
    """Where plain validation finds errors, as ``a/0/b``."""
    errors = Draft202012Validator(SCHEMAS[name]).iter_errors(value)
    return {"/".join(map(str, error.absolute_path)) for error in errors}


def test_each_document_has_one_file() -> None:
    assert set(SCHEMAS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_file_is_a_schema_of_the_draft_and_says_what_it_is(name: str) -> None:
    definition = SCHEMAS[name]
    Draft202012Validator.check_schema(definition)
    assert definition["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert definition["$id"] == name
    assert definition["title"]
    assert definition["description"]
    assert definition["type"] in ("object", "array")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_everything_in_it_has_a_title_and_a_sentence(name: str) -> None:
    for path, _key, part in described(SCHEMAS[name]):
        assert part.get("title"), path
        assert part["title"][0].isupper(), path
        assert part.get("description", "").endswith("."), path


@pytest.mark.parametrize("name", sorted(NAMES))
def test_physical_quantities_have_their_unit(name: str) -> None:
    for path, key, part in described(SCHEMAS[name]):
        if "not" not in part:
            assert part.get("x-unit") == UNITS.get(key), path


@pytest.mark.parametrize("name", sorted(NAMES))
def test_patterns_mean_the_same_in_every_language(name: str) -> None:
    """ASCII only, anchored at both ends, and not fooled by Python's ``$``, which lets a line end follow."""
    for path, part in parts(SCHEMAS[name]):
        pattern = part.get("pattern")
        if isinstance(pattern, str):
            assert pattern.isascii(), path
            assert pattern.isprintable(), path
            assert pattern.startswith("^"), path
            assert pattern.endswith((r"\s*$", r"$(?!\n)")), path


@pytest.mark.parametrize("name", sorted(NAMES))
def test_documents_are_open_and_files_stand_alone(name: str) -> None:
    for path, part in parts(SCHEMAS[name]):
        assert part.get("additionalProperties") is not False, path
        assert part.get("unevaluatedProperties") is not False, path
        assert str(part.get("$ref", "#")).startswith("#"), path
        assert "null" not in (
            [part["type"]] if isinstance(part.get("type"), str) else part.get("type", [])
        ), path


@pytest.mark.parametrize("name", sorted(NAMES))
def test_suggested_words_are_accepted_and_suggested_once(name: str) -> None:
    for path, part in parts(SCHEMAS[name]):
        examples = part.get("examples", [])
        assert len(set(examples)) == len(examples), path
        for word in examples:
            assert Draft202012Validator(part).is_valid(word), f"{path}: {word}"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_unknown_keys_are_welcome(name: str) -> None:
    value = {"something_of_ours": {"deep": [1, None]}}
    if name == "communities/areas":
        assert valid(name, {"north": {"name": "North", **value}})
    elif SCHEMAS[name]["type"] == "array":
        assert valid(name, [{"id": "A", "type": "other", **value}])
    else:
        assert valid(name, value)


@pytest.mark.parametrize("kind", ["pv", "storage", "meter", "ev_charger", "heat_pump", "load"])
def test_quantities_of_another_type_are_refused_with_the_type_they_belong_to(kind: str) -> None:
    properties = SCHEMAS[f"assets/properties/{kind}"]["properties"]
    for quantity, owner in QUANTITIES.items():
        if owner == kind:
            assert "not" not in properties[quantity]
        else:
            assert properties[quantity]["x-belongs-to"] == [owner]
            assert places(f"assets/properties/{kind}", {quantity: 5}) == {quantity}


@pytest.mark.parametrize("kind", ["pv", "storage", "meter", "ev_charger", "heat_pump", "load"])
def test_what_every_asset_may_have_is_welcome_and_checked(kind: str) -> None:
    name = f"assets/properties/{kind}"
    assert valid(name, {"installation_date": "2024-05-01", "pod": "X1", "controllable": False, "priority": 1})
    assert valid(name, {"priority": "high"})
    wrong = {"installation_date": 2024, "pod": " ", "controllable": "yes", "priority": 1.5}
    assert places(name, wrong) == set(wrong)


def ring(*positions: list[float]) -> list[list[float]]:
    return [*positions, positions[0]]


SQUARE = ring([11, 46], [11.5, 46], [11.5, 46.5])


def area(**more: Any) -> dict[str, Any]:
    return {"north": {"name": "North", **more}}


def outline(kind: str, coordinates: Any) -> dict[str, Any]:
    return area(geometry={"type": kind, "coordinates": coordinates})


NODE = {"id": "N1", "type": "feeder"}
POINT = {"id": "IT999E12345678", "type": "pod"}

GOOD: list[tuple[str, Any]] = [
    ("communities/areas", {}),
    ("communities/areas", {"A": {"name": "A"}, "0.b:c@d-e_f": {"name": "B"}, "x" * 128: {"name": "C"}}),
    ("communities/areas", area(topology=[], location={}, description="unknown to the schema")),
    ("communities/areas", area(topology=["SS/1 (old)"], location={"lat": -90, "lon": 180})),
    ("communities/areas", outline("Polygon", [SQUARE])),
    (
        "communities/areas",
        outline("Polygon", [SQUARE, ring([11.1, 46.1, 900], [11.2, 46.1, 900], [11.2, 46.2, 900])]),
    ),
    ("communities/areas", outline("MultiPolygon", [[SQUARE], [SQUARE]])),
    ("communities/topology", []),
    (
        "communities/topology",
        [NODE, {**NODE, "id": "N2", "children": ["N1"], "operator_id": "dso", "name": "Two"}],
    ),
    ("communities/topology", [{"id": "è/§ 1", "type": "a word of our own"}]),
    ("communities/topology", [{**NODE, "id": "x" * 128}, {**NODE, "id": f" \t{'x' * 128}\n"}]),
    (
        "communities/legal",
        {"name": "Sole APS", "vat": "IT0123456789", "fiscal_code": "", "legal_form": "APS"},
    ),
    ("communities/links", {"website": "https://example.org", "logo": "HTTP://example.org:8080/l.png?v=1#a"}),
    ("communities/links", {"terms": "https://müller.example/ä", "statute": "http://10.0.0.1/s"}),
    ("communities/contact", {"email": "info@example.org", "pec": "a+b@pec.example.org", "phone": "+39 000"}),
    (
        "communities/settings",
        {"timezone": "Europe/Rome", "currency": "EUR", "country": "IT", "energy_unit": "kWh"},
    ),
    ("communities/extra", {"operators": {"dso-1": {"name": "Grid", "country": "IT", "contact": "x"}}}),
    (
        "members/delivery_points",
        [POINT, {"id": "P2", "type": "zp", "active": False, "tariff": "T", "address": ""}],
    ),
    ("members/extra", {"type": "schema:Person", "did": " did:web:example.org:1 ", "language": "de-AT"}),
    ("members/extra", {"joined_on": "2024-01-31", "left_on": "2025-01-31", "email": "a@b", "vat": "x"}),
    ("assets/device", {"manufacturer": "A", "model": "B", "mac_address": "00:11:22:33:44:55", "type": "mac"}),
    ("assets/relationships", {"measures": ["pv-1", " meter.2 "], "paired_with": "b:1@x"}),
    ("assets/relationships", {"measures": []}),
    ("assets/extra", {"any": [1, {"thing": None}]}),
    ("assets/properties/pv", {"capacity_kwp": 0, "tilt": 0, "orientation": 0}),
    ("assets/properties/pv", {"capacity_kwp": 100000, "tilt": 90, "orientation": 360, "inverter": {"kw": 3}}),
    *(
        ("assets/properties/pv", {"orientation": word})
        for word in (
            "S",
            "s",
            "NE",
            "nNw",
            "ESE",
            "South",
            "south-east",
            "SOUTHWEST",
            "north east",
            "north_north_west",
        )
    ),
    ("assets/properties/pv", {"orientation": "north east"}),
    ("assets/properties/storage", {"capacity_kwh": 1000000, "max_power_kw": 0, "chemistry": "LFP"}),
    (
        "assets/properties/meter",
        {"meter_type": "smart", "direction": "import", "pod": "IT999E1", "max_power_kw": 3},
    ),
    ("assets/properties/ev_charger", {"max_power_kw": 10000, "num_connectors": 1, "smart_charging": True}),
    ("assets/properties/ev_charger", {"num_connectors": 1000, "connector_type": "CHADEMO"}),
    ("assets/properties/heat_pump", {"thermal_power_kw": 100000, "cop": 0.1, "heat_source": "air"}),
    ("assets/properties/heat_pump", {"cop": 20, "reversible": False}),
    ("assets/properties/load", {"rated_power_kw": 1000000, "load_type": "household", "controllable": True}),
]

BAD: list[tuple[str, Any, str]] = [
    ("communities/areas", {"-north": {"name": "North"}}, ""),
    ("communities/areas", {"north\n": {"name": "North"}}, ""),
    ("communities/areas", {"x" * 129: {"name": "North"}}, ""),
    ("communities/areas", {"north": {}}, "north"),
    ("communities/areas", {"north": {"name": ""}}, "north/name"),
    ("communities/areas", {"north": []}, "north"),
    ("communities/areas", area(topology=["a", ""]), "north/topology/1"),
    ("communities/areas", area(location={"lat": 90.1}), "north/location/lat"),
    ("communities/areas", area(location={"lon": -180.1}), "north/location/lon"),
    ("communities/areas", area(geometry={"type": "Polygon"}), "north/geometry"),
    ("communities/areas", outline("Point", [1, 2]), "north/geometry/type"),
    ("communities/areas", outline("Polygon", []), "north/geometry/coordinates"),
    ("communities/areas", outline("Polygon", [SQUARE[:3]]), "north/geometry/coordinates/0"),
    ("communities/areas", outline("Polygon", [[[181, 0], *SQUARE]]), "north/geometry/coordinates/0/0/0"),
    ("communities/areas", outline("Polygon", [[[0, 90.5], *SQUARE]]), "north/geometry/coordinates/0/0/1"),
    ("communities/areas", outline("Polygon", [[[0], *SQUARE]]), "north/geometry/coordinates/0/0"),
    ("communities/areas", outline("Polygon", [[[0, 1, 2, 3], *SQUARE]]), "north/geometry/coordinates/0/0"),
    ("communities/areas", outline("Polygon", [[[0, "1"], *SQUARE]]), "north/geometry/coordinates/0/0/1"),
    ("communities/areas", outline("MultiPolygon", [[SQUARE[:2]]]), "north/geometry/coordinates/0/0"),
    ("communities/topology", {}, ""),
    ("communities/topology", ["N1"], "0"),
    ("communities/topology", [{"id": "N1"}], "0"),
    ("communities/topology", [{**NODE, "id": " \t "}], "0/id"),
    ("communities/topology", [{**NODE, "id": "x" * 129}], "0/id"),
    ("communities/topology", [{**NODE, "id": "a\u0007b"}], "0/id"),
    ("communities/topology", [{**NODE, "id": "a\nb"}], "0/id"),
    ("communities/topology", [{**NODE, "id": "a\u0085b"}], "0/id"),
    ("communities/topology", [{**NODE, "id": 5}], "0/id"),
    ("communities/topology", [{**NODE, "type": ""}], "0/type"),
    ("communities/topology", [{**NODE, "operator_id": ""}], "0/operator_id"),
    ("communities/topology", [{**NODE, "children": "N2"}], "0/children"),
    ("communities/topology", [{**NODE, "children": ["N2", 5]}], "0/children/1"),
    ("communities/legal", {"vat": 12345678901}, "vat"),
    ("communities/links", {"website": "example.org"}, "website"),
    ("communities/links", {"website": "javascript:alert(1)"}, "website"),
    ("communities/links", {"website": "ftp://example.org"}, "website"),
    ("communities/links", {"website": "https://"}, "website"),
    ("communities/links", {"website": "https:///path"}, "website"),
    ("communities/links", {"website": "https://user@example.org"}, "website"),
    ("communities/links", {"website": "https://example.org/a b"}, "website"),
    ("communities/links", {"website": "https://example.org\n"}, "website"),
    ("communities/links", {"logo": ""}, "logo"),
    ("communities/contact", {"email": "info.example.org"}, "email"),
    ("communities/contact", {"email": "a@b@c"}, "email"),
    ("communities/contact", {"pec": "a b@c"}, "pec"),
    ("communities/contact", {"pec": "a@b\n"}, "pec"),
    ("communities/settings", {"timezone": 1}, "timezone"),
    ("communities/extra", {"operators": {"a b": {"name": "x"}}}, "operators"),
    ("communities/extra", {"operators": {"dso": {}}}, "operators/dso"),
    ("communities/extra", {"operators": []}, "operators"),
    ("members/delivery_points", [{"type": "pod"}], "0"),
    ("members/delivery_points", [{"id": "X"}], "0"),
    ("members/delivery_points", [{**POINT, "id": "\u00a0"}], "0/id"),
    ("members/delivery_points", [POINT, {**POINT, "active": "yes"}], "1/active"),
    ("members/extra", {"language": "italian, mostly"}, "language"),
    ("members/extra", {"did": "x" * 257}, "did"),
    ("members/extra", {"joined_on": 20240131}, "joined_on"),
    ("assets/device", {"serial_number": 42}, "serial_number"),
    ("assets/relationships", {"measures": "pv-1"}, "measures"),
    ("assets/relationships", {"measures": ["pv 1"]}, "measures/0"),
    ("assets/relationships", {"paired_with": ""}, "paired_with"),
    ("assets/properties/pv", {"capacity_kwp": -0.1}, "capacity_kwp"),
    ("assets/properties/pv", {"capacity_kwp": 100000.1}, "capacity_kwp"),
    ("assets/properties/pv", {"capacity_kwp": "5"}, "capacity_kwp"),
    ("assets/properties/pv", {"capacity_kwp": True}, "capacity_kwp"),
    ("assets/properties/pv", {"tilt": 120}, "tilt"),
    ("assets/properties/pv", {"orientation": -90}, "orientation"),
    ("assets/properties/pv", {"orientation": 361}, "orientation"),
    ("assets/properties/pv", {"orientation": "180"}, "orientation"),
    ("assets/properties/pv", {"orientation": "up"}, "orientation"),
    ("assets/properties/pv", {"orientation": "north-south"}, "orientation"),
    ("assets/properties/pv", {"orientation": "S\n"}, "orientation"),
    ("assets/properties/storage", {"max_power_kw": 1000000.5}, "max_power_kw"),
    ("assets/properties/storage", {"chemistry": 3}, "chemistry"),
    ("assets/properties/meter", {"meter_type": ["import"]}, "meter_type"),
    ("assets/properties/ev_charger", {"max_power_kw": 10001}, "max_power_kw"),
    ("assets/properties/ev_charger", {"num_connectors": 0}, "num_connectors"),
    ("assets/properties/ev_charger", {"num_connectors": 1001}, "num_connectors"),
    ("assets/properties/ev_charger", {"num_connectors": 1.5}, "num_connectors"),
    ("assets/properties/heat_pump", {"cop": 0}, "cop"),
    ("assets/properties/heat_pump", {"cop": 20.1}, "cop"),
    ("assets/properties/load", {"rated_power_kw": -1}, "rated_power_kw"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_good_values_are_accepted(name: str, value: Any) -> None:
    assert places(name, value) == set()


@pytest.mark.parametrize(("name", "value", "place"), BAD)
def test_bad_values_are_refused_at_their_place(name: str, value: Any, place: str) -> None:
    assert places(name, value) == {place}


@given(st.text(st.sampled_from(" \t\n\x0b\x1c\x85\u00a0\u2003\u2028\x00\x7f\x9fab/è😀"), max_size=12))
@example(f" {'x' * 128} ")
@example(f" {'x' * 129} ")
@example(f"x{' ' * 126}x")
@example(f"x{' ' * 127}x")
@example("😀" * 128)
def test_an_identifier_is_judged_as_if_it_were_trimmed(text: str) -> None:
    trimmed = text.strip()
    fine = 1 <= len(trimmed) <= 128 and not any(
        unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in trimmed
    )
    pattern = SCHEMAS["communities/topology"]["items"]["properties"]["id"]["pattern"]
    assert bool(re.search(pattern, text)) == fine


def test_every_file_has_good_and_bad_values() -> None:
    """But for the assets' further data, of which nothing is known."""
    assert {name for name, _value in GOOD} == NAMES
    assert {name for name, _value, _place in BAD} == NAMES - {"assets/extra"}
