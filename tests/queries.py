"""A net under every GET of the suite: a query that repeats for each row raises.

Only reads are watched. A write that goes through records one by one, each under its lock, repeats its queries
with intent.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from zeal.middleware import zeal_middleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def repeated_queries_raise(get_response: GetResponse) -> GetResponse:
    """Middleware that lets zeal watch GET and HEAD."""
    watched: GetResponse = zeal_middleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return (watched if request.method in ("GET", "HEAD") else get_response)(request)

    return middleware
