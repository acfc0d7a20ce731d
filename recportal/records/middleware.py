"""What every request meets first: hostile text, oversized bodies, and a database that cannot answer now.

The answers are small pages that need no session, no user and no database; under `/api/` they are problems in
the form of RFC 9457.
"""

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views import defaults

from recportal.accounts.roles import Level

from .querysets import reach_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

RETRY_AFTER = 5  # seconds

# SQLSTATE codes and classes of PostgreSQL (appendix A of its manual) after which the same request can do:
# connection lost, too many connections, lock not available, deadlock, serialization failure, shutdown, start.
_PASSING_STATES = ("08", "53300", "55P03", "40P01", "40001", "57P01", "57P02", "57P03")

_HOSTILE = re.compile("[\0\ud800-\udfff]")


def plain_answer(request: HttpRequest, status: int, code: str, title: str, detail: str) -> HttpResponse:
    """A page, or under `/api/` an `application/problem+json`, that says why a request was not served."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    page = render_to_string("plain_answer.html", {"title": title, "detail": detail})
    return HttpResponse(page, status=status)


def is_busy(error: BaseException | None) -> bool:
    """Whether a database error says "not now": locked, deadlocked, or no connection."""
    # Django lets some of the driver's errors pass as they are: closing a server-side cursor raises one.
    cause = error.__cause__ if isinstance(error, OperationalError | InterfaceError) else error
    if isinstance(cause, sqlite3.Error):
        # The low byte is the primary code, the rest says more about it (https://www.sqlite.org/rescode.html).
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if isinstance(cause, psycopg.OperationalError):
        # Without a state the server was not reached, or was lost in the middle of a word.
        return cause.sqlstate is None or cause.sqlstate.startswith(_PASSING_STATES)
    # "the connection is closed" is all that InterfaceError says when psycopg finds it out before asking.
    return isinstance(cause, psycopg.InterfaceError) and "closed" in str(cause)


def _busy_answer(request: HttpRequest) -> HttpResponse:
    answer = plain_answer(
        request,
        503,
        "database_busy",
        gettext("The register is busy"),
        gettext("The database could not answer in time. Nothing was changed. Please try again in a moment."),
    )
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


class BusyDatabaseMiddleware:
    """Answers 503 with `Retry-After` when a view meets a database that is locked or away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return _busy_answer(request) if is_busy(exception) else None


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The project's `handler500`: a database that is busy outside of a view (saving a session) is 503 too."""
    if is_busy(sys.exc_info()[1]):
        return _busy_answer(request)
    return defaults.server_error(request)


class HostileTextMiddleware:
    """Refuses NUL and lone surrogates in path, query and cookies, which no database takes as text.

    Bodies are not read here: form fields and documents refuse the same characters themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not any(map(_HOSTILE.search, _texts(request))):
            return self.get_response(request)
        # LocaleMiddleware comes later: it looks into the cookies.
        with translation.override(translation.get_language_from_request(request)):
            return plain_answer(
                request,
                400,
                "invalid",
                gettext("Bad request"),
                gettext("The address or a cookie contains a character that cannot be stored."),
            )


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for name, values in request.GET.lists():
        yield name
        yield from values
    yield from request.COOKIES.values()


class BodyLimitMiddleware:
    """Refuses a body that is announced as longer than its route allows, before anything reads it.

    `settings.BODY_LIMITS` maps names of routes (`admin:members_member_add`) to bytes, `settings.BODY_LIMIT`
    holds for all others. A body whose length is not announced is never read: Django's input ends where
    CONTENT_LENGTH says.

    What is more than `settings.BODY_LIMIT` is for those who may write somewhere: the check against forgery
    reads a form before its page asks who is there. The API reads no body before it knows.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        # int() would take "+5", "1_000" and digits of other scripts, and raises on more than 4,300 of them.
        if not (announced.isascii() and announced.isdigit() and len(announced) <= 18):
            return plain_answer(
                request,
                400,
                "invalid",
                gettext("Bad request"),
                gettext("The length of the request is not a number."),
            )
        match = request.resolver_match
        limit = settings.BODY_LIMITS.get(match.view_name if match else "", settings.BODY_LIMIT)
        if int(announced) <= settings.BODY_LIMIT:
            return None
        if int(announced) <= limit:
            return self._answer_to_strangers(request)
        return plain_answer(
            request,
            413,
            "too_large",
            gettext("Too much at once"),
            gettext("The request has %(size)s bytes; at most %(limit)s are accepted here.")
            % {"size": announced, "limit": limit},
        )

    def _answer_to_strangers(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path_info.startswith("/api/") or reach_of(request.user).allows_somewhere(Level.EDITOR):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return plain_answer(
            request, 403, "not_allowed", gettext("Not allowed"), gettext("You may not do this.")
        )
