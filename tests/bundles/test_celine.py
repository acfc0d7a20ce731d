"""CELINE's dialect: what its files say under the seed's names, and back without loss."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recportal.bundles.bundle import Bundle, read_bundle
from recportal.bundles.celine import SYNONYMS, children_from_parents, unknown_parents
from recportal.bundles.parsing import parse_file
from recportal.bundles.writing import Form, to_yaml, write_bundle

from .values import documents, json_values, texts

pytestmark = pytest.mark.once  # no database

FORMS = get_args(Form)
FILES = Path(__file__).parent / "files"
LARCH_VALLEY = ["larch-valley.v0.5.yaml", "larch-valley.v0.7.yaml"]


def larch_valley(name: str) -> Bundle:
    return read_bundle((FILES / name).read_bytes(), name)


def celine(text: str, version: str = '"0.7"') -> Bundle:
    return read_bundle(f"schema_version: {version}\n{text}".encode(), "file.yaml")


def faults_of(text: str) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in celine(text).faults]


def asset(asset_type: str, fields: str) -> dict[str, Any]:
    bundle = celine(f"community: {{id: a}}\nmembers: {{m: {{assets: {{{asset_type}: {{x: {fields}}}}}}}}}")
    assert bundle.faults == []
    return bundle.assets["x"]


def settled(bundle: Bundle) -> Bundle:
    """The bundle as it is in the register: children instead of parents."""
    community = dict(bundle.community)
    if bundle.parents:
        community["topology"] = children_from_parents(community["topology"], bundle.parents)
    return Bundle("native", community, bundle.members, bundle.assets, {}, bundle.faults)


def exact(bundle: Bundle) -> str:
    """As JSON, which tells 5 from 5.0 and from true."""
    return json.dumps(vars(bundle), sort_keys=True)


# In


def test_a_community_is_read() -> None:
    bundle = larch_valley("larch-valley.v0.5.yaml")
    assert bundle.faults == []
    assert bundle.dialect == "celine"
    assert Counter(asset["asset_type"] for asset in bundle.assets.values()) == {
        "meter": 17,
        "pv": 13,
        "storage": 4,
    }
    assert len(bundle.members) == 17
    assert sum(len(member["delivery_points"]) for member in bundle.members.values()) == 17
    assert len(bundle.community["areas"]) == 3
    assert len(bundle.community["topology"]) == 4
    assert bundle.community["key"] == "larch_valley"
    assert bundle.community["extra"]["operators"] == {"valley-grid": {"name": "Valley Grid", "country": "IT"}}
    assert bundle.community["extra"]["metadata"]["created"] == "2024-03-01"
    assert bundle.members["lv-001"] == {
        "user_id": "lv-001",
        "name": "Participant LV-001",
        "role": "consumer",
        "area": "upper",
        "status": "active",
        "delivery_points": bundle.members["lv-001"]["delivery_points"],
        "extra": {"type": "schema:Person"},
    }
    assert bundle.assets["pv-lv-002"] == {
        "owner": "lv-002",
        "asset_type": "pv",
        "name": "PV system LV-002",
        "properties": {"capacity_kwp": None},
        "relationships": {"measures": ["meter-lv-002"]},
    }
    assert bundle.assets["meter-lv-002"]["sensor_id"].startswith("mtr-")
    assert set(bundle.assets["meter-lv-002"]["properties"]) == {"meter_type", "pod"}
    assert set(bundle.assets["storage-lv-003"]["properties"]) == {
        "capacity_kwh",
        "max_charge_power",
        "max_discharge_power",
    }


def test_a_later_state_of_it_is_read() -> None:
    bundle = larch_valley("larch-valley.v0.7.yaml")
    assert bundle.faults == []
    assert (len(bundle.members), len(bundle.assets), len(bundle.community["topology"])) == (4, 7, 3)
    assert bundle.community["areas"]["upper"]["boundary"]["id"] == "AC000E90001"
    assert bundle.members["lv-001"]["extra"] == {
        "type": "schema:Person",
        "did": "did:web:dataspace.example%3A30005:lv-001",
    }


@pytest.mark.parametrize("version", ['"0.4"', '"0.5"', '"0.6"', '"0.7"', "0.5"])
def test_the_versions_that_are_read(version: str) -> None:
    assert celine("community: {id: a}", version).faults == []


def test_parents_become_children_in_the_order_of_the_file() -> None:
    bundle = larch_valley("larch-valley.v0.5.yaml")
    children = ["SS-upper-001", "SS-middle-001", "SS-lower-001"]
    assert bundle.parents == dict.fromkeys(children, "PS-valley-001")
    assert not any("parent" in node or "children" in node for node in bundle.community["topology"])
    top, *others = children_from_parents(bundle.community["topology"], bundle.parents)
    assert top["children"] == children
    assert not any("children" in node for node in others)
    assert "children" not in bundle.community["topology"][0]


def test_children_that_the_file_names_come_first() -> None:
    bundle = celine("""
community:
  id: a
  topology:
    - {id: a, type: t, children: [c]}
    - {id: b, type: t, parent: " a "}
    - {id: c, type: t, parent: a}
    - {id: d, type: t, parent: elsewhere}
    - {id: e, type: t, parent: null}
    - {id: f, type: t, parent: ""}
""")
    assert bundle.parents == {"b": "a", "c": "a", "d": "elsewhere"}
    first, *_others = children_from_parents(bundle.community["topology"], bundle.parents)
    assert first["children"] == ["c", "b"]
    assert unknown_parents(bundle.community["topology"], bundle.parents) == {"d": "elsewhere"}


def test_what_is_no_topology_is_left_for_its_schema_to_refuse() -> None:
    assert celine("community: {id: a, topology: {b: 1}}").community["topology"] == {"b": 1}
    bundle = celine("community: {id: a, topology: [b, 5, {parent: x}, {id: 5, parent: x}]}")
    assert bundle.community["topology"] == ["b", 5, {}, {"id": 5}]
    assert bundle.parents == {}
    assert children_from_parents(["b", 5, {}, {"id": "x", "children": 5}, {"id": "y"}], {"y": "x"})


def test_the_operator_of_a_node_was_called_otherwise_in_the_oldest_version() -> None:
    text = "community: {id: a, topology: [{id: b, type: t, operator: grid}]}"
    assert celine(text, '"0.4"').community["topology"] == [{"id": "b", "type": "t", "operator_id": "grid"}]
    assert celine(text, '"0.5"').community["topology"] == [{"id": "b", "type": "t", "operator": "grid"}]


@pytest.mark.parametrize(
    ("asset_type", "fields", "properties"),
    [
        ("pv", "{rated_power: 5, tilt_angle: 30}", {"capacity_kwp": 5, "tilt": 30}),
        ("pv", "{capacity_kwp: 5, tilt: 30}", {"capacity_kwp": 5, "tilt": 30}),
        ("storage", "{capacity: 9.5, battery_type: lfp}", {"capacity_kwh": 9.5, "chemistry": "lfp"}),
        ("ev_charger", "{max_power: 11, num_ports: 2}", {"max_power_kw": 11, "num_connectors": 2}),
        ("heat_pump", "{thermal_power: 8, cop: 4}", {"thermal_power_kw": 8, "cop": 4}),
        ("load", "{rated_power: 3}", {"rated_power_kw": 3}),
        ("meter", "{rated_power: 3, pod: x}", {"rated_power": 3, "pod": "x"}),
        ("storage", "{rated_power: 3, max_charge_power: 2}", {"rated_power": 3, "max_charge_power": 2}),
        ("pv", "{rated_power: null, owner: x, key: y}", {"capacity_kwp": None, "owner": "x", "key": "y"}),
    ],
)
def test_exact_synonyms_become_the_names_of_the_seed(
    asset_type: str, fields: str, properties: dict[str, Any]
) -> None:
    assert asset(asset_type, fields)["properties"] == properties


def test_explicit_mappings_are_taken_literally_and_overwrite_no_field() -> None:
    found = asset(
        "pv",
        "{name: N, rated_power: 5, properties: {name: P, rated_power: 6, properties: 7}, extra: {name: E}}",
    )
    assert found == {
        "owner": "m",
        "asset_type": "pv",
        "name": "N",
        "properties": {"name": "P", "rated_power": 6, "properties": 7, "capacity_kwp": 5},
        "extra": {"name": "E"},
    }
    bundle = celine("""
community: {id: a, name: N, colour: red, extra: {id: X, name: E, extra: 1}}
members: {m: {name: N, colour: blue, extra: {name: E, role: admin, assets: 1}}}
""")
    assert bundle.community == {
        "key": "a",
        "name": "N",
        "extra": {"id": "X", "name": "E", "extra": 1, "colour": "red"},
    }
    assert bundle.members["m"] == {
        "name": "N",
        "extra": {"name": "E", "role": "admin", "assets": 1, "colour": "blue"},
    }


def test_what_stands_beside_the_community_is_kept() -> None:
    bundle = celine("""
version: "1.0"
community: {id: a}
metadata: {created: "2024-01-01"}
tariffs: [x]
""")
    assert bundle.community["extra"] == {"metadata": {"created": "2024-01-01"}, "tariffs": ["x"]}


def test_two_different_statements_about_one_thing_are_refused_and_equal_ones_are_not() -> None:
    text = """
community:
  id: a
  operators: {x: {name: X}}
  extra: {operators: {}, metadata: 2}
metadata: 1
members:
  m:
    type: a
    extra: {type: b}
    assets:
      pv:
        p: {rated_power: 5, capacity_kwp: 6}
        q: {tilt: 5, tilt_angle: 5.0}
        r: {tilt_angle: 1, properties: {tilt: true}}
        s: {rated_power: null, capacity_kwp: 6}
"""
    assert faults_of(text) == [
        ("community.operators", "said_twice"),
        ("metadata", "said_twice"),
        ("members.m.type", "said_twice"),
        ("members.m.assets.pv.p.capacity_kwp", "said_twice"),
        ("members.m.assets.pv.r.tilt_angle", "said_twice"),
        ("members.m.assets.pv.s.capacity_kwp", "said_twice"),
    ]
    node = "community: {id: a, topology: [{id: b, type: t, operator: x, operator_id: y}]}"
    assert [fault.where for fault in celine(node, '"0.4"').faults] == ["community.topology[0].operator"]


def test_an_asset_key_that_is_taken_is_refused_naming_both_places() -> None:
    bundle = celine("""
community: {id: a}
members:
  m: {assets: {pv: {x: {name: A}}, meter: {x: {name: B}}}}
  n: {assets: {pv: {x: {name: C}}}}
""")
    assert [(fault.where, fault.code) for fault in bundle.faults] == [
        ("members.m.assets.meter.x", "key_taken"),
        ("members.n.assets.pv.x", "key_taken"),
    ]
    assert all("members.m.assets.pv.x" in str(fault.message) for fault in bundle.faults)


def test_things_of_the_wrong_kind_are_refused_with_their_places() -> None:
    text = """
community: {id: 5, name: [], extra: x, topology: [{id: n, parent: 7}]}
assets: {}
members:
  m:
    user_id: 1
    extra: []
    assets: {pv: [x], wind: {w: {}}, meter: {x: 5, y: {name: 1, extra: 1, properties: 1}}}
  n: {assets: 5}
  o: 5
  p:
  q: {assets: , extra: }
  r: {assets: {pv: }}
"""
    assert faults_of(text) == [
        ("community.extra", "wrong_type"),
        ("community.id", "wrong_type"),
        ("community.name", "wrong_type"),
        ("community.topology[0].parent", "wrong_type"),
        ("assets", "unknown_field"),
        ("members.m.extra", "wrong_type"),
        ("members.m.user_id", "wrong_type"),
        ("members.m.assets.pv", "wrong_type"),
        ("members.m.assets.wind", "invalid_choice"),
        ("members.m.assets.meter.x", "wrong_type"),
        ("members.m.assets.meter.y.properties", "wrong_type"),
        ("members.m.assets.meter.y.name", "wrong_type"),
        ("members.m.assets.meter.y.extra", "wrong_type"),
        ("members.n.assets", "wrong_type"),
        ("members.o", "wrong_type"),
        ("members.p", "required"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [("members: {}", "community"), ("community:", "community"), ("community: {key: a}", "community.id")],
)
def test_a_bundle_names_its_community(text: str, place: str) -> None:
    assert faults_of(text) == [(place, "required")]


def test_blank_values_say_nothing() -> None:
    assert asset("pv", "{name: , sensor_id: , device: , relationships: , extra: , properties: }") == {
        "owner": "m",
        "asset_type": "pv",
        "name": None,
        "sensor_id": None,
    }


# Out and in again


@pytest.mark.parametrize("name", LARCH_VALLEY)
@pytest.mark.parametrize("form", FORMS)
def test_a_file_survives_both_dialects(name: str, form: Form) -> None:
    bundle = larch_valley(name)
    again = read_bundle(write_bundle(bundle, "celine", form).encode(), f"file.{form}")
    assert again == bundle
    native = read_bundle(write_bundle(bundle, "native", form).encode(), f"file.{form}")
    assert exact(native) == exact(settled(bundle))
    back = read_bundle(write_bundle(native, "celine", form).encode(), f"file.{form}")
    assert back == bundle


def test_what_is_written_looks_like_the_files_of_that_ecosystem() -> None:
    bundle = larch_valley("larch-valley.v0.7.yaml")
    tree = parse_file(write_bundle(bundle, "celine").encode(), "file.yaml")
    given = parse_file((FILES / "larch-valley.v0.7.yaml").read_bytes(), "file.yaml")
    assert tree == given
    assert list(tree) == ["version", "schema_version", "metadata", "community", "members"]


def test_what_cannot_be_flat_is_written_under_an_explicit_name() -> None:
    bundle = Bundle(
        "native",
        {"key": "a", "name": "N", "extra": {"id": 1, "name": 2, "extra": 3, "metadata": 4, "key": 5}},
        {"m": {"name": "N", "extra": {"name": 1, "assets": 2, "extra": 3, "did": "4"}}},
        {
            "x": {
                "owner": "m",
                "asset_type": "pv",
                "name": "N",
                "sensor_id": None,
                "properties": {
                    "name": 1,
                    "rated_power": 2,
                    "capacity_kwp": 3,
                    "properties": 4,
                    "extra": 5,
                    "a": 6,
                },
                "extra": {"name": 7},
            }
        },
    )
    text = write_bundle(bundle, "celine")
    assert parse_file(text.encode(), "file.yaml") == {
        "version": "1.0",
        "schema_version": "0.7",
        "metadata": 4,
        "community": {"id": "a", "name": "N", "key": 5, "extra": {"id": 1, "name": 2, "extra": 3}},
        "members": {
            "m": {
                "name": "N",
                "did": "4",
                "extra": {"name": 1, "assets": 2, "extra": 3},
                "assets": {
                    "pv": {
                        "x": {
                            "name": "N",
                            "sensor_id": None,
                            "rated_power": 3,
                            "a": 6,
                            "extra": {"name": 7},
                            "properties": {"name": 1, "rated_power": 2, "properties": 4, "extra": 5},
                        }
                    }
                },
            }
        },
    }
    assert exact(settled(read_bundle(text.encode(), "file.yaml"))) == exact(bundle)


@pytest.mark.parametrize(
    "topology",
    [
        [{"id": "a", "children": ["c"]}, {"id": "b", "children": ["c"]}, {"id": "c"}],
        [{"id": "a", "children": ["b", "b"]}, {"id": "b"}],
        [{"id": "a", "children": ["c", "b"]}, {"id": "b"}, {"id": "c"}],
        [{"id": "a", "children": ["elsewhere"]}],
        [{"id": "a", "children": ["a"]}],
        [{"id": "a", "children": [5]}, {"id": "b", "children": []}, {"id": "c", "children": None}],
        [{"id": "a", "parent": "b", "extra": {"x": 1}}, {"id": "b", "extra": {"parent": "a"}}],
        [{"id": "a", "extra": {}}, {"id": "b", "children": ["a"], "parent": "a", "extra": {"extra": 1}}],
    ],
)
def test_a_grid_that_parents_cannot_say_survives_too(topology: list[dict[str, Any]]) -> None:
    bundle = Bundle("native", {"key": "a", "topology": topology})
    again = read_bundle(write_bundle(bundle, "celine").encode(), "file.yaml")
    assert exact(settled(again)) == exact(bundle)


def test_the_extra_of_a_node_is_its_own() -> None:
    bundle = celine("community: {id: a, topology: [{id: b, type: t, extra: {colour: red, parent: x}}]}")
    assert bundle.community["topology"] == [
        {"id": "b", "type": "t", "extra": {"colour": "red", "parent": "x"}}
    ]
    assert bundle.parents == {}


@pytest.mark.parametrize(
    ("areas", "version"),
    [
        ({}, "0.7"),
        ({"a": {"name": "A", "boundary": {"id": "x"}, "topology": ["x"]}}, "0.7"),
        ({"a": {"name": "A", "topology": ["x"]}}, "0.6"),
        ({"a": {"name": "A", "boundary": {"id": "x"}, "topology": ["x", "y"]}}, "0.6"),
        ({"a": {"name": "A", "boundary": {"id": "x"}}}, "0.6"),
    ],
)
def test_the_version_is_the_newest_one_whose_rules_hold(areas: dict[str, Any], version: str) -> None:
    text = write_bundle(Bundle("native", {"key": "a", "areas": areas}), "celine")
    assert parse_file(text.encode(), "file.yaml")["schema_version"] == version


@pytest.mark.parametrize(
    "record",
    [{"asset_type": "pv", "owner": "nobody"}, {"asset_type": "pv"}, {"owner": "m", "asset_type": "wind"}],
)
def test_an_asset_without_a_place_is_not_written(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no owner or no type"):
        write_bundle(Bundle("native", {"key": "a"}, {"m": {}}, {"x": record}), "celine")


def test_a_parent_that_is_no_node_is_not_written() -> None:
    bundle = celine("community: {id: a, topology: [{id: b, type: t, parent: c}]}")
    with pytest.raises(ValueError, match="no node"):
        write_bundle(bundle)


def mixed_with(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Documents with keys that mean something in the dialect among others."""
    return st.dictionaries(st.sampled_from(names) | texts, json_values, max_size=5)


EVERYWHERE = ("name", "extra", "properties", "id", "key", "metadata", "version", "operators", "parent")
MEMBER = (*EVERYWHERE, "user_id", "role", "area", "status", "delivery_points", "assets", "type", "did")
ASSET = (
    *(name for pairs in SYNONYMS.values() for name in [*pairs, *pairs.values()]),
    *EVERYWHERE,
    *("sensor_id", "device", "relationships", "owner", "asset_type"),
)


@st.composite
def topologies(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Forests, with children in the order of the list or not, and with keys that mean something elsewhere."""
    ids = draw(st.lists(st.text("abc é/", min_size=1).map(str.strip).filter(bool), max_size=5, unique=True))
    nodes: list[dict[str, Any]] = [
        {**draw(mixed_with("parent", "extra", "operator")), "id": name} for name in ids
    ]
    for index, node in enumerate(nodes[1:], start=1):
        above = draw(st.none() | st.integers(0, index - 1))
        if above is not None:
            nodes[above].setdefault("children", []).append(node["id"])
    for node in nodes:
        if draw(st.booleans()):
            node["children"] = draw(st.permutations(node.get("children", [])))
    return draw(st.permutations(nodes))


@st.composite
def communities(draw: st.DrawFn) -> Bundle:
    """Bundles as the register makes them, with whatever its open documents can hold."""
    community = {
        "key": draw(st.text("ab", min_size=1)),
        "name": draw(texts),
        "legal": draw(documents),
        "extra": draw(mixed_with(*EVERYWHERE)),
        "topology": draw(topologies()),
    }
    members = draw(
        st.dictionaries(
            st.sampled_from(["m", "n"]) | texts,
            st.fixed_dictionaries({"name": texts, "extra": mixed_with(*MEMBER)}, optional={"area": texts}),
            max_size=3,
        )
    )
    assets: dict[str, Any] = {}
    if members:
        record = st.fixed_dictionaries(
            {
                "owner": st.sampled_from(sorted(members)),
                "asset_type": st.sampled_from(sorted(SYNONYMS)),
                "name": texts,
                "sensor_id": st.none() | texts,
                "properties": mixed_with(*ASSET),
                "device": documents,
                "extra": mixed_with(*ASSET),
            }
        )
        assets = draw(st.dictionaries(texts, record, max_size=4))
    return without_empty_documents(Bundle("native", community, members, assets))


def without_empty_documents(bundle: Bundle) -> Bundle:
    for record in (bundle.community, *bundle.members.values(), *bundle.assets.values()):
        for name in [name for name, value in record.items() if value in ({}, [])]:
            del record[name]
    return bundle


@given(communities(), st.sampled_from(FORMS))
def test_any_community_survives_the_dialect(bundle: Bundle, form: Form) -> None:
    once = read_bundle(write_bundle(bundle, "celine", form).encode(), f"file.{form}")
    assert once.faults == []
    assert exact(settled(once)) == exact(bundle)
    twice = read_bundle(write_bundle(once, "celine", form).encode(), f"file.{form}")
    assert exact(twice) == exact(once)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """What stands in files of the dialect and in files that only look like it."""
    tree: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"metadata": json_values, "anything": json_values})
    )
    tree["schema_version"] = draw(st.sampled_from(["0.4", "0.5", "0.7"]))
    tree["community"] = {**draw(mixed_with(*EVERYWHERE)), "id": "a"}
    tree["members"] = draw(st.dictionaries(texts, mixed_with(*MEMBER), min_size=1, max_size=2))
    groups = st.dictionaries(texts, mixed_with(*ASSET), min_size=1, max_size=2)
    for member in tree["members"].values():
        member["assets"] = draw(st.dictionaries(st.sampled_from(sorted(SYNONYMS)), groups, max_size=2))
    return tree


@given(files())
def test_any_file_that_can_be_read_says_the_same_when_it_is_written(tree: dict[str, Any]) -> None:
    bundle = read_bundle(to_yaml(tree).encode(), "file.yaml")
    if bundle.faults:
        return
    again = read_bundle(write_bundle(bundle, "celine").encode(), "file.yaml")
    assert exact(without_empty_documents(again)) == exact(without_empty_documents(bundle))
