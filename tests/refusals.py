"""What is refused, as one table for every door: `save()`, the API, the admin and the import.

A row says what somebody tries to write into one column of one record, as JSON text, and the code that every
door answers with; a value that breaks two rules may be answered with the code of the other, too. The records
are those of `tests/api/conftest.py`.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final

SAVE, API, ADMIN, IMPORT = "save", "api", "admin", "import"
ALL: Final = frozenset({SAVE, API, ADMIN, IMPORT})
#: Doors where a value comes in as JSON: a form has texts, and Python objects were parsed by somebody else.
FILES: Final = frozenset({API, IMPORT})
#: Doors where the text of a document is parsed.
TEXTS: Final = frozenset({API, ADMIN, IMPORT})


@dataclass(frozen=True)
class Refusal:
    """``record`` is community, member or asset; ``pointer`` is the place that the API names."""

    record: str
    column: str
    text: str
    code: str
    pointer: str
    doors: frozenset[str] = field(default=ALL)

    def __str__(self) -> str:
        return f"{self.record}.{self.column}={self.text[:60]}"

    @property
    def value(self) -> Any:
        return json.loads(self.text)


def refused(
    record: str, column: str, value: Any, code: str, place: str = "", doors: frozenset[str] = ALL
) -> Refusal:
    if column in ("areas", "topology"):
        # The admin has pages for these, one area and one node at a time (test_areas.py, test_grid.py).
        doors -= {ADMIN}
    return Refusal(record, column, json.dumps(value), code, f"/{column}{place}", doors)


def hostile(text: str, code: str, place: str = "", doors: frozenset[str] = TEXTS) -> Refusal:
    """A text that is no JSON, or none that every reader understands alike, where ``extra`` should be."""
    return Refusal("asset", "extra", text, code, place, doors)


_LONG = "x" * 129
_RING = [[11, 45], [12, 45], [12, 46], [11, 45]]


def _outline(ring: Any) -> dict[str, Any]:
    return {"north": {"name": "N", "geometry": {"type": "Polygon", "coordinates": [ring]}}}


REFUSALS: Final = [
    # Columns
    refused("member", "role", "king", "invalid_choice"),
    refused("member", "status", "asleep", "invalid_choice"),
    refused("member", "name", "", "required"),
    refused("member", "name", 5, "wrong_type", doors=FILES),
    refused("member", "name", ["Anna"], "wrong_type", doors=FILES),
    refused("member", "user_id", True, "wrong_type", doors=FILES),
    refused("member", "user_id", "a\tb", "invalid"),
    refused("member", "area", "nowhere", "unknown_area"),
    refused("asset", "sensor_id", "a\u0007b", "invalid"),
    refused("asset", "sensor_id", 17, "wrong_type", doors=FILES),
    refused("asset", "name", "a\u2028b", "invalid"),
    refused("asset", "asset_type", "load", "type_immutable", doors=frozenset({SAVE, API, IMPORT})),
    refused("asset", "asset_type", "windmill", "invalid_choice", doors=frozenset({SAVE, API, IMPORT})),
    refused("asset", "owner", "nobody", "unknown_member", doors=FILES),
    refused("asset", "owner", "berta", "unknown_member", doors=FILES),
    refused("asset", "owner", 5, "wrong_type", doors=FILES),
    refused("asset", "colour", "red", "unknown_field", doors=FILES),
    refused("community", "name", "", "required"),
    # Held by somebody else
    refused("asset", "sensor_id", "sensor-b", "sensor_held"),
    refused("member", "extra", {"did": "did:web:berta.example"}, "did_held", "/did"),
    refused(
        "member", "delivery_points", [{"id": "it999e00000099", "type": "pod"}], "delivery_point_held", "/0/id"
    ),
    # Documents of the wrong kind
    refused("asset", "properties", 5, "wrong_type"),
    refused("asset", "properties", [], "wrong_type"),
    refused("asset", "device", "text", "wrong_type"),
    refused("asset", "extra", True, "wrong_type"),
    refused("member", "delivery_points", {}, "wrong_type"),
    refused("member", "delivery_points", [5], "wrong_type", "/0"),
    refused("community", "areas", [], "wrong_type"),
    refused("community", "topology", {}, "wrong_type"),
    # Properties
    refused("asset", "properties", {"tilt": 95}, "too_large", "/tilt"),
    refused("asset", "properties", {"tilt": -1}, "too_small", "/tilt"),
    refused("asset", "properties", {"tilt": "steep"}, "wrong_type", "/tilt"),
    refused("asset", "properties", {"tilt": True}, "wrong_type", "/tilt"),
    refused("asset", "properties", {"capacity_kwp": 100_001}, "too_large", "/capacity_kwp"),
    refused("asset", "properties", {"orientation": "upwards"}, "invalid", "/orientation"),
    refused("asset", "properties", {"orientation": 361}, "too_large", "/orientation"),
    refused("asset", "properties", {"installation_date": "2024-02-30"}, "invalid", "/installation_date"),
    refused("asset", "properties", {"installation_date": "20240501"}, "invalid", "/installation_date"),
    refused("asset", "properties", {"capacity_kwh": 5}, "foreign_property", "/capacity_kwh"),
    refused("asset", "properties", {"cop": 3}, "foreign_property", "/cop"),
    refused("asset", "properties", {"pod": "a\u0000b"}, "null_character", "/pod"),
    refused("asset", "properties", {"own": 2**53}, "number_too_large", "/own"),
    refused("asset", "relationships", {"measures": "pv-1"}, "wrong_type", "/measures"),
    refused("asset", "relationships", {"measures": ["pv-1"]}, "invalid", "/measures/0"),
    refused("asset", "relationships", {"paired_with": "pv-1"}, "invalid", "/paired_with"),
    refused("asset", "relationships", {"paired_with": "no key"}, "invalid", "/paired_with"),
    refused("asset", "extra", {"note": "\ud800"}, "lone_surrogate", "/note"),
    refused("asset", "extra", {"note": "x" * 300_000}, "document_too_large"),
    # Delivery points
    refused("member", "delivery_points", [{"type": "pod"}], "required", "/0/id"),
    refused("member", "delivery_points", [{"id": "", "type": "pod"}], "invalid", "/0/id"),
    refused("member", "delivery_points", [{"id": _LONG, "type": "pod"}], "invalid", "/0/id"),
    refused("member", "delivery_points", [{"id": 5, "type": "pod"}], "wrong_type", "/0/id"),
    refused("member", "delivery_points", [{"id": "a", "type": "pod"}] * 2, "duplicate", "/1/id"),
    refused(
        "member", "delivery_points", [{"id": "a", "type": "pod", "active": 1}], "wrong_type", "/0/active"
    ),
    refused("member", "extra", {"email": 5}, "wrong_type", "/email"),
    # Areas and grid
    refused("community", "areas", {"no blanks": {"name": "N"}}, "invalid", "/no blanks"),
    refused("community", "areas", {"west": {}}, "required", "/west/name"),
    refused(
        "community",
        "areas",
        {"north": {"name": "N", "location": {"lat": 91}}},
        "too_large",
        "/north/location/lat",
    ),
    refused(
        "community", "areas", {"north": {"name": "N", "topology": ["?"]}}, "unknown_node", "/north/topology/0"
    ),
    refused("community", "areas", _outline(_RING[:3]), "too_few", "/north/geometry/coordinates/0"),
    refused(
        "community",
        "areas",
        _outline([*_RING[:3], [0, 0]]),
        "ring_not_closed",
        "/north/geometry/coordinates/0",
    ),
    refused(
        "community", "areas", _outline([[999, 0], *_RING]), "too_large", "/north/geometry/coordinates/0/0/0"
    ),
    refused("community", "topology", [{"id": "a"}], "required", "/0/type"),
    refused(
        "community",
        "topology",
        [{"id": "a", "type": "line", "children": ["b"]}],
        "unknown_node",
        "/0/children/0",
    ),
    refused("community", "settings", {"timezone": "Rome"}, "invalid", "/timezone"),
    refused("community", "settings", {"currency": "Lira"}, "invalid", "/currency"),
    refused("community", "links", {"website": "javascript:alert(1)"}, "invalid", "/website"),
    # Hostile JSON
    hostile("{", "invalid_json"),
    hostile("{'a': 1}", "invalid_json"),
    hostile('{"a": 1} x', "invalid_json"),
    hostile('{"a": 01}', "invalid_json"),
    hostile('{"a": 1, "a": 2}', "duplicate_key"),
    hostile('{"a": NaN}', "not_a_number"),
    hostile('{"a": -Infinity}', "not_a_number"),
    hostile('{"a": 1e999}', "number_too_large"),
    hostile('{"a": ' + "9" * 5000 + "}", "number_too_large"),
    hostile("[" * 200_000, "too_deep"),
    hostile('{"a":' * 40 + "1" + "}" * 40, "too_deep", "/extra" + "/a" * 32),
]
