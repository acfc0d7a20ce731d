"""The native dialect: the seed's names in and out, nothing lost, and nothing dropped in silence."""

import json
from typing import Any, get_args

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from recportal.bundles import shape
from recportal.bundles.bundle import Bundle, BundleUnreadable, read_bundle
from recportal.bundles.writing import Form, to_yaml, write_bundle

from .values import documents, json_values, texts

pytestmark = pytest.mark.once  # no database

FORMS = get_args(Form)

FULL = """
recportal: 1
community:
  key: larch
  name: Larch Valley
  description: Invented
  areas: {upper: {name: Upper, topology: [SS-1]}}
  topology: [{id: PS-1, type: primary_substation, children: [SS-1]}, {id: SS-1, type: feeder}]
  legal: {vat: "01234"}
  links: {website: "https://larch.example.org"}
  contact: {email: info@larch.example.org}
  settings: {timezone: Europe/Rome}
  extra: {operators: {grid: {name: Grid}}}
members:
  m-1:
    user_id: anna
    name: Anna
    role: prosumer
    area: upper
    status: active
    delivery_points: [{id: POD-1, type: pod, active: true}]
    extra: {type: "schema:Person", favourite: 7}
assets:
  pv-1:
    owner: m-1
    asset_type: pv
    name: Roof
    sensor_id: s-1
    properties: {capacity_kwp: 4.5, tilt: 30}
    device: {manufacturer: Sole}
    relationships: {measures: [meter-1]}
    extra: {note: [1, {deep: null}]}
  meter-1: {owner: m-1, asset_type: meter, name: Meter, sensor_id: null}
"""


def faults_of(text: str) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in read_bundle(text.encode(), "file.yaml").faults]


def records(texts_of: tuple[str, ...], documents_of: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Records that give some of their fields, with any documents but empty ones, which writing leaves out."""
    columns: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(texts_of, texts)
    columns |= {name: documents.filter(bool) for name in documents_of}
    if "sensor_id" in columns:
        columns["sensor_id"] = st.none() | texts
    return st.fixed_dictionaries({}, optional=columns)


bundles = st.builds(
    Bundle,
    dialect=st.just("native"),
    community=st.tuples(
        records(shape.COMMUNITY_TEXTS, shape.COMMUNITY_DOCUMENTS), st.text("abc-1", min_size=1)
    ).map(lambda pair: {**pair[0], "key": pair[1]}),
    members=st.dictionaries(texts, records(shape.MEMBER_TEXTS, shape.MEMBER_DOCUMENTS), max_size=3),
    assets=st.dictionaries(texts, records(shape.ASSET_TEXTS, shape.ASSET_DOCUMENTS), max_size=3),
)


def test_it_reads_every_field_into_its_place() -> None:
    bundle = read_bundle(FULL.encode(), "file.yaml")
    assert bundle.faults == []
    assert bundle.dialect == "native"
    assert bundle.parents == {}
    assert set(bundle.community) == {*shape.COMMUNITY_TEXTS, *shape.COMMUNITY_DOCUMENTS}
    assert set(bundle.members["m-1"]) == {*shape.MEMBER_TEXTS, *shape.MEMBER_DOCUMENTS}
    assert set(bundle.assets["pv-1"]) == {*shape.ASSET_TEXTS, *shape.ASSET_DOCUMENTS}
    assert bundle.community["legal"] == {"vat": "01234"}
    assert bundle.assets["pv-1"]["extra"] == {"note": [1, {"deep": None}]}
    assert bundle.assets["meter-1"]["sensor_id"] is None


def test_a_record_has_the_fields_that_the_file_gives_and_no_others() -> None:
    bundle = read_bundle(b"recportal: 1\ncommunity: {key: a}\nmembers: {m: {name: B}}\nassets:\n", "f.yaml")
    assert (bundle.community, bundle.members, bundle.assets) == ({"key": "a"}, {"m": {"name": "B"}}, {})
    assert bundle.faults == []


def test_a_blank_is_none() -> None:
    text = "recportal: 1\ncommunity: {key: a, description: }\nassets: {x: {name: , sensor_id: }}"
    bundle = read_bundle(text.encode(), "file.yaml")
    assert bundle.community == {"key": "a", "description": None}
    assert bundle.assets == {"x": {"name": None, "sensor_id": None}}
    assert bundle.faults == []


def test_a_document_is_given_as_it_stands_in_the_file() -> None:
    bundle = read_bundle(b"recportal: 1\ncommunity: {key: a, legal: null, topology: 5}", "file.yaml")
    assert bundle.community == {"key": "a", "legal": None, "topology": 5}


def test_unknown_names_are_refused_where_nothing_could_keep_them() -> None:
    text = """
recportal: 1
owner: x
community: {key: a, id: b, extra: {anything: goes}}
members: {m: {type: "schema:Person", assets: {}, extra: {anything: goes}}}
assets: {x: {capacity_kwp: 5, properties: {anything: goes}}}
"""
    assert faults_of(text) == [
        ("owner", "unknown_field"),
        ("community.id", "unknown_field"),
        ("members.m.type", "unknown_field"),
        ("members.m.assets", "unknown_field"),
        ("assets.x.capacity_kwp", "unknown_field"),
    ]


def test_things_of_the_wrong_kind_are_refused_with_their_places() -> None:
    text = """
recportal: 1
community: {key: a, name: 5, description: [x]}
members: {m: [], n: null, o: {user_id: 12, role: true, area: {}}}
assets: [x]
"""
    assert faults_of(text) == [
        ("community.name", "wrong_type"),
        ("community.description", "wrong_type"),
        ("members.m", "wrong_type"),
        ("members.n", "required"),
        ("members.o.user_id", "wrong_type"),
        ("members.o.role", "wrong_type"),
        ("members.o.area", "wrong_type"),
        ("assets", "wrong_type"),
    ]
    message = str(read_bundle(text.encode(), "file.yaml").faults[4].message)
    assert "12" in message
    assert "quotes" in message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("recportal: 1", "community"),
        ("recportal: 1\ncommunity:", "community"),
        ("recportal: 1\ncommunity: {name: a}", "community.key"),
        ("recportal: 1\ncommunity: {key: ''}", "community.key"),
    ],
)
def test_a_bundle_names_its_community(text: str, place: str) -> None:
    assert faults_of(text) == [(place, "required")]


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("recportal: 2", "unknown_version", "2"),
        ("recportal: true", "unknown_version", "True"),
        ('recportal: "1"', "unknown_version", "'1'"),
        ('schema_version: "0.3"', "unknown_version", "'0.3'"),
        ("schema_version: 1", "unknown_version", "1"),
        ("schema_version: [x]", "unknown_version", "['x']"),
        ('recportal: 1\nschema_version: "0.5"', "unknown_dialect", "two"),
        ("community: {key: a}\nmembers: {}", "unknown_dialect", "community, members"),
        ("{}", "unknown_dialect", "–"),
    ],
)
def test_a_header_that_is_not_clear_is_refused_and_named(text: str, code: str, named: str) -> None:
    with pytest.raises(BundleUnreadable) as refusal:
        read_bundle(text.encode(), "file.yaml")
    (fault,) = refusal.value.faults
    assert fault.code == code
    assert named in str(fault.message)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read_back_equal(form: Form) -> None:
    bundle = read_bundle(FULL.encode(), "file.yaml")
    assert read_bundle(write_bundle(bundle, form=form).encode(), f"file.{form}") == bundle


@given(bundles, st.sampled_from(FORMS))
def test_any_bundle_is_read_back_equal(bundle: Bundle, form: Form) -> None:
    found = read_bundle(write_bundle(bundle, form=form).encode(), f"file.{form}")
    # As JSON, which tells 5 from 5.0 and from true.
    assert exact(found) == exact(bundle)


def exact(bundle: Bundle) -> str:
    return json.dumps(vars(bundle), sort_keys=True)


@given(documents)
@example({"k" * 2000: {"k" * 2000: [[{"k" * 2000: 1}]]}})
@example({"a": [[], {}, [[1, 2.0], [-0.0, 1e-7, 1e22]], [1, 2, 3, 4, 5], [True, None, 1]]})
def test_other_programs_read_our_yaml_alike(value: dict[str, Any]) -> None:
    """PyYAML's loader guesses by YAML 1.1, where ``no`` and ``1_000`` and dates are no texts."""
    found = yaml.load(to_yaml({"a": value}), Loader=yaml.CSafeLoader)
    assert json.dumps(found, sort_keys=True) == json.dumps({"a": value}, sort_keys=True)


def test_yaml_reads_well() -> None:
    tree = {
        "recportal": 1,
        "community": {
            "name": "Comunità di Valle, alta (nord)",
            "links": {"website": "https://larch.example.org/a"},
            "none": None,
            "yes": "yes",
            "since": "2024-01-15",
            "phone": "+39 000",
            "areas": {"upper": {"geometry": [[[11.5, 46.25], [11.5, 46.5]]], "topology": ["SS-1", "SS 2"]}},
            "points": [{"id": "IT001E00000001", "active": True}, {}],
            "cop": 5.0,
        },
    }
    assert (
        to_yaml(tree)
        == """recportal: 1
community:
  areas:
    upper:
      geometry:
        - - [11.5, 46.25]
          - [11.5, 46.5]
      topology:
        - SS-1
        - SS 2
  cop: 5.0
  links:
    website: https://larch.example.org/a
  name: Comunità di Valle, alta (nord)
  none: null
  phone: "+39 000"
  points:
    - active: true
      id: IT001E00000001
    - {}
  since: "2024-01-15"
  "yes": "yes"
"""
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_keys_makes_no_difference(form: Form) -> None:
    bundle = read_bundle(FULL.encode(), "file.yaml")
    turned = Bundle(
        "native",
        backwards(bundle.community),
        backwards(bundle.members),
        backwards(bundle.assets),
    )
    assert write_bundle(turned, form=form) == write_bundle(bundle, form=form)


def backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: backwards(item) for key, item in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("form", FORMS)
def test_the_header_comes_first_and_empty_documents_are_left_out(form: Form) -> None:
    bundle = Bundle("native", {"key": "a", "legal": {}, "topology": []}, {"m": {"name": "", "extra": {}}})
    text = write_bundle(bundle, form=form)
    assert text.lstrip('{\n "').startswith("recportal")
    found = read_bundle(text.encode(), f"file.{form}")
    assert (found.community, found.members) == ({"key": "a"}, {"m": {"name": ""}})


@given(json_values)
def test_json_is_readable_and_sorted(value: Any) -> None:
    text = write_bundle(Bundle("native", {"key": "a", "extra": {"b": value, "a": 1}}), form="json")
    assert text.startswith('{\n  "recportal": 1,\n  "community": {\n    "extra": {\n      "a": 1,\n')


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_json_does_not_know_is_not_written(number: float, form: Form) -> None:
    with pytest.raises(ValueError, match=r"number|JSON"):
        write_bundle(Bundle("native", {"key": "a", "extra": {"x": number}}), form=form)


def test_a_bundle_with_faults_is_not_written() -> None:
    bundle = read_bundle(b"recportal: 1\ncommunity: {key: a, nme: b}", "file.yaml")
    with pytest.raises(ValueError, match="faults"):
        write_bundle(bundle)
