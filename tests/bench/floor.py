"""The floor: what the API's answers would cost with one statement by hand and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.views import APIView

from recportal import urls as project

from .fiction import OWN, OWN_IDS

#: The JSON of an asset and of a member by hand, in the engine's own words.
_SAME: Final = "{object}('id', {p}.id, 'key', {p}.key, 'community', c.key, 'community_id', {p}.community_id"
ASSETS: Final = (
    "assets_asset a JOIN communities_community c ON c.id = a.community_id "
    "JOIN members_member m ON m.id = a.owner_id"
)
MEMBERS: Final = "members_member m JOIN communities_community c ON c.id = m.community_id"


def _words() -> dict[str, str]:
    if connection.vendor == "sqlite":
        return {
            "object": "json_object",
            "text": "",
            "array": "json_group_array(json(j))",
            "json": "json({p}.{c})",
            "time": "REPLACE({p}.{c}, ' ', 'T') || 'Z'",
            "capacity": "json_extract(a.properties, '$.capacity_kwp')",
        }
    return {
        "object": "json_build_object",
        "text": "::text",
        "array": "json_agg(j)::text",
        "json": "{p}.{c}",
        "time": "to_char({p}.{c} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        "capacity": "(a.properties ->> 'capacity_kwp')::float",
    }


def _object(prefix: str, texts: tuple[str, ...], documents: tuple[str, ...], more: str = "") -> str:
    words = _words()
    parts = [f"'{name}', {prefix}.{name}" for name in texts]
    parts += [f"'{name}', " + words["json"].format(p=prefix, c=name) for name in documents]
    parts += [f"'{name}', " + words["time"].format(p=prefix, c=name) for name in ("created_at", "updated_at")]
    same = _SAME.format(object=words["object"], p=prefix)
    return f"{same}{more}, {', '.join(parts)}, 'version', {prefix}.version)"


def _asset() -> str:
    return _object(
        "a", ("asset_type", "name", "sensor_id"), ("properties", "device", "relationships", "extra"),
        ", 'owner', m.key, 'owner_id', a.owner_id",
    )  # fmt: skip


def _member() -> str:
    return _object("m", ("user_id", "name", "role", "area", "status"), ("delivery_points", "extra"))


@dataclass(frozen=True)
class Case:
    """A request, and the statement that answers it by hand."""

    name: str
    method: str
    path: str
    body: bytes
    sql: str
    given: list[Any]
    #: The share of the floor's rate that is wanted, 0: none in particular.
    wanted: float = 0


def cases(community: int, key: str, asset: str, point: str, sensors: list[str]) -> list[Case]:
    """The requests about one community, by the keys and ids of what is in it."""
    words = _words()
    one = f"SELECT {_asset()}{words['text']} FROM {ASSETS} WHERE "
    held = "JOIN members_holding h ON h.{0}_id = {1}.id AND h.kind = %s AND h.until IS NULL"
    every = f"SELECT {words['array']} FROM (SELECT {_asset()} AS j FROM {ASSETS} "
    place = f"/api/communities/{key}/assets/"
    marks = ", ".join(["%s"] * len(sensors))
    ordered = "WHERE a.community_id = %s ORDER BY a.key LIMIT"
    members = (
        f"SELECT {_member()}{words['text']} FROM {MEMBERS} {held.format('member', 'm')} WHERE h.code = %s"
    )
    large = (
        f"WHERE a.community_id = %s AND a.asset_type = 'pv' AND {words['capacity']} >= 15 "
        "ORDER BY a.key LIMIT 50"
    )

    def get(name: str, way: str, sql: str, *given: Any, wanted: float = 0) -> Case:
        return Case(name, "GET", way, b"", sql, list(given), wanted)

    lookup = json.dumps({"sensor_ids": sensors}).encode()
    by_sensor = f"{every} {held.format('asset', 'a')} WHERE h.code IN ({marks})) x"
    return [
        get("asset by key", f"{place}{asset}/", f"{one}c.key = %s AND a.key = %s", key, asset, wanted=0.6),
        get(
            "asset by sensor id", f"/api/assets/?sensor_id={sensors[250]}",
            f"{one}a.sensor_id = %s", sensors[250], wanted=0.6,
        ),
        get(
            "member by delivery point", f"/api/members/?delivery_point={point}",
            members, "delivery_point", point.lower(), wanted=0.6,
        ),
        Case("lookup of 500 sensors", "POST", "/api/assets/lookup/", lookup, by_sensor, ["sensor", *sensors]),
        get("list of 50", f"{place}?limit=50", f"{every} {ordered} 50) x", community),
        get("list of 500", f"{place}?limit=500", f"{every} {ordered} 500) x", community, wanted=0.5),
        get(
            "list of 50 across communities", "/api/assets/?limit=50",
            f"{every} WHERE a.community_id IN ({', '.join(['%s'] * len(OWN))}) "
            "ORDER BY c.key, a.key LIMIT 50) x",
            *(OWN_IDS + 1 + number for number in range(len(OWN))),
        ),
        get(
            "list by capacity", f"{place}?properties.capacity_kwp__gte=15", f"{every} {large}) x", community
        ),
    ]  # fmt: skip


#: The statements of the process, by the number in the address.
statements: list[Case] = []


class Floor(APIView):
    """Nothing but one statement, behind the same middleware and authentication."""

    def get(self, request: Request, number: int) -> HttpResponse:
        case = statements[number]
        with connection.cursor() as cursor:
            cursor.execute(case.sql, case.given)
            (text,) = cursor.fetchone()
        return HttpResponse(text, content_type="application/json")


urlpatterns = [path("floor/<int:number>/", Floor.as_view()), *project.urlpatterns]
handler500 = project.handler500
