"""What one worker process answers, and how far that is from a bare view with hand-written SQL.

    python -m tests.bench.api [--sizes 1000,100000,1000000] [--seconds 3]

on the engine of `RECPORTAL_TEST_ENGINE`. Requests go through the whole WSGI application, middleware and token
included; the floor's views stand behind the same. A size is a number of assets, in communities of a thousand.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from assets.models import Asset  # noqa: E402
from communities.models import ApiToken, Community, StaffRole  # noqa: E402
from members.models import Holding, Member  # noqa: E402
from recportal import urls as project  # noqa: E402
from recportal.accounts.models import User  # noqa: E402
from recportal.records.bulk import insert  # noqa: E402
from tests.settings import FOLDER  # noqa: E402

#: Assets of a community; it has half as many members.
PER_COMMUNITY = 1000
WANTED = {"list of 500": 0.5, "asset by key": 0.6}
#: How far a figure at the largest size may be from that at the smallest.
MOST_GROWTH = 1.3


def fill(size: int) -> None:
    """Communities of a thousand assets each, until there are ``size``; rows only, no history."""
    have = Community.objects.count()
    for start in range(have, max(1, size // PER_COMMUNITY), 50):
        numbers = range(start, min(start + 50, max(1, size // PER_COMMUNITY)))
        communities = [
            Community(key=f"rec-{number:05}", name=f"Community {number}", version=1) for number in numbers
        ]
        insert(communities)
        members = [member for each in communities for member in _members(each)]
        insert(members)
        assets = [asset for index, member in enumerate(members) for asset in _assets(index, member)]
        insert(assets)
        insert([*_holdings(members, assets)])
        print(f"\r{Asset.objects.count():>9} assets", end="", file=sys.stderr)
    print(file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _members(community: Community) -> Iterator[Member]:
    for number in range(PER_COMMUNITY // 2):
        point = f"IT999E{int(community.key[4:]) * PER_COMMUNITY + number:08}"
        yield Member(
            community=community, key=f"m-{number:04}", name=f"Member {number}", role="prosumer",
            status="active", user_id=f"user-{number}", version=1,
            delivery_points=[{"id": point, "type": "pod"}],
            extra={"type": "schema:Person", "email": "somebody@example.org"}, search_text=f"m-{number:04}",
        )  # fmt: skip


def _assets(index: int, member: Member) -> Iterator[Asset]:
    number = index % (PER_COMMUNITY // 2)
    shared: dict[str, Any] = {
        "community": member.community,
        "owner": member,
        "version": 1,
        "search_text": "x",
    }
    shared["device"] = {"manufacturer": "Sunny Works", "model": "X-12", "serial_number": f"SN{number:08}"}
    yield Asset(
        **shared, key=f"pv-{number:04}", name=f"Roof {number}", asset_type="pv",
        properties={"capacity_kwp": number % 20 + 0.5, "tilt": 30, "installation_date": "2022-05-01"},
    )  # fmt: skip
    yield Asset(
        **shared, key=f"meter-{number:04}", name=f"Meter {number}", asset_type="meter",
        sensor_id=f"sensor-{member.community.key}-{number}", relationships={"measures": [f"pv-{number:04}"]},
        properties={"meter_type": "smart", "pod": member.delivery_points[0]["id"]},
    )  # fmt: skip


def _holdings(members: list[Member], assets: list[Asset]) -> Iterator[Holding]:
    since = time.strftime("%Y-%m-%d")
    for member in members:
        code = member.delivery_points[0]["id"].lower()
        yield Holding(kind="delivery_point", code=code, member=member, since=since)
    for asset in assets:
        if asset.sensor_id:
            yield Holding(kind="sensor", code=asset.sensor_id, member=asset.owner, asset=asset, since=since)


#: The JSON of an asset and of a member by hand, with ``{t}`` for the engine's own words.
_SAME = "{object}('id', {p}.id, 'key', {p}.key, 'community', c.key, 'community_id', {p}.community_id"


def _words() -> dict[str, str]:
    if connection.vendor == "sqlite":
        return {
            "object": "json_object",
            "text": "",
            "array": "json_group_array(json(j))",
            "json": "json({p}.{c})",
            "time": "REPLACE({p}.{c}, ' ', 'T') || 'Z'",
        }
    return {
        "object": "json_build_object",
        "text": "::text",
        "array": "json_agg(j)::text",
        "json": "{p}.{c}",
        "time": "to_char({p}.{c} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    }


def _object(prefix: str, texts: tuple[str, ...], documents: tuple[str, ...], more: str = "") -> str:
    words = _words()
    parts = [f"'{name}', {prefix}.{name}" for name in texts]
    parts += [f"'{name}', " + words["json"].format(p=prefix, c=name) for name in documents]
    parts += [f"'{name}', " + words["time"].format(p=prefix, c=name) for name in ("created_at", "updated_at")]
    same = _SAME.format(object=words["object"], p=prefix)
    return f"{same}{more}, {', '.join(parts)}, 'version', {prefix}.version)"


def asset_sql() -> str:
    return _object(
        "a", ("asset_type", "name", "sensor_id"), ("properties", "device", "relationships", "extra"),
        ", 'owner', m.key, 'owner_id', a.owner_id",
    )  # fmt: skip


def member_sql() -> str:
    return _object("m", ("user_id", "name", "role", "area", "status"), ("delivery_points", "extra"))


ASSETS = (
    "assets_asset a JOIN communities_community c ON c.id = a.community_id "
    "JOIN members_member m ON m.id = a.owner_id"
)
MEMBERS = "members_member m JOIN communities_community c ON c.id = m.community_id"


@dataclass(frozen=True)
class Case:
    """A request, and the statement that answers it by hand."""

    name: str
    method: str
    path: str
    body: bytes
    sql: str
    given: list[Any]


def cases(community: Community) -> list[Case]:
    words = _words()
    sensors = [f"sensor-{community.key}-{number}" for number in range(500)]
    point = f"IT999E{int(community.key[4:]) * PER_COMMUNITY + 250:08}"
    one = f"SELECT {asset_sql()}{words['text']} FROM {ASSETS} WHERE "
    held = "JOIN members_holding h ON h.{0}_id = {1}.id AND h.kind = %s AND h.until IS NULL"
    every = f"SELECT {words['array']} FROM (SELECT {asset_sql()} AS j FROM {ASSETS} "
    place = f"/api/communities/{community.key}/assets/"
    marks = ", ".join(["%s"] * len(sensors))
    ordered = "WHERE a.community_id = %s ORDER BY a.key LIMIT"
    number = (
        "json_extract(a.properties, '$.capacity_kwp')" if connection.vendor == "sqlite"
        else "(a.properties ->> 'capacity_kwp')::float"
    )  # fmt: skip
    members = (
        f"SELECT {member_sql()}{words['text']} FROM {MEMBERS} {held.format('member', 'm')} WHERE h.code = %s"
    )
    large = f"WHERE a.community_id = %s AND a.asset_type = 'pv' AND {number} >= 15 ORDER BY a.key LIMIT 50"

    def get(name: str, way: str, sql: str, *given: Any) -> Case:
        return Case(name, "GET", way, b"", sql, list(given))

    lookup = json.dumps({"sensor_ids": sensors}).encode()
    by_sensor = f"{every} {held.format('asset', 'a')} WHERE h.code IN ({marks})) x"
    return [
        get("asset by key", f"{place}pv-0250/", f"{one}c.key = %s AND a.key = %s", community.key, "pv-0250"),
        get(
            "asset by sensor id", f"/api/assets/?sensor_id={sensors[250]}",
            f"{one}a.sensor_id = %s", sensors[250],
        ),
        get(
            "member by delivery point", f"/api/members/?delivery_point={point}",
            members, "delivery_point", point.lower(),
        ),
        Case("lookup of 500 sensors", "POST", "/api/assets/lookup/", lookup, by_sensor, ["sensor", *sensors]),
        get("list of 50", f"{place}?limit=50", f"{every} {ordered} 50) x", community.pk),
        get("list of 500", f"{place}?limit=500", f"{every} {ordered} 500) x", community.pk),
        get(
            "list by capacity", f"{place}?properties.capacity_kwp__gte=15",
            f"{every} {large}) x", community.pk,
        ),
    ]  # fmt: skip


_floors: dict[int, Case] = {}


class Floor(APIView):
    """Nothing but one statement, behind the same middleware and authentication."""

    def get(self, request: Request, number: int) -> HttpResponse:
        case = _floors[number]
        with connection.cursor() as cursor:
            cursor.execute(case.sql, case.given)
            (text,) = cursor.fetchone()
        return HttpResponse(text, content_type="application/json")


urlpatterns = [path("floor/<int:number>/", Floor.as_view()), *project.urlpatterns]
handler500 = project.handler500


@dataclass(frozen=True)
class Figure:
    rate: float
    median: float
    p99: float
    queries: int


def measure(send: Callable[[], bytes], seconds: float) -> Figure:
    for _warm in range(5):
        send()
    with CaptureQueriesContext(connection) as queries:
        send()
    asked = len(queries)  # now: the next request empties the log
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or len(times) < 20:
        send()
        times.append(time.perf_counter() - began)
    times.sort()
    median, p99 = statistics.median(times) * 1e3, times[int(len(times) * 0.99)] * 1e3
    return Figure(1 / statistics.mean(times), median, p99, asked)


def sender(application: Any, token: str, method: str, way: str, body: bytes) -> Callable[[], bytes]:
    place, _mark, query = way.partition("?")
    statuses: list[str] = []

    def send() -> bytes:
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": place, "QUERY_STRING": query, "SERVER_NAME": "testserver",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "SCRIPT_NAME": "",
            "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.errors": sys.stderr,
            "CONTENT_TYPE": "application/json" if body else "", "HTTP_AUTHORIZATION": f"Bearer {token}",
        }  # fmt: skip
        answer = application(environ, lambda status, _headers, _error=None: statuses.append(status))
        content = b"".join(answer)
        answer.close()
        assert statuses.pop() == "200 OK", content[:500]
        return content

    return send


def bench(size: int, seconds: float, token: str, community: Community, application: Any) -> dict[str, Figure]:
    fill(size)
    print(f"\n{connection.vendor}, {size:,} assets")
    print(
        f"{'':26}{'answers/s':>10}{'median ms':>11}{'p99 ms':>9}{'queries':>9}{'floor/s':>10}{'of floor':>10}"
    )
    found = {}
    for number, case in enumerate(cases(community)):
        _floors[number] = case
        figure = measure(sender(application, token, case.method, case.path, case.body), seconds)
        floor = measure(sender(application, token, "GET", f"/floor/{number}/", b""), seconds)
        share = figure.rate / floor.rate
        short = "  short of " + str(WANTED[case.name]) if share < WANTED.get(case.name, 0) else ""
        print(
            f"{case.name:26}{figure.rate:>10.0f}{figure.median:>11.2f}{figure.p99:>9.2f}{figure.queries:>9}"
            f"{floor.rate:>10.0f}{share:>10.2f}{short}"
        )
        found[case.name] = figure
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", default="1000,100000" if connection.vendor == "sqlite" else "1000,100000,1000000"
    )
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    settings.ROOT_URLCONF = __name__ if __name__ != "__main__" else "tests.bench.api"
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if not each.startswith("tests.")]
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    FOLDER.mkdir(exist_ok=True)
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        run([int(size) for size in given.sizes.split(",")], given.seconds)
    finally:
        runner.teardown_databases(databases)
        shutil.rmtree(FOLDER, ignore_errors=True)


def run(sizes: list[int], seconds: float) -> None:
    fill(PER_COMMUNITY)
    community = Community.objects.get()
    user = User.objects.create_user("bench")
    StaffRole.objects.create(user=user, community=community, level="viewer")
    token = ApiToken.issue(user, "bench")[1]
    application = get_wsgi_application()
    first: dict[str, Figure] = {}
    for size in sizes:
        found = bench(size, seconds, token, community, application)
        first = first or found
    if len(sizes) > 1:
        print(f"\nMedian at {sizes[-1]:,} against {sizes[0]:,} assets (at most {MOST_GROWTH} is wanted)")
        for name, figure in found.items():
            growth = figure.median / first[name].median
            print(f"{name:26}{growth:>10.2f}{'  too much' if growth > MOST_GROWTH else ''}")


if __name__ == "__main__":
    from tests.bench.api import main as run_main

    run_main()
