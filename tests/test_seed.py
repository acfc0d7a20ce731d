"""Every name in which the project was asked for exists: the table in docs/data-model.md is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from assets.models import Asset, AssetType
from communities.models import Community
from members.models import Member, Role, Status
from recportal.documents.field import DocumentField
from recportal.documents.schemas import Schema, schema
from recportal.records.fields import LineField, ParagraphField

pytestmark = pytest.mark.once  # no database

PAGE = Path(__file__).parent.parent / "docs" / "data-model.md"
MODELS: dict[str, type[models.Model]] = {"Community": Community, "Member": Member, "Asset": Asset}
_ROW = re.compile(r"^\| `([^`]+)` \| (.*?) ?\|$")
_PLACE = re.compile(r"(?P<column>\w+)(?:\((?P<kind>\w+)\))?(?P<below>.*)")

#: What was asked for: the fields of each entity, and what stands inside them.
SEED = {
    "Community": """
        key name description areas areas.*.name areas.*.topology areas.*.location areas.*.geometry
        topology topology[].id topology[].type topology[].name topology[].operator_id topology[].children
        legal legal.name legal.vat legal.legal_form
        links links.website links.logo links.privacy_policy links.terms
        contact contact.email contact.pec contact.phone settings settings.timezone settings.currency
        extra extra.operators
    """,
    "Member": """
        key user_id name role area status
        role=consumer role=prosumer role=producer role=operator role=admin
        status=pending status=active status=suspended status=inactive
        delivery_points delivery_points[].id delivery_points[].type delivery_points[].description
        delivery_points[].address delivery_points[].tariff delivery_points[].active extra extra.type
    """,
    "Asset": """
        key asset_type name sensor_id properties device relationships extra community_id owner_id
        asset_type=pv asset_type=storage asset_type=meter
        asset_type=ev_charger asset_type=heat_pump asset_type=load
        properties(pv).capacity_kwp properties(pv).orientation properties(pv).tilt
        properties(pv).installation_date
        properties(storage).capacity_kwh properties(storage).max_power_kw properties(storage).chemistry
        properties(meter).meter_type properties(meter).pod properties(meter).direction
        properties(ev_charger).max_power_kw properties(ev_charger).connector_type
        properties(ev_charger).num_connectors properties(ev_charger).smart_charging
        properties(heat_pump).thermal_power_kw properties(heat_pump).cop
        properties(heat_pump).heat_source properties(heat_pump).reversible
        properties(load).rated_power_kw properties(load).load_type
        properties(load).controllable properties(load).priority
        device.manufacturer device.model device.serial_number device.firmware_version device.type
        relationships.measures relationships.paired_with
    """,
}


def rows() -> Iterator[tuple[str, str, str]]:
    """The rows of the tables of names, as (entity, name, where it lives)."""
    entity = ""
    for line in PAGE.read_text(encoding="utf-8").partition("## Every name of the seed")[2].splitlines():
        if line.startswith("### "):
            entity = line.removeprefix("### ")
        elif row := _ROW.match(line):
            yield entity, row[1], row[2]


ROWS = list(rows())
NAMES = {(entity, name.replace(" ", "")) for entity, name, _where in ROWS}


def column_of(entity: str, name: str) -> Any:
    field = next(
        (each for each in MODELS[entity]._meta.concrete_fields if name in (each.name, each.attname)), None
    )
    assert field is not None, f"{entity} has no column {name}"
    return field


def part_of(judge: Schema, below: str) -> dict[str, Any]:
    """The part of a schema that ``.key``, ``.*`` and ``[]`` lead to."""
    part = judge.resolve(judge.definition)
    for step in re.findall(r"\.\w+|\.\*|\[\]", below):
        if step == "[]":
            assert part["type"] == "array"
            part = judge.resolve(part["items"])
        elif step == ".*":
            part = judge.resolve(part["additionalProperties"])
        else:
            part = judge.resolve(part["properties"][step[1:]])
    return part


def test_the_table_has_every_name_that_was_asked_for() -> None:
    asked = {(entity, name) for entity, names in SEED.items() for name in names.split()}
    assert len(asked) == 101
    assert asked - NAMES == set()
    assert len(NAMES) == len(ROWS)


@pytest.mark.parametrize(("entity", "name", "where"), [row for row in ROWS if "=" not in row[1]])
def test_what_the_table_says_is_where_it_says(entity: str, name: str, where: str) -> None:
    place = _PLACE.fullmatch(name)
    assert place is not None
    field = column_of(entity, place["column"])
    if not place["below"]:
        assert (where.split("`")[0].strip(), type(field)) in KINDS
        if isinstance(field, DocumentField) and "…" not in where:
            assert field.schema_name == where.split("`")[1]
            assert field.kind is (list if where.endswith("a list") else dict)
        return
    assert isinstance(field, DocumentField)
    record = MODELS[entity](**({"asset_type": place["kind"]} if place["kind"] else {}))
    judge = field.schema_of(record)
    assert judge is not None
    part = part_of(judge, place["below"])
    assert part["title"]
    assert "not" not in part
    assert ("suggested" in where) == ("examples" in part)
    if where in ("kWp", "kWh", "kW"):
        assert part["x-unit"] == where


#: What the table calls a column, and what it is in the model.
KINDS: set[tuple[str, type[Any]]] = {
    ("column of text", LineField),
    ("column of text", type(Community._meta.get_field("key"))),
    ("column of text, or null", LineField),
    ("column of text, of several lines", ParagraphField),
    ("column of text: a key of the community's", LineField),
    ("column of a closed list", models.CharField),
    ("document", DocumentField),
    ("a document for each type,", DocumentField),
    ("foreign key to Community", models.ForeignKey),
    ("foreign key to Member", models.ForeignKey),
}


@pytest.mark.parametrize(
    ("entity", "column", "choices"),
    [("Member", "role", Role), ("Member", "status", Status), ("Asset", "asset_type", AssetType)],
)
def test_closed_lists_are_those_of_the_table(entity: str, column: str, choices: Any) -> None:
    listed = [
        name.partition(" = ")[2]
        for each, name, _where in ROWS
        if each == entity and name.startswith(f"{column} = ")
    ]
    assert listed == choices.values
    assert column_of(entity, column).flatchoices == choices.choices


def test_assets_belong_to_communities_and_members() -> None:
    assert column_of("Asset", "community_id").related_model is Community
    assert column_of("Asset", "owner_id").related_model is Member
    assert column_of("Member", "community_id").related_model is Community


def test_every_type_of_asset_has_the_schema_of_its_properties() -> None:
    for kind in AssetType.values:
        assert schema(f"assets/properties/{kind}").definition["type"] == "object"


def test_every_document_of_the_models_is_in_the_table() -> None:
    for entity, model in MODELS.items():
        documents = {field.name for field in model._meta.concrete_fields if isinstance(field, DocumentField)}
        assert {(entity, name) for name in documents} <= NAMES
