"""The two questions that supervisors and load balancers ask: does it live, and can it serve?

They come from inside, by an address that is no host name, without TLS and many times a minute: they are
answered before hosts are checked and requests redirected, without a session and without a cookie.
"""

from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200: the process answers. Asks nothing else, so that an outage of the database restarts nobody."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200: the database answers and knows all migrations; else 503, and which of the two it is."""
    try:
        missing = _newest_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    except (DatabaseError, InterfaceError):
        return _not_ready("the database does not answer")
    return (
        _not_ready("migrations are missing")
        if missing
        else HttpResponse("ready\n", content_type="text/plain")
    )


def _not_ready(reason: str) -> HttpResponse:
    return HttpResponse(
        f"not ready: {reason}\n", status=503, content_type="text/plain", headers={"Retry-After": "5"}
    )


@cache
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
        answer: HttpResponseBase = match.func(request)
        return answer
