"""Made-up communities, generated and hand-kept, are right by rules that this file states itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from stdnum.eu import vat
from stdnum.it import codicefiscale

from members.identifiers import compact, problem
from recportal.bundles.bundle import read_bundle
from recportal.bundles.demo import generate
from recportal.bundles.writing import to_yaml

Document = dict[str, Any]
Position = list[float]

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}")
ROLES = {"consumer", "prosumer", "producer", "operator", "admin"}
STATUSES = {"pending", "active", "suspended", "inactive"}
TYPES = {"pv", "storage", "meter", "ev_charger", "heat_pump", "load"}
COMMUNITY_DOCUMENTS = ("areas", "topology", "legal", "links", "contact", "settings", "extra")


DEMO = ROOT / "recportal/bundles/demo.yaml"


@pytest.fixture(scope="module")
def bundle() -> Document:
    return next(generate(1, 300, 7))


@pytest.fixture(scope="module")
def kept() -> Document:
    """The hand-kept community, as a reader of YAML who knows nothing of ours sees it."""
    bundle: Document = yaml.safe_load(DEMO.read_text())
    for asset in bundle["assets"].values():
        for name in ("relationships", "extra"):  # empty ones are not written
            asset.setdefault(name, {})
    for node in bundle["community"]["topology"]:
        node.setdefault("children", [])
    return bundle


def validator(path: str) -> Draft202012Validator:
    """Plain jsonschema, without any of our own code."""
    schema = json.loads((ROOT / path).read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def schema_faults(bundle: Document) -> Iterator[str]:
    validators: dict[str, Draft202012Validator] = {}

    def judge(place: str, schema: str, document: object) -> Iterator[str]:
        if schema not in validators:
            validators[schema] = validator(schema)
        for error in validators[schema].iter_errors(document):
            yield f"{place} {error.json_path}: {error.message}"

    for name in COMMUNITY_DOCUMENTS:
        yield from judge(name, f"communities/schemas/{name}.json", bundle["community"][name])
    for key, member in bundle["members"].items():
        for name in ("delivery_points", "extra"):
            yield from judge(f"{key}.{name}", f"members/schemas/{name}.json", member[name])
    for key, asset in bundle["assets"].items():
        for name in ("device", "relationships", "extra"):
            yield from judge(f"{key}.{name}", f"assets/schemas/{name}.json", asset[name])
        schema = f"assets/schemas/properties/{asset['asset_type']}.json"
        yield from judge(f"{key}.properties", schema, asset["properties"])


def rule_faults(bundle: Document) -> Iterator[str]:
    """What breaks a rule across records, or a closed list."""
    community, members, assets = bundle["community"], bundle["members"], bundle["assets"]
    operators = community["extra"]["operators"]
    for key in (community["key"], *members, *assets, *community["areas"], *operators):
        if not KEY.fullmatch(key):
            yield f"{key} is no key"
    nodes = {node["id"]: node for node in community["topology"]}
    children = [child for node in nodes.values() for child in node["children"]]
    if len(nodes) < len(community["topology"]) or len(set(children)) < len(children):
        yield "a node stands twice, or has two parents"
    for node_id in {*children, *(node for area in community["areas"].values() for node in area["topology"])}:
        if node_id not in nodes:
            yield f"no node {node_id}"
    for area, document in community["areas"].items():
        for ring in document["geometry"]["coordinates"]:
            if ring[0] != ring[-1] or len(ring) < 4:
                yield f"the ring of {area} is open"
    for key, member in members.items():
        if member["role"] not in ROLES or member["status"] not in STATUSES:
            yield f"{key}: {member['role']} {member['status']}"
        if member["area"] not in community["areas"]:
            yield f"{key}: no area {member['area']}"
    for key, asset in assets.items():
        if asset["owner"] not in members:
            yield f"{key}: no owner {asset['owner']}"
        if asset["asset_type"] not in TYPES:
            yield f"{key}: {asset['asset_type']}"


def holdings(bundle: Document) -> Iterator[tuple[str, str]]:
    """What only one member or asset may have, whatever its status: kind and code."""
    for member in bundle["members"].values():
        if member["user_id"]:
            yield "user", member["user_id"]
        if "did" in member["extra"]:
            yield "did", member["extra"]["did"]
        for point in member["delivery_points"]:
            yield "point", compact(point["type"], point["id"])
    for asset in bundle["assets"].values():
        if asset["sensor_id"] is not None:
            yield "sensor", asset["sensor_id"]
        if "serial_number" in asset["device"]:
            yield "serial", asset["device"]["serial_number"]


def number_faults(bundle: Document) -> Iterator[str]:
    """Identifiers that do not look like what they are."""
    legal = bundle["community"]["legal"]
    if not vat.is_valid(legal["vat"]):
        yield f"vat {legal['vat']}"
    for key, member in bundle["members"].items():
        for point in member["delivery_points"]:
            if problem(point["type"], point["id"]):
                yield f"{key}: {point['type']} {point['id']}"
        if "fiscal_code" in member["extra"] and not codicefiscale.is_valid(member["extra"]["fiscal_code"]):
            yield f"{key}: {member['extra']['fiscal_code']}"
        if "vat" in member["extra"] and not vat.is_valid(member["extra"]["vat"]):
            yield f"{key}: {member['extra']['vat']}"


def reference_faults(bundle: Document) -> Iterator[str]:
    """References that the registry would accept with a notice."""
    assets, operators = bundle["assets"], bundle["community"]["extra"]["operators"]
    for node in bundle["community"]["topology"]:
        if node["operator_id"] not in operators:
            yield f"{node['id']}: no operator {node['operator_id']}"
    for key, asset in assets.items():
        relationships = asset["relationships"]
        others = [*relationships.get("measures", []), *filter(None, [relationships.get("paired_with")])]
        for other in others:
            if other == key or other not in assets:
                yield f"{key}: no asset {other}"
            elif assets[other]["owner"] != asset["owner"]:
                yield f"{key}: {other} is another member's"
        pods = [point["id"] for point in bundle["members"][asset["owner"]]["delivery_points"]]
        if asset["asset_type"] == "meter" and asset["properties"]["pod"] not in pods:
            yield f"{key}: pod {asset['properties']['pod']} is not the owner's"


def depth(topology: list[Document]) -> int:
    children = {node["id"]: node["children"] for node in topology}

    def below(node_id: str) -> int:
        return 1 + max((below(child) for child in children[node_id]), default=0)

    return max(below(node_id) for node_id in children)


def crossings(ring: list[Position]) -> Iterator[tuple[Position, Position]]:
    """Where two sides of the ring that are no neighbours cross."""

    def left(a: Position, b: Position, c: Position) -> bool:
        return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])

    sides = list(pairwise(ring))
    for (a, b), (c, d) in combinations(sides, 2):
        if len({tuple(position) for position in (a, b, c, d)}) < 4:
            continue
        if left(a, b, c) != left(a, b, d) and left(c, d, a) != left(c, d, b):
            yield a, c


def area_of(ring: list[Position]) -> float:
    """In square degrees, above zero when the ring runs counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


@pytest.mark.parametrize("members", [0, 1, 2, 9, 10, 11, 47, 300])
def test_there_are_twice_as_many_assets_as_members(members: int) -> None:
    for bundle in generate(2, members, 7):
        assert len(bundle["members"]) == members
        assert len(bundle["assets"]) == 2 * members


def test_ten_thousand_members_have_twenty_thousand_assets() -> None:
    [bundle] = generate(1, 10_000, 1)
    assert (len(bundle["members"]), len(bundle["assets"])) == (10_000, 20_000)


def test_the_same_seed_gives_the_same_bundles() -> None:
    def text(seed: int) -> str:
        return json.dumps(list(generate(3, 50, seed)))

    assert text(7) == text(7)
    assert text(7) != text(8)


def test_another_process_gives_the_same_bundles() -> None:
    """Sets and hashes of text differ from process to process; bundles must not."""
    program = (
        "import json; from recportal.bundles.demo import generate; print(json.dumps([*generate(2, 40, 7)]))"
    )
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert made.stdout.strip() == json.dumps(list(generate(2, 40, 7)))


def test_a_community_does_not_depend_on_how_many_there_are() -> None:
    assert list(generate(5, 20, 7))[:2] == list(generate(2, 20, 7))


def test_all_words_of_the_closed_lists_occur(bundle: Document) -> None:
    assert {member["role"] for member in bundle["members"].values()} == ROLES
    assert {member["status"] for member in bundle["members"].values()} == STATUSES
    assert {asset["asset_type"] for asset in bundle["assets"].values()} == TYPES


def test_every_document_keeps_its_schema(bundle: Document) -> None:
    assert list(schema_faults(bundle)) == []


def test_every_record_keeps_the_rules(bundle: Document) -> None:
    assert list(rule_faults(bundle)) == []


def test_references_name_what_exists(bundle: Document) -> None:
    assert list(reference_faults(bundle)) == []


def test_numbers_have_the_right_check_digits(bundle: Document) -> None:
    assert list(number_faults(bundle)) == []
    extras = [member["extra"] for member in bundle["members"].values()]
    assert sum("vat" in extra for extra in extras) > 5
    assert sum(len(extra["fiscal_code"]) == 16 for extra in extras) > 200


def test_nothing_is_held_twice_in_the_whole_registry() -> None:
    held = Counter(holding for bundle in generate(20, 100, 7) for holding in holdings(bundle))
    assert [holding for holding, times in held.items() if times > 1] == []
    assert len(held) > 20 * 400


def test_other_seeds_make_other_communities() -> None:
    first, second = (next(generate(1, 50, seed)) for seed in (1, 2))
    assert first["community"]["key"] != second["community"]["key"]
    shared = {holding for holding in holdings(first) if holding[0] in ("user", "did", "sensor")} & set(
        holdings(second)
    )
    assert shared == set()


def test_the_grid_is_three_or_four_levels_deep() -> None:
    assert {depth(bundle["community"]["topology"]) for bundle in generate(20, 5, 7)} == {4}
    levels = set()
    for bundle in generate(20, 5, 7):
        nodes = {node["id"]: node for node in bundle["community"]["topology"]}
        for area in bundle["community"]["areas"].values():
            [root] = area["topology"]
            assert nodes[root]["type"] == "primary_substation"
            below = [root]
            for child in below:
                below += nodes[child]["children"]
            levels.add(depth([nodes[node] for node in below]))
    assert levels == {3, 4}


def test_areas_are_proper_polygons_side_by_side() -> None:
    for bundle in generate(20, 5, 7):
        rings = [area["geometry"]["coordinates"][0] for area in bundle["community"]["areas"].values()]
        for ring in rings:
            assert list(crossings(ring)) == []
            assert area_of(ring) > 0
        for lower, upper in pairwise(rings):
            shared = {tuple(position) for position in lower} & {tuple(position) for position in upper}
            assert len(shared) == 5


def test_the_crossing_check_can_fail() -> None:
    assert list(crossings([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]))


def test_members_who_left_hold_no_point(bundle: Document) -> None:
    left = [member for member in bundle["members"].values() if member["status"] == "inactive"]
    assert left
    for member in left:
        assert not any(point["active"] for point in member["delivery_points"])
        assert member["extra"]["joined_on"] < member["extra"]["left_on"]


def test_every_delivery_point_has_a_meter(bundle: Document) -> None:
    metered = {asset["properties"].get("pod") for asset in bundle["assets"].values()}
    points = [point["id"] for member in bundle["members"].values() for point in member["delivery_points"]]
    assert set(points) <= metered
    assert len(points) > 300


def test_prosumers_and_producers_generate(bundle: Document) -> None:
    generating = {asset["owner"] for asset in bundle["assets"].values() if asset["asset_type"] == "pv"}
    for key, member in bundle["members"].items():
        if member["role"] in ("prosumer", "producer"):
            assert key in generating


@pytest.mark.parametrize(("communities", "members"), [(-1, 5), (1, -5), (100, 1_000_000)])
def test_impossible_sizes_are_refused_at_once(communities: int, members: int) -> None:
    with pytest.raises(ValueError, match="there"):
        generate(communities, members, 7)


def test_the_kept_community_is_large_enough_to_show_everything(kept: Document) -> None:
    members, assets = kept["members"].values(), kept["assets"].values()
    assert len(members) >= 40
    assert len(assets) >= 120
    assert {member["role"] for member in members} == ROLES
    assert {member["status"] for member in members} == STATUSES
    assert min(Counter(asset["asset_type"] for asset in assets)[kind] for kind in TYPES) >= 10
    assert len(kept["community"]["areas"]) == 3
    assert depth(kept["community"]["topology"]) == 4
    assert len(kept["community"]["extra"]["operators"]) == 2
    assert {node["operator_id"] for node in kept["community"]["topology"]} == set(
        kept["community"]["extra"]["operators"]
    )


def test_the_kept_community_says_that_it_is_fictional(kept: Document) -> None:
    assert "fictional" in kept["community"]["description"]


def test_the_kept_community_reads_the_same_to_every_reader(kept: Document) -> None:
    """Whatever a reader of YAML could take for a number or a date is in quotes."""
    ours = read_bundle(DEMO.read_bytes(), DEMO.name)
    assert ours.faults == []
    assert (ours.members, ours.community["key"]) == (kept["members"], kept["community"]["key"])


def test_the_kept_community_keeps_schemas_and_rules(kept: Document) -> None:
    assert list(schema_faults(kept)) == []
    assert list(rule_faults(kept)) == []


def test_the_kept_community_holds_nothing_twice(kept: Document) -> None:
    held = Counter(holdings(kept))
    assert [holding for holding, times in held.items() if times > 1] == []


def test_the_kept_community_is_wrong_only_on_purpose(kept: Document) -> None:
    assert list(number_faults(kept)) == ["m-004: pod 99990001234567"]
    assert list(reference_faults(kept)) == [
        "meter-026: pod IT998E011163913 is not the owner's",
        "meter-028: no asset pv-0280",
    ]


def test_the_kept_areas_are_proper_polygons_side_by_side(kept: Document) -> None:
    rings = [area["geometry"]["coordinates"][0] for area in kept["community"]["areas"].values()]
    for ring in rings:
        assert len(ring) > 20
        assert list(crossings(ring)) == []
        assert area_of(ring) > 0
    castelmorin, pontelarno, pralvento = ({tuple(position) for position in ring} for ring in rings)
    assert len(castelmorin & pontelarno) > 5
    assert len(castelmorin & pralvento) > 5


def test_the_kept_community_is_written_like_an_export() -> None:
    text = DEMO.read_text()
    assert text[text.index("recportal: 1") :] == to_yaml(yaml.safe_load(text))


def test_the_kept_community_points_at_no_real_address() -> None:
    text = DEMO.read_text()
    addresses = re.findall(r"(?:@|https?://|did:web:)([\w.-]+)", text)
    assert len(addresses) > 40
    assert [address for address in addresses if not address.endswith("example.org")] == []
    assert set(re.findall(r"\bIT\d{3}E", text)) == {"IT998E"}


def test_the_kept_and_the_generated_communities_share_nothing(kept: Document) -> None:
    made = {holding for bundle in generate(5, 500, 7) for holding in holdings(bundle)}
    assert made & set(holdings(kept)) == set()
