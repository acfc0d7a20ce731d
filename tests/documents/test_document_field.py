"""The column of a document: what it refuses, and that what it takes comes back equal."""

import math
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.documents.faults import dotted
from recportal.documents.field import DocumentField, documents_of
from recportal.documents.paths import same
from recportal.records.bulk import insert
from recportal.text import cleaned
from tests.documents.values import documents
from tests.factories import AssetFactory, CommunityFactory, MemberFactory

KIB = 1024
COLUMNS = [(model, field) for model in (Community, Member, Asset) for field in documents_of(model)]
#: A record of each class with nothing else to refuse.
RECORDS: dict[Any, dict[str, str]] = {Community: {}, Member: {}, Asset: {"asset_type": "pv"}}


def check(field: DocumentField, value: Any, record: Any = None) -> tuple[Any, set[tuple[str, str]]]:
    record = record or field.model(**RECORDS[field.model])
    stored, faults = field.check_document(value, record)
    return stored, {(fault.code, dotted(fault.path)) for fault in faults}


def column(model: type[Any], name: str) -> DocumentField:
    field = model._meta.get_field(name)
    assert isinstance(field, DocumentField)
    return field


def test_every_document_of_the_seed_is_one() -> None:
    assert {(model.__name__, field.name) for model, field in COLUMNS} == {
        *(
            ("Community", name)
            for name in ("areas", "topology", "legal", "links", "contact", "settings", "extra")
        ),
        ("Member", "delivery_points"),
        ("Member", "extra"),
        *(("Asset", name) for name in ("properties", "device", "relationships", "extra")),
    }


@pytest.mark.parametrize(("model", "field"), COLUMNS, ids=lambda each: getattr(each, "name", ""))
def test_every_column_has_a_schema_and_an_empty_document(model: type[Any], field: DocumentField) -> None:
    record = model(**RECORDS[model])
    judge = field.schema_of(record)
    assert judge is not None
    assert judge.definition["type"] == ("array" if field.kind is list else "object")
    assert getattr(record, field.name) == field.kind()
    assert check(field, field.kind()) == (field.kind(), set())


@pytest.mark.parametrize(("model", "field"), COLUMNS, ids=lambda each: getattr(each, "name", ""))
@pytest.mark.parametrize(
    "value", [5, None, "x", "", True, False, 1.5, math.nan, [], {}, (), [1], {"a": 1}, b"x"]
)
def test_a_value_of_another_type_is_refused(model: type[Any], field: DocumentField, value: Any) -> None:
    if isinstance(value, field.kind):
        return
    assert check(field, value) == (value, {("wrong_type", field.name)})


def test_flaws_come_before_the_schema() -> None:
    field = column(Asset, "properties")
    assert check(field, {"tilt": math.nan, "capacity_kwp": "five"})[1] == {
        ("not_a_number", "properties.tilt")
    }
    assert check(field, {"tilt": 120, "capacity_kwp": "five"})[1] == {
        ("too_large", "properties.tilt"),
        ("wrong_type", "properties.capacity_kwp"),
    }


@pytest.mark.parametrize(
    ("model", "name", "most"),
    [
        (Community, "areas", 4096),
        (Community, "topology", 4096),
        (Community, "legal", 256),
        (Asset, "extra", 256),
    ],
)
def test_the_largest_document_is_counted_in_bytes(model: type[Any], name: str, most: int) -> None:
    field = column(model, name)
    around = len('{"a":""}') if field.kind is dict else len('[""]')

    def document(letters: int) -> Any:
        text = "é" * letters
        return {"a": text} if field.kind is dict else [text]

    fitting = (most * KIB - around) // 2
    assert ("document_too_large", name) not in check(field, document(fitting))[1]
    assert check(field, document(fitting + 1))[1] == {("document_too_large", name)}


def test_a_document_of_an_unknown_type_of_asset_is_left_to_the_rule_about_types() -> None:
    field = column(Asset, "properties")
    types: tuple[Any, ...] = ("", "windmill", "../device", "a" * 5_000, "\x00", "\ud800", None, 5)
    for asset_type in types:
        asset = Asset(asset_type=asset_type)
        assert field.schema_of(asset) is None
        assert check(field, {"tilt": 500}, asset)[1] == set()
        assert check(field, [5], asset)[1] == {("wrong_type", "properties")}
        assert check(field, {"a": "\x00"}, asset)[1] == {("null_character", "properties.a")}


def test_known_keys_with_null_are_left_out_and_ids_trimmed() -> None:
    assert check(column(Asset, "properties"), {"tilt": None, "ours": None, "pod": " X1 "}) == (
        {"ours": None, "pod": "X1"},
        set(),
    )


def test_the_field_alone_refuses_as_well() -> None:
    with pytest.raises(ValidationError) as caught:
        column(Asset, "properties").clean({"tilt": 120}, Asset(asset_type="pv"))
    assert caught.value.messages == ["properties.tilt: This must be at most 90°."]
    assert column(Asset, "properties").clean({"tilt": 12}, Asset(asset_type="pv")) == {"tilt": 12}


@pytest.mark.django_db
class TestStored:
    """On the engine of this run."""

    @given(value=documents())
    def test_a_document_comes_back_equal(self, value: dict[str, Any]) -> None:
        asset = Asset.objects.filter(key="round-trip").first() or AssetFactory.create(key="round-trip")
        asset.extra = value
        asset.save()
        stored = Asset.objects.get(pk=asset.pk).extra
        value = cleaned(value)  # what cannot be seen goes
        assert same(stored, value)
        assert same(asset.history.first().extra, value)

    @given(value=documents(hostile=True))
    def test_exactly_what_has_a_flaw_is_refused(self, value: dict[str, Any]) -> None:
        asset = Asset.objects.filter(key="hostile").first() or AssetFactory.create(key="hostile")
        before = asset.extra
        asset.extra = value
        if column(Asset, "extra").check_document(value, asset)[1]:
            with pytest.raises(ValidationError) as caught:
                asset.save()
            assert set(caught.value.error_dict) == {"extra"}
            value = before
        else:
            asset.save()
            value = cleaned(value)
        assert same(Asset.objects.get(pk=asset.pk).extra, value)

    @given(order=st.permutations(["a", "b", "c"]))
    def test_the_order_of_a_list_stays(self, order: list[str]) -> None:
        asset = Asset.objects.filter(key="order").first() or AssetFactory.create(key="order")
        asset.extra = {"list": order}
        asset.save()
        assert Asset.objects.get(pk=asset.pk).extra == {"list": order}

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_what_is_no_json_is_not_stored_by_djangos_own_paths_either(self, number: float) -> None:
        member = MemberFactory.create()
        flawed: dict[str, Any] = {"a": [number]}
        with pytest.raises(ValueError, match="JSON"), transaction.atomic():
            Member.objects.filter(pk=member.pk).update(extra=flawed)
        other = Member(community=member.community, key="other", name="x", role="consumer", extra=flawed)
        with pytest.raises(ValueError, match="JSON"), transaction.atomic():
            Member.objects.bulk_create([other])
        with pytest.raises(ValueError, match="JSON"), transaction.atomic():
            insert([other])
        assert list(Member.objects.values_list("key", "extra")) == [(member.key, {})]

    def test_an_area_with_a_large_boundary_is_stored(self) -> None:
        position = [[11 + step / 100_000, 46.5] for step in range(5_000)]
        areas = {
            "north": {
                "name": "North",
                "geometry": {"type": "Polygon", "coordinates": [[*position, [11.0, 46.5]]]},
            }
        }
        community = CommunityFactory.create(areas=areas)
        assert Community.objects.get(pk=community.pk).areas == areas
