"""Requests through the whole WSGI application of this process, sent in turn and timed."""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .registers import Registers

#: How far a figure at the largest size may be from that at the smallest.
MOST_GROWTH: Final = 1.3
_LEAST: Final = 5  # samples, also of what takes seconds
_ENOUGH: Final = 21  # samples, unless they take longer than
_LONGEST: Final = 10  # seconds

Send = Callable[[], bytes]


def settings_of_an_installation(routes: str) -> None:
    """What tests and debugging add to the settings would be measured along."""
    settings.ROOT_URLCONF = routes
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if not each.startswith("tests.")]
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]


def sender(application: Any, method: str, way: str, headers: dict[str, str], body: bytes = b"") -> Send:
    """What sends one request and gives the answer's body; raises for an answer that is none."""
    place, _mark, query = way.partition("?")
    statuses: list[str] = []

    def send() -> bytes:
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": place, "QUERY_STRING": query, "SERVER_NAME": "testserver",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "SCRIPT_NAME": "",
            "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.errors": sys.stderr,
            "CONTENT_TYPE": "application/json" if body else "", **headers,
        }  # fmt: skip
        answer = application(environ, lambda status, _headers, _error=None: statuses.append(status))
        content = b"".join(answer)
        answer.close()
        status = statuses.pop()
        assert status == "200 OK", f"{way}: {status} {content[:500]!r}"
        return content

    return send


@dataclass
class Probe:
    """One request to one register, and how long its answers took (seconds)."""

    size: int
    send: Send
    queries: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return 1 / self.median * 1e3

    @property
    def median(self) -> float:
        """Milliseconds."""
        return statistics.median(self.times) * 1e3

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return sorted(self.times)[int(len(self.times) * 0.99)] * 1e3

    def begin(self) -> None:
        """Warm up, and count the queries."""
        self.send()
        with CaptureQueriesContext(connection) as queries:
            self.send()
        self.queries = len(queries)  # now: the next request empties the log

    def once(self) -> None:
        began = time.perf_counter()
        self.send()
        self.times.append(time.perf_counter() - began)


def measure(registers: Registers, probes: Sequence[Probe], seconds: float) -> None:
    """Send each request for so many seconds, all of them in turn: a busy moment of the machine meets all."""
    for probe in probes:
        registers.use(probe.size)
        probe.begin()
    began = time.monotonic()

    def ends() -> bool:
        passed, samples = time.monotonic() - began, len(probes[0].times)
        least = 1 if not seconds else _LEAST if passed > _LONGEST else _ENOUGH
        return passed > seconds * len(probes) and samples >= least

    while not ends():
        for probe in probes:
            registers.use(probe.size)
            probe.once()


def growth(probes: Sequence[Probe]) -> float:
    """The median at the largest size against that at the smallest."""
    return probes[-1].median / probes[0].median


def table_head(*names: str) -> None:
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}", flush=True)


def table_row(*cells: object) -> None:
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)


def options(description: str | None) -> argparse.Namespace:
    """``--sizes`` and ``--seconds``, the same for each bench of answers."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = "1000,100000" if connection.vendor == "sqlite" else "1000,100000,1000000"
    parser.add_argument("--sizes", default=usual, help=f"of assets ({usual})")
    parser.add_argument(
        "--seconds", type=float, default=0.3, help="for each request and size (0.3); 0: ask once"
    )
    parser.add_argument("--only", default="", help="the requests whose names hold this word")
    given = parser.parse_args()
    given.sizes = [int(size) for size in given.sizes.split(",")]
    return given
