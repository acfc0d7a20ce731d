"""Valid communities, as odd as files may be: what the rules allow and nobody expects."""

import re
from typing import Any

from hypothesis import strategies as st

from assets.models import AssetType
from members.models import Role, Status
from recportal.bundles.celine import SYNONYMS
from recportal.documents.schemas import schema
from recportal.documents.text import LARGEST_NUMBER
from recportal.text import stored, visible

from .values import AWKWARD_TEXTS, numbers

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
#: As they are stored: another spelling of the same text would not come back as it was.
_texts = (st.sampled_from(AWKWARD_TEXTS) | st.text(_characters, max_size=12)).map(visible)
#: Names that mean something elsewhere in a file, among others.
_names = (
    st.sampled_from(
        [
            "id",
            "key",
            "name",
            "owner",
            "extra",
            "properties",
            "assets",
            "parent",
            "children",
            "metadata",
            "type",
        ]
    )
    | st.sampled_from([name for synonyms in SYNONYMS.values() for name in synonyms])
    | _texts
)
_numbers = numbers.filter(lambda number: abs(number) <= LARGEST_NUMBER)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=6,
)
#: What an identifier or a name can be: one line, trimmed, not empty.
_lines = _texts.map(lambda text: stored(_CONTROL.sub("", text))).filter(bool)
_lines_or_nothing = st.just("") | _lines
_paragraphs = _texts
_keys = st.from_regex(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,5}", re.ASCII), fullmatch=True) | (
    st.sampled_from(
        ["1", "01", "1e5", "no", "null", "true", "y", "_", "a.b:c@d-e", "k" * 128, "name", "members"]
    )
)

_QUANTITIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "pv": {
        "capacity_kwp": st.floats(0, 1000),
        "tilt": st.integers(0, 90),
        "orientation": st.sampled_from(["S", 180]),
    },
    "storage": {"capacity_kwh": st.integers(0, 100), "chemistry": _texts},
    "meter": {"pod": _lines, "meter_type": _texts},
    "ev_charger": {"max_power_kw": st.floats(0, 100), "num_connectors": st.integers(1, 4)},
    "heat_pump": {"thermal_power_kw": st.integers(0, 100), "cop": st.floats(0.5, 20)},
    "load": {"rated_power_kw": st.integers(0, 100), "priority": _texts | st.integers(0, 9)},
}


def _open(name: str, known: dict[str, st.SearchStrategy[Any]] | None = None) -> st.SearchStrategy[Any]:
    """Documents of the schema: some of the known keys, and any others with any values."""
    taken = schema(name).definition.get("properties", {}).keys()
    others = st.dictionaries(_names.filter(lambda key: key not in taken), _values, max_size=3)
    return st.builds(lambda one, two: one | two, others, st.fixed_dictionaries({}, optional=known or {}))


def _loose(known: set[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(_names.filter(lambda key: key not in known), _values, max_size=2)


@st.composite
def _grids(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Nodes in any order, each under at most one other."""
    ids = draw(st.lists(_lines, max_size=5, unique=True))
    nodes: list[dict[str, Any]] = []
    for index, node_id in enumerate(ids):
        node = {"id": node_id, "type": draw(_texts.filter(bool))}
        loose = draw(_loose({"id", "type", "name", "operator_id", "children"}))
        nodes.append(node | loose)
        if index and draw(st.booleans()):
            draw(st.sampled_from(nodes[:index])).setdefault("children", []).append(node_id)
        elif draw(st.booleans()):
            nodes[index].setdefault("children", [])
    return list(draw(st.permutations(nodes)))


@st.composite
def communities(draw: st.DrawFn) -> dict[str, Any]:
    """The tree of a native file, valid in a database without other communities."""
    grid = draw(_grids())
    area = st.builds(
        lambda loose, name, nodes: loose | {"name": name, "topology": nodes},
        _loose({"name", "topology", "location", "geometry"}),
        _texts.filter(bool),
        st.lists(st.sampled_from([node["id"] for node in grid]), max_size=2) if grid else st.just([]),
    )
    areas = draw(st.dictionaries(_keys, area, max_size=3))
    operator = st.builds(
        lambda loose, name: loose | {"name": name},
        _loose({"name", "country", "contact"}),
        _texts.filter(bool),
    )
    community = {
        "key": draw(_keys),
        "name": draw(_lines),
        "description": draw(_paragraphs),
        "areas": areas,
        "topology": grid,
        "legal": draw(_open("communities/legal", {"name": _texts, "vat": _texts})),
        "links": draw(_open("communities/links")),
        "contact": draw(_open("communities/contact", {"phone": _texts})),
        "settings": draw(_open("communities/settings", {"timezone": st.just("Europe/Rome")})),
        "extra": draw(
            _open("communities/extra", {"operators": st.dictionaries(_keys, operator, max_size=2)})
        ),
    }
    members = {
        key: draw(_members(number, list(areas)))
        for number, key in enumerate(draw(st.lists(_keys, max_size=3, unique=True)))
    }
    keys = draw(st.lists(_keys, max_size=5 if members else 0, unique=True))
    assets = {key: draw(_assets(number, key, list(members))) for number, key in enumerate(keys)}
    return {"recportal": 1, "community": community, "members": members, "assets": assets}


def _members(number: int, areas: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    # The number at the beginning keeps the ids of two members apart, whatever blanks, case and dots do.
    point = st.builds(
        lambda loose, index, text, more: loose | {"id": f"{number}{index}x{text}"} | more,
        _loose({"id", "type", "description", "address", "tariff", "active"}),
        st.integers(0, 9),
        _lines_or_nothing,
        st.fixed_dictionaries(
            {"type": st.sampled_from(["pod", "zp", "other"]) | _texts.filter(bool)},
            optional={"active": st.booleans(), "tariff": _texts},
        ),
    )
    return st.fixed_dictionaries(
        {
            "user_id": st.just("") | _lines.map(lambda text: f"{number}{text}"),
            "name": _lines,
            "role": st.sampled_from(Role.values),
            "area": st.sampled_from(["", *areas]),
            "status": st.sampled_from(Status.values),
            "delivery_points": st.lists(point, max_size=2, unique_by=lambda one: one["id"][:2]),
            "extra": _open(
                "members/extra", {"type": _texts, "did": _lines.map(lambda text: f"{number}{text}")}
            ),
        }
    )


def _assets(number: int, key: str, members: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    others = _keys.filter(lambda other: other != key)
    relations = {"measures": st.lists(others, max_size=2, unique=True), "paired_with": others}

    def of_type(asset_type: str) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {
                "owner": st.sampled_from(members),
                "asset_type": st.just(asset_type),
                "name": _lines,
                "sensor_id": st.none() | _lines.map(lambda text: f"{number}{text}"),
                "properties": _open(f"assets/properties/{asset_type}", _QUANTITIES[asset_type]),
                "device": _open("assets/device", {"model": _texts}),
                "relationships": _open("assets/relationships", relations),
                "extra": _open("assets/extra"),
            }
        )

    return st.sampled_from(AssetType.values).flatmap(of_type)
