"""What every request meets first: hostile text, oversized bodies, and a database that cannot answer now.

The answers are small pages that need no session, no user and no database; under `/api/` they are problems in
the form of RFC 9457.
"""

import logging
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views import defaults

from recportal.accounts.roles import Level

from .outages import Outage, outage_of
from .querysets import reach_of
from .waiting import serving

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

_log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds

_SQLITE_RACES = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
)

_HOSTILE = re.compile("[\0\ud800-\udfff]")


def plain_answer(request: HttpRequest, status: int, code: str, title: str, detail: str) -> HttpResponse:
    """A page, or under `/api/` an `application/problem+json`, that says why a request was not served."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    page = render_to_string("plain_answer.html", {"title": title, "detail": detail})
    return HttpResponse(page, status=status)


def is_race(error: BaseException | None) -> bool:
    """Whether a constraint says that somebody was faster: it exists by now, or its parent is gone."""
    if not isinstance(error, IntegrityError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) in _SQLITE_RACES
    return isinstance(cause, psycopg.errors.UniqueViolation | psycopg.errors.ForeignKeyViolation)


def _race_answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    _log.warning("A write met a constraint that nothing had looked for", exc_info=error)
    return plain_answer(
        request,
        409,
        "written_meanwhile",
        gettext("Somebody was faster"),
        gettext(
            "The same was written at the same moment. Nothing was changed here. Please look and try again."
        ),
    )


def _outage_answer(request: HttpRequest, outage: Outage) -> HttpResponse:
    answer = plain_answer(request, 503, outage.code, str(outage.title), str(outage.detail))
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


class BusyDatabaseMiddleware:
    """Answers 503 with `Retry-After` when a view meets a database that is locked, away, full or read-only.

    Answers 409 where somebody else wrote the same at the same moment.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with serving():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        outage = outage_of(exception)
        if outage:
            return _outage_answer(request, outage)
        return _race_answer(request, exception) if is_race(exception) else None


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The project's `handler500`: a database that does not serve outside of a view (a session) is 503 too."""
    outage = outage_of(sys.exc_info()[1])
    if outage:
        return _outage_answer(request, outage)
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The project's `handler400`.

    Django takes every error of the database for a session that was deleted meanwhile, when it cannot save it.
    """
    behind: BaseException | None = exception if isinstance(exception, SessionInterrupted) else None
    while behind is not None:
        if outage := outage_of(behind):
            return _outage_answer(request, outage)
        behind = behind.__context__
    return defaults.bad_request(request, exception)


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


def body_limit(view_name: str | None) -> int:
    """Bytes that a body may have for the route with this name; None: for what is no route."""
    return settings.BODY_LIMITS.get(view_name or "", settings.BODY_LIMIT)


class BodyLimitMiddleware:
    """Refuses a body that is announced as longer than its route allows, before anything reads it.

    `settings.BODY_LIMITS` maps names of routes (`admin:members_member_add`) to bytes, `settings.BODY_LIMIT`
    holds for all others. Of a body that came in pieces without a length, the server says how long it was.

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
        limit = body_limit(match.view_name if match else None)
        if int(announced) <= limit:
            is_ordinary = int(announced) <= settings.BODY_LIMIT
            return None if is_ordinary else self._answer_to_strangers(request)
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
