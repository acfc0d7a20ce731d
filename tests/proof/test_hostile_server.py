"""A running server meets the corpus of bad input at every address: paths, queries, headers, forms,
documents and files. It answers below 500, within seconds, and without growing.

`RECPORTAL_HOSTILE=10` tries so many values in each place of each address, instead of 2. What is sent is known
to arrive: good files come through the same two doors, and the account and its token are good to the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote, urlencode

import pytest

from tests.addresses import Route, routes
from tests.installation import HOST, Answer, Installation, Server, Visitor, empty_database
from tests.staff.browsing import form_on
from tests.staff.test_hostile_input import HOSTILE

from .test_crash import PASSWORD

pytestmark = pytest.mark.proof

EACH: Final = int(os.environ.get("RECPORTAL_HOSTILE", "2"))
MOST_SECONDS: Final = 10
MOST_GROWTH: Final = 200 * 2**20  # bytes, for one request

SETUP: Final = """
from django.core.management import call_command
call_command("load_demo", "--into-production", "--yes")
call_command("createsuperuser", interactive=False, username="anna", email="anna@example.org")
"""


def _words(text: str) -> list[str]:
    return text.split()


PATHS: Final = [
    "9" * 40,
    "x" * 5000,
    *_words("""
    %00 %ff %ed%a0%80 ..%2f..%2fetc%2fpasswd %2e%2e %0d%0aSet-Cookie:%20a=b a%2fb _5F_00 0 -1 1e3
    %E2%80%AE '%22%3E%3Cscript%3E {} %25 __class__
"""),
]
NAMES: Final = [
    *_words("""
    q p o all e status status__exact area role community community__id__exact cursor limit ordering
    as_of updated_since properties.capacity_kwp__gte properties.x asset_type sensor_id
    delivery_point owner kwp_from updated_from _popup _to_field _changelist_filters next field_name
    model_name app_label term format dialect
"""),
    "\x00",
]
HEADERS: Final = _words("""
    Accept Accept-Language Accept-Encoding If-Match If-None-Match If-Modified-Since Range
    Authorization Cookie Content-Type X-Forwarded-For X-Request-Id X-HTTP-Method-Override
""")
#: Fields of documents and forms that mean something somewhere.
FIELDS: Final = _words("""
    key name status role area extra delivery_points properties relationships owner asset_type
    sensor_id version areas topology settings legal contact reason value action _selected_action
    seen take_over take_over_on sensor_ids delivery_points-0-id properties-pv-tilt properties-pv-raw
    login password email code confirm community
""")
FILES: Final[list[tuple[str, bytes]]] = [
    ("a.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    ("a.yaml", b"- a\n" * 500_000),
    ("a.yaml", b"!!python/object/apply:os.system ['true']"),
    ("a.yaml", b"community: {key: x, key: y}"),
    ("a.json", b"[" * 1_000_000),
    ("a.json", b'{"community": NaN}'),
    ("a.json", b'{"community": {"key": "x", "name": "\\ud800"}, "members": {"\\u0000": {}}}'),
    ("a.json", b'{"community": 5, "members": [], "assets": null}'),
    ("a.json", b"\xff\xfe{\x00}\x00"),
    ("a.csv", b"\xef\xbb\xbfkey;name\n" + b"x;y\n" * 200_000),
    ("a.csv", b'key;name\n"' + b"x" * 1_000_000),
    ("a.csv", b";".join(b"key" for _each in range(50_000)) + b"\n"),
    ("a.csv", b"key;name\n\x00;\x00\n=cmd|' /C calc'!A0;@SUM(1)\n"),
    ("../../a", b""),
    ('a.csv"; a*=x; a*0=y; b="', b"key;name\n"),
    ("\u202ea.csv", b"PK\x03\x04" + b"\x00" * 1000),
]


@dataclass
class Trial:
    """Sends requests to a server of one worker, and keeps what no answer should have been."""

    server: Server
    token: dict[str, str]
    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0
    growth: int = 0

    def sends(self, place: str, what: str, request: Callable[[], Answer]) -> Answer | None:
        before = self._memory(forget_the_peak=True)
        began = time.monotonic()
        answer = None
        try:
            answer = request()
        except OSError as error:  # a connection that was cut off, or no answer within a minute
            what += f" ({error})"
        status = answer.status_code if answer else 599
        took = time.monotonic() - began
        grown = self._memory() - before
        self.tried[place] += 1
        self.statuses[status] += 1
        self.slowest, self.growth = max(self.slowest, took), max(self.growth, grown)
        if status >= 500 or took > MOST_SECONDS or grown > MOST_GROWTH:
            self.faults.append(f"{place}: {what[:300]}: {status}, {took:.1f} s, {grown / 2**20:.0f} MB")
        return answer

    def _memory(self, *, forget_the_peak: bool = False) -> int:
        """Bytes that the worker uses, at most since the peak was forgotten; 0 where no system tells."""
        if not sys.platform.startswith("linux"):
            return 0
        process = Path("/proc") / str(self._worker())
        if forget_the_peak:
            (process / "clear_refs").write_text("5")
        lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        return int(lines["VmRSS" if forget_the_peak else "VmHWM"].split()[0]) * 1024

    def _worker(self) -> int:
        assert self.server.process is not None
        master = self.server.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        assert len(children) == 1, "the worker has been replaced"
        return int(children[0])


@pytest.fixture
def trial(program: Installation, tmp_path: Path) -> Iterator[Trial]:
    with empty_database(tmp_path) as url:
        made = Installation(program.folder, {"DATABASE_URL": url})
        made.manage("migrate", "--verbosity", "0")
        made.manage("shell", "--verbosity", "0", "--command", SETUP, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        with made.served() as server:
            secret = made.manage("create_api_token", "anna").strip()
            yield Trial(server, {"Authorization": f"Bearer {secret}"})


def test_no_bad_input_is_a_fault_of_the_server(trial: Trial, figure: Callable[..., None]) -> None:
    random = Random(20)
    member = Visitor(trial.server)
    member.sign_in("anna", PASSWORD)
    known = _known(member, trial.token)
    for route in routes():
        if "logout" in route.address:
            continue
        of_api = route.address.startswith("/api/")
        address = route.filled({name: known.get(name, "1") for name in route.placeholders})
        headers = trial.token if of_api else {}
        _paths(trial, member, route, known, headers, random)
        _queries(trial, member, address, headers, random)
        _headers(trial, member, address, headers, random)
        if of_api:
            _documents(trial, member, address, route.methods or frozenset(), headers, random)
        else:
            _forms(trial, member, address, random)
    _files(trial, member, known["community"])
    assert Visitor(trial.server).get("/readyz").status_code == 200
    assert member.get("/admin/").status_code == 200, (
        "signed out on the way: what came later met a closed door"
    )
    assert member.request("GET", "/api/me/", headers=trial.token).status_code == 200
    for place, number in sorted(trial.tried.items()):
        figure(f"hostile input at a running server: {place}", number)
    figure("hostile input at a running server: faults", len(trial.faults))
    figure("hostile input at a running server: slowest answer, s", round(trial.slowest, 1), most=True)
    figure("hostile input at a running server: most growth, MB", round(trial.growth / 2**20), most=True)
    assert not trial.faults, "\n".join(trial.faults)


def _known(visitor: Visitor, token: dict[str, str]) -> dict[str, str]:
    """Values of the placeholders that lead to something."""
    first = json.loads(visitor.request("GET", "/api/assets/?limit=1", headers=token).text)["results"][0]
    return {
        "community": first["community"],
        "community_id": "1",
        "member": first["owner"],
        "asset": first["key"],
        "object_id": "1",
        "records": "members",
        "form": "csv",
        "app_label": "members",
        "name": "pv",
        "provider_id": "provider",
    }


def _some(random: Random, values: list[str], number: int) -> list[str]:
    return random.sample(values, min(number, len(values)))


def _paths(
    trial: Trial,
    visitor: Visitor,
    route: Route,
    known: dict[str, str],
    headers: dict[str, str],
    random: Random,
) -> None:
    for name in route.placeholders:
        values = {each: quote(known.get(each, "1")) for each in route.placeholders}
        for bad in _some(random, PATHS, 2 * EACH):
            address = route.filled({**values, name: bad})
            trial.sends("paths", address, partial(visitor.request, "GET", address, headers=headers))


def _queries(trial: Trial, visitor: Visitor, address: str, headers: dict[str, str], random: Random) -> None:
    for bad in _some(random, HOSTILE, EACH):
        query = urlencode(dict.fromkeys(random.sample(NAMES, 5), bad[:2000]), errors="surrogatepass")
        for sent in (query, "&".join(f"{name}=%ff%00" for name in random.sample(NAMES[:-1], 5))):
            to = f"{quote(address)}?{sent}"
            trial.sends("queries", to, partial(visitor.request, "GET", to, headers=headers))


def _headers(trial: Trial, visitor: Visitor, address: str, headers: dict[str, str], random: Random) -> None:
    for _each in range(EACH):
        name, bad = random.choice(HEADERS), random.choice(HOSTILE)
        value = bad[:3000].encode("utf-8", "replace").decode("latin-1")
        value = "".join(letter for letter in value if letter >= " " and letter != "\x7f")
        sent = {**headers, name: value}
        what = f"{address} {name}: {value}"
        trial.sends("headers", what, partial(_apart(visitor).request, "GET", quote(address), headers=sent))


def _apart(visitor: Visitor) -> Visitor:
    """The same visitor, whose cookies no answer changes."""
    other = Visitor.__new__(Visitor)
    other.__dict__.update(visitor.__dict__, cookies=dict(visitor.cookies))
    return other


def _documents(
    trial: Trial,
    visitor: Visitor,
    address: str,
    methods: frozenset[str],
    headers: dict[str, str],
    random: Random,
) -> None:
    for method in sorted(methods & {"POST", "PUT", "PATCH"}):
        bodies = [bad.encode("utf-8", "surrogatepass") for bad in _some(random, HOSTILE, 3 * EACH)]
        for name in _some(random, FIELDS, 3 * EACH):
            bad = random.choice(HOSTILE)
            value = bad if random.random() < 0.3 or not _is_json(bad) else json.loads(bad)
            bodies.append(json.dumps({"name": "x", name: value}).encode())
        for body in bodies:
            kind = random.choice(
                ["application/json"] * 4 + ["application/merge-patch+json", "application/yaml", "x"]
            )
            sent = {**headers, "Content-Type": kind}
            what = f"{method} {address} {body[:200]!r}"
            trial.sends(
                "documents",
                what,
                partial(visitor.request, method, quote(address), body, sent),
            )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _forms(trial: Trial, visitor: Visitor, address: str, random: Random) -> None:
    page = _apart(visitor).get(quote(address))
    try:
        own = dict(form_on(page))  # type: ignore[arg-type]  # has what it reads
    except Exception:  # noqa: BLE001  # no form: whatever is sent will do
        own = {}
    for bad in _some(random, HOSTILE, EACH):
        # A body above the limit of its route is cut off, which is not what this is about.
        rate, bad = (0.5, bad) if len(bad) < 10_000 else (0.05, bad[:100_000])
        typed = {name: bad for name in (*own, *FIELDS) if random.random() < rate}
        sent = {**own, **typed} if random.random() < 0.5 else typed
        what = f"POST {address} {sorted(typed)[:8]} {bad[:60]!r}"
        trial.sends("forms", what, partial(_apart(visitor).post, quote(address), sent))


def _files(trial: Trial, visitor: Visitor, community: str) -> None:
    good = visitor.request("GET", f"/api/bundles/{community}/", headers=trial.token).content
    assert _at_the_api(trial, "good.json", good, "application/json") == 200
    assert _at_the_desk(trial, visitor, "good.json", good, community) == [302, 200]
    for name, content in FILES:
        for kind in ("application/json", "application/yaml"):
            _at_the_api(trial, name, content, kind)
        _at_the_desk(trial, visitor, name, content, community)


def _at_the_api(trial: Trial, name: str, content: bytes, kind: str) -> int:
    headers = {**trial.token, "Content-Type": kind}
    request = partial(Visitor(trial.server).request, "POST", "/api/bundles/?dry_run=true", content, headers)
    answer = trial.sends("files", f"/api/bundles/ {name} {content[:60]!r}", request)
    return answer.status_code if answer else 0


def _at_the_desk(trial: Trial, visitor: Visitor, name: str, content: bytes, community: str) -> list[int]:
    """Upload the file in the admin, and open its plan where there is one."""
    visitor.get("/admin/import/")
    mark = "----recportal"
    fields = {"csrfmiddlewaretoken": visitor.cookies["csrftoken"], "community": community}
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{value}\r\n'.encode()
        for each, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join(parts) + head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "Referer": f"https://{HOST}/admin/import/",
    }
    what = f"/admin/import/ {name} {content[:60]!r}"
    answer = trial.sends("files", what, partial(visitor.request, "POST", "/admin/import/", body, headers))
    statuses = [answer.status_code] if answer else []
    if answer and answer.status_code == 302:
        plan = trial.sends("plans", what, partial(visitor.get, answer.headers["Location"]))
        statuses += [plan.status_code] if plan else []
    return statuses
