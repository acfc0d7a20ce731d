"""What a running installation writes down: lines of JSON, one request's lines under one id, nobody's data.

What people store and look for is in paths, queries, headers, in the arguments of log calls and in the texts
of exceptions (a broken constraint quotes the row). Nothing of it is searched for and crossed out; instead a
line consists of what cannot hold it: names from the code, constants of the code, and small numbers.

    {"time": …, "level": …, "logger": …, "request": <id>, "route": <name>, "message": …, "place": <file:line>}

The line of each request has `method`, `status` and `ms` (until the answer began) as well, that of an error
`exception`: type, and the places where it came by, of each exception in the chain.
"""

import json
import logging
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPMethod
from http.client import responses
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[["HttpRequest"], "HttpResponseBase"]

_access = logging.getLogger("recportal.access")

# What proxies make: 32 hexadecimal digits, or the same as a UUID. Anything more liberal could be somebody's
# name or delivery point.
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(\1[0-9a-fA-F]{4}){2}\1[0-9a-fA-F]{12}")
_METHODS = frozenset(HTTPMethod)

_current: ContextVar["tuple[str, HttpRequest] | None"] = ContextVar("request", default=None)


def configuration(*, debug: bool) -> dict[str, Any]:
    """The `LOGGING` of an installation: lines to read in development, lines of JSON elsewhere."""
    server: dict[str, Any] = {"handlers": ["console"], "level": "INFO", "propagate": False}
    loggers: dict[str, Any] = {"django.server": server} if debug else {
        "recportal": {"level": "INFO"},
        # The access line says it of all others.
        "django.request": {"level": "ERROR"},
        # It warns of every request for which no thread was free at once.
        "waitress.queue": {"level": "ERROR"},
        # `runserver`, should somebody start it outside of development.
        "django.server": {**server, "level": "ERROR"},
    }  # fmt: skip
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "readable": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": JsonLines},
        },
        # The standard error stream: who keeps it, and for how long, is the business of what runs us.
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "readable" if debug else "json"}
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        # Django's own handlers, of which one mails whole requests to administrators, are not wanted.
        "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}} | loggers,
    }


class RequestLogMiddleware:
    """Writes one line for each request, and gives all lines of a request, and its answer, one id.

    The id is that of the header `X-Request-ID` where a proxy has set one that looks like it, else a new one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: "HttpRequest") -> "HttpResponseBase":
        began = time.monotonic()
        request_id = _request_id(request.META)
        token = _current.set((request_id, request))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            _log_request(request.META, response.status_code, began)
            return response
        finally:
            _current.reset(token)


def log_refused(environ: Mapping[str, Any], status: int) -> str:
    """Write the line of a request that is answered before it becomes one of Django's, and give its id."""
    request_id = _request_id(environ)
    _log_request(environ, status, time.monotonic(), request=request_id, route=None)
    return request_id


def _request_id(environ: Mapping[str, Any]) -> str:
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _log_request(environ: Mapping[str, Any], status: int, began: float, **facts: Any) -> None:
    method = environ.get("REQUEST_METHOD")
    facts |= {
        "method": method if method in _METHODS else "other",
        "status": status,
        "ms": round((time.monotonic() - began) * 1000, 1),
    }
    _access.info("request", extra={"facts": facts})


def route_of(request: "HttpRequest") -> str | None:
    """The name of a request's route; None when no route was looked for, or none was found."""
    match = request.resolver_match
    if match is not None:
        return str(match.view_name)
    return "static" if request.path_info.startswith(settings.STATIC_URL) else None


class JsonLines(logging.Formatter):
    """A log record as one line of JSON without anybody's data. Needs no settings: the server logs before.

    Of a log call's arguments numbers that may count something stay, and of exceptions the type; all else
    becomes `…`. A message without arguments may have been put together before the call, so that only those of
    our own loggers are written. Our own calls may give `extra={"facts": {…}}`, and answer for what is in it.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if current := _current.get():
            request_id, request = current
            line |= {"request": request_id, "route": route_of(request)}
        if message := _message(record):
            line["message"] = message
        if facts := getattr(record, "facts", None):
            line |= facts
        else:
            line["place"] = _place(record.pathname, record.lineno, record.funcName)
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error:
            line["exception"] = [_described(each) for each in _chain(error)]
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str | None:
    if record.name == "django.request" and (status := getattr(record, "status_code", None)):
        return str(responses.get(status, status))
    if record.name == "django.security.csrf":
        # "Referer checking failed - https://… does not match any trusted origins."
        return str(record.args[0]).partition(" - ")[0] if isinstance(record.args, tuple) else None
    if record.name == "py.warnings":
        found = re.match(r"(.+?):(\d+): (\w+): ", record.getMessage())
        return f"{found[3]} at {_place(found[1], int(found[2]))}" if found else None
    if not isinstance(record.msg, str):
        return None
    if not record.args:
        return record.msg if record.name.partition(".")[0] == "recportal" else None
    try:
        return str(record.msg % _without_texts(record.args))
    except (TypeError, ValueError):
        return record.msg


def _without_texts(arguments: Any) -> Any:
    if isinstance(arguments, Mapping):
        return {name: _without_text(value) for name, value in arguments.items()}
    return tuple(map(_without_text, arguments))


def _without_text(value: object) -> object:
    # Seven digits hold a process id or a count. Delivery points have eleven and more.
    if isinstance(value, int | float) and abs(value) < 10**7:
        return value
    return _name(type(value)) if isinstance(value, BaseException) else "…"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that it was raised for, the last one first."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _described(error: BaseException) -> dict[str, Any]:
    described: dict[str, Any] = {"type": _name(type(error))}
    if isinstance(error, ImproperlyConfigured):
        described["message"] = str(error)  # about the installation, not about anybody in it
    if state := getattr(error, "sqlstate", None):
        described["sqlstate"] = state
    if constraint := getattr(getattr(error, "diag", None), "constraint_name", None):
        described["constraint"] = constraint
    if name := getattr(error, "sqlite_errorname", None):
        described["sqlite"] = name
    described["places"] = list(_places(error))
    return described


def _places(error: BaseException) -> Iterator[str]:
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield _place(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next


def _place(file: str, line: int, function: str | None = None) -> str:
    """`django/core/handlers/base.py:197 _get_response`: the file as its package names it."""
    above = [entry for entry in sys.path if entry and file.startswith(f"{entry}/")]
    return f"{file.removeprefix(f'{max(above, key=len)}/' if above else '')}:{line} {function or ''}".rstrip()


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
