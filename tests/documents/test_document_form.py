"""A document as text in a form: what was typed survives until it can be read, and faults name their place."""

from typing import Any

import pytest
from django import forms

from assets.models import Asset
from communities.models import Community
from recportal.documents.forms import DocumentFormField
from recportal.documents.forms.field import Typed

pytestmark = pytest.mark.django_db


CommunityForm = forms.modelform_factory(Community, fields=("name", "areas", "topology", "legal"))
AssetForm = forms.modelform_factory(Asset, fields=("properties",))


def community_form(**typed: str) -> Any:
    return CommunityForm({"name": "Sole", **typed}, instance=Community(key="sole"))


@pytest.mark.parametrize("typed", ["", " \r\n\t ", "{}"])
def test_an_emptied_text_area_is_the_empty_document(typed: str) -> None:
    form = community_form(areas=typed, topology="" if typed == "{}" else typed)
    assert form.errors == {}
    assert (form.instance.areas, form.instance.topology) == ({}, [])


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("{", "This is not JSON. Line 1, column 2: A key in double quotes is expected here."),
        ("5", "This must be an object with named values."),
        ("null", "This must be an object with named values."),
        ("[]", "This must be an object with named values."),
        ('"x"', "This must be an object with named values."),
        ("NaN", "NaN is not a number that JSON knows."),
        ('{"a": "\x00"}', "The character NUL cannot be stored."),
        ('{"name": "\\u0000"}', "legal.name: The character NUL cannot be stored."),
        ('{"name": "\\ud800"}', "legal.name: Half of a surrogate pair cannot be stored."),
        ('{"a": "\ud800"}', "Half of a surrogate pair cannot be stored."),
        ('{"name": 5}', "legal.name: Text is expected here, and 5 is a number: put it in quotes."),
        ('{"x": 1e999}', "Numbers beyond ±9007199254740991 are not kept exactly."),
        ("[" * 100_000, "Nested deeper than 32 levels."),
        ('{"a": 1, "a": 2}', "The key “a” stands there twice."),
    ],
)
def test_what_cannot_be_stored_is_told_and_given_back_as_it_was_typed(typed: str, message: str) -> None:
    form = community_form(legal=typed)
    assert form.errors == {"legal": [message]}
    assert form["legal"].value() == typed


def test_a_fault_keeps_its_place_though_django_knows_its_code() -> None:
    form = community_form(areas='{"north": {}}')
    assert form.errors == {"areas": ["areas.north.name: This is required."]}


def test_all_faults_are_told_at_once() -> None:
    form = community_form(legal='{"name": 5, "vat": 6}', topology='[{"id": "A"}]')
    assert len(form.errors["legal"]) == 2
    assert form.errors["topology"] == ["topology[0].type: This is required."]


def test_a_stored_document_is_shown_readably() -> None:
    field = DocumentFormField()
    assert field.prepare_value({"b": "è", "a": [1]}) == '{\n  "a": [\n    1\n  ],\n  "b": "è"\n}'
    assert field.prepare_value({}) == field.prepare_value([]) == field.prepare_value(None) == ""


def test_the_page_holds_the_document_once() -> None:
    page = community_form().as_p()
    assert [page.count(f'name="{column}"') for column in ("areas", "topology", "legal")] == [1, 1, 1]
    assert "initial-" not in page


@pytest.mark.parametrize(
    ("initial", "typed", "changed"),
    [
        ({"a": 1}, '{"a": 1.0}', False),
        ({"a": 1}, '{"a": true}', True),
        ({}, "", False),
        (None, "", False),
        ({"a": 1, "b": 2}, '{"b": 2, "a": 1}', False),
        ({"a": 1}, "{", True),
        ({"a": 1}, "", True),
    ],
)
def test_a_change_is_one_that_json_knows(initial: Any, typed: str, changed: bool) -> None:
    assert DocumentFormField().has_changed(initial, Typed(typed)) is changed


def test_the_schema_is_that_of_the_record() -> None:
    assert AssetForm({"properties": '{"tilt": 10}'}, instance=Asset(asset_type="pv")).errors == {}
    form = AssetForm({"properties": '{"tilt": 10}'}, instance=Asset(asset_type="load"))
    assert form.errors == {
        "properties": ["properties.tilt: This does not belong here: it is a property of pv."]
    }


def test_a_document_may_be_as_large_as_its_column() -> None:
    large = '{"name": "' + "x" * 257 * 1024 + '"}'
    assert community_form(legal=large).errors == {"legal": ["Larger than 256 KiB."]}
    assert community_form(areas='{"a": {"name": "' + "x" * 257 * 1024 + '"}}').errors == {}
