"""A net under every GET of the suite: a query that repeats for each row raises.

Only reads are watched. A write that goes through records one by one, each under its lock, repeats its queries
with intent; and a provider's answer, which is a GET, writes and renews the session.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from zeal.middleware import zeal_middleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def repeated_queries_raise(get_response: GetResponse) -> GetResponse:
    """Middleware that lets zeal watch GET and HEAD."""
    watched: GetResponse = zeal_middleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        reads = request.method in ("GET", "HEAD") and not request.path.endswith("/login/callback/")
        return (watched if reads else get_response)(request)

    return middleware
