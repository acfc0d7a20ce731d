"""The two questions that supervisors and load balancers ask: does it live, and can it serve?

They come from inside, by an address that is no host name, without TLS and many times a minute: they are
answered before hosts are checked and requests redirected, without a session and without a cookie.
"""

import functools
import time
from collections.abc import Callable
from typing import Final

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recportal.records.outages import AWAY, BUSY, Outage, outage_of
from recportal.records.waiting import waiting

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200: the process answers. Asks nothing else, so that an outage of the database restarts nobody."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200: the database answers, knows all migrations and takes a write; else 503 and the reason."""
    try:
        missing = _newest_migrations() - MigrationRecorder(connection).applied_migrations().keys()
        outage = None if missing else _written.outage()
    except (DatabaseError, InterfaceError):
        return _not_ready(AWAY.state)
    if missing:
        return _not_ready("migrations are missing")
    if outage:
        return _not_ready(outage.state)
    return HttpResponse("ready\n", content_type="text/plain")


class _Written:
    """Whether the database takes a write, tried with one row of the cache and so often at most."""

    _EVERY: Final = 5.0  # seconds

    def __init__(self) -> None:
        self._at = -self._EVERY
        self._found: Outage | None = None

    def outage(self) -> Outage | None:
        if time.monotonic() - self._at >= self._EVERY:
            self._found = self._tried()
            self._at = time.monotonic()
        return self._found

    def _tried(self) -> Outage | None:
        try:
            with waiting(0.05):
                cache.set("readyz", 1)
        except (DatabaseError, InterfaceError) as error:
            outage = outage_of(error) or AWAY
            return None if outage is BUSY else outage  # somebody else writes, so that it can be written
        return None


_written = _Written()


def _not_ready(reason: str) -> HttpResponse:
    return HttpResponse(
        f"not ready: {reason}\n", status=503, content_type="text/plain", headers={"Retry-After": "5"}
    )


@functools.cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migrations of this code. A database that knows more is a newer release's, and still serves."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


class ProbeMiddleware:
    """Answers the two routes ahead of all other middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in ("/healthz", "/readyz"):
            return self.get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        answer: HttpResponse = match.func(request)
        answer["Content-Length"] = str(len(answer.content))  # else the connection ends with it
        return answer
