"""The description of the API, and the schemas that it publishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator
from pytest_django.live_server_helper import LiveServer

from recportal.documents.schemas import schema, schema_names
from recportal.settings import BASE_DIR

from .calling import Caller
from .conftest import Callers, Register

SNAPSHOT = BASE_DIR / "docs" / "openapi.json"


def written(folder: Path) -> str:
    """The description as the command writes it; a warning is an error."""
    file = folder / "openapi.json"
    options = {"fail_on_warn": True, "validate": True, "format": "openapi-json"}
    call_command("spectacular", file=str(file), **options)
    return file.read_text(encoding="utf-8")


def test_a_change_of_the_contract_shows_in_the_snapshot(tmp_path: Path) -> None:
    hint = "manage.py spectacular --validate --fail-on-warn --format openapi-json --file docs/openapi.json"
    assert json.loads(written(tmp_path)) == json.loads(SNAPSHOT.read_text(encoding="utf-8")), hint


def test_it_is_served(live_server: LiveServer) -> None:
    answer = Caller(live_server.url).get("openapi.json")
    assert answer.json() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def described() -> Any:
    return json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_it_has_every_route_of_the_contract(described: Any) -> None:
    routes = {path: sorted(each.keys()) for path, each in described["paths"].items()}
    record = ["delete", "get", "patch", "put"]
    place = "/api/communities/{community}/"
    assert routes == {
        "/api/": ["get"],
        "/api/openapi.json": ["get"],
        "/api/schemas/": ["get"],
        "/api/schemas/{name}/": ["get"],
        "/api/communities/": ["get", "post"],
        place: record,
        f"{place}summary/": ["get"],
        f"{place}areas/{{area}}/rename/": ["post"],
        f"{place}members/": ["get", "post"],
        f"{place}members/{{member}}/": record,
        f"{place}members/{{member}}/delivery-points/{{point}}/": ["delete", "put"],
        f"{place}assets/": ["get", "post"],
        f"{place}assets/{{asset}}/": record,
        "/api/members/": ["get"],
        "/api/assets/": ["get"],
        "/api/members/lookup/": ["post"],
        "/api/assets/lookup/": ["post"],
        "/api/me/": ["get"],
        "/api/me/assets/": ["get"],
        "/api/me/export/": ["get"],
        "/api/bundles/": ["post"],
        "/api/bundles/{community}/": ["get"],
    }


def test_every_refusal_is_documented(described: Any) -> None:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            answers = set(operation["responses"])
            assert {"400", "406", "429", "503"} <= answers, (path, method)
            if operation["security"] != [{}]:
                assert {"401", "403"} <= answers, (path, method)
            if "requestBody" in operation:
                assert {"413", "415"} <= answers, (path, method)
            if "{" in path:
                assert "404" in answers, (path, method)


def judge(described: Any, component: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": described["components"]}
    )


def test_an_asset_is_one_of_six_by_its_type(described: Any, callers: Callers, register: Register) -> None:
    asset = described["components"]["schemas"]["Asset"]
    assert asset["discriminator"]["propertyName"] == "asset_type"
    assert sorted(asset["discriminator"]["mapping"]) == [
        "ev_charger",
        "heat_pump",
        "load",
        "meter",
        "pv",
        "storage",
    ]
    page = callers.viewer_a.get("assets/").json()
    assert len(page["results"]) == 2
    for each in page["results"]:
        assert judge(described, "Asset").is_valid(each)
        assert not judge(described, "Asset").is_valid(
            {**each, "asset_type": "load"} | {"properties": {"tilt": 5}}
        )
        # What was read is a body that may be sent.
        assert judge(described, "AssetInput").is_valid(each)
    member = callers.viewer_a.get("communities/alpha/members/own/").json()
    assert judge(described, "Member").is_valid(member)
    assert judge(described, "MemberInput").is_valid(member)
    community = callers.viewer_a.get("communities/alpha/").json()
    assert judge(described, "Community").is_valid(community)
    assert judge(described, "CommunityInput").is_valid(community)


def test_the_published_schemas(live_server: LiveServer) -> None:
    caller = Caller(live_server.url)
    links = caller.get("schemas/").json()
    assert sorted(links) == schema_names()
    for address in links.values():
        said = caller.get(address).json()
        Draft202012Validator.check_schema(said)
        assert said["$id"] == address
    assert caller.get("schemas/nothing/").code == "not_found"
    assert caller.get("schemas/../settings/").status == 404


SAMPLES: list[tuple[str, Any]] = [
    ("assets/properties/pv", {"capacity_kwp": 5}),
    ("assets/properties/pv", {"capacity_kwp": None, "tilt": None, "capacity_kwh": None}),
    ("assets/properties/pv", {"capacity_kwp": -1}),
    ("assets/properties/pv", {"capacity_kwh": 5}),
    ("assets/properties/pv", {"orientation": None, "priority": None}),
    ("assets/properties/pv", {"orientation": "up"}),
    ("assets/relationships", {"measures": None, "paired_with": None}),
    ("assets/relationships", {"measures": [None]}),
    ("members/delivery_points", [{"id": "a", "type": "pod", "active": None, "own": None}]),
    ("members/delivery_points", [{"id": None, "type": "pod"}]),
    ("members/delivery_points", [{"type": "pod"}]),
    ("members/extra", {"type": None, "email": None}),
    ("communities/areas", {"north": {"name": "N", "geometry": None, "location": {"lat": None}}}),
    ("communities/areas", {"north": {"name": None}}),
    ("communities/areas", {"north": None}),
    ("communities/areas", {"-north": {"name": "N"}}),
    ("communities/extra", {"operators": None}),
    ("communities/extra", {"operators": {"e": {"name": "E", "country": None}}}),
    ("communities/settings", {"timezone": None}),
    ("communities/settings", {"country": "AT", "currency": "EUR", "timezone": "Europe/Vienna"}),
    ("communities/settings", {"country": "ZZ"}),
    ("communities/settings", {"currency": "XXX1"}),
    ("communities/settings", {"currency": None, "country": None}),
    ("communities/extra", {"operators": {"e": {"name": "E", "country": "ZZ"}}}),
    ("members/extra", {"joined_on": "2026-11-28"}),
    ("members/extra", {"joined_on": "yesterday"}),
    ("members/extra", {"joined_on": "20261128"}),
    ("communities/topology", [{"id": "a", "type": "line", "children": None}]),
]


def test_they_accept_and_refuse_what_the_server_does(live_server: LiveServer) -> None:
    caller = Caller(live_server.url)
    for name, document in SAMPLES:
        published = Draft202012Validator(caller.get(f"schemas/{name}/").json())
        judged = schema(name)
        assert published.is_valid(document) == (not judged.faults(judged.tidy(document))), (name, document)
