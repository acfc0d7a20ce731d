"""Every refusal under `/api/` as a problem in the form of RFC 9457, with stable codes."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from recportal.documents.faults import Fault, Path, Text, faults_of, pointer
from recportal.documents.text import compact, within
from recportal.records import middleware
from recportal.records.another import ANOTHER
from recportal.records.middleware import RETRY_AFTER

MEDIA_TYPE: Final = "application/problem+json"

_log = logging.getLogger(__name__)

TITLES: Final[dict[int, Text]] = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    406: _("Not acceptable"),
    409: _("Conflict"),
    412: _("Precondition failed"),
    413: _("Too much at once"),
    415: _("Unsupported media type"),
    429: _("Too many requests"),
    500: _("Internal error"),
    503: _("The register is busy"),
}

#: Bytes of a problem for what is wrong; what has no room is counted.
_ROOM_FOR_ERRORS: Final = 48 * 1024

#: What is in the way of a write, though nothing is wrong with what was sent.
_CONFLICTS: Final = frozenset(
    {
        "key_taken",
        "user_id_taken",
        "ambiguous",
        "area_taken",
        "area_in_use",
        "delivery_point_held",
        "sensor_held",
        "did_held",
        "community_not_empty",
        "member_has_assets",
        *ANOTHER,
    }
)
#: Somebody deleted the record, or its community, while the write waited.
_GONE: Final = frozenset({"gone", "unknown_community"})


class Problem(exceptions.APIException):
    """A refusal: its status, a stable ``code``, a sentence for people, and what is wrong where.

    ``errors`` are objects with ``code``, ``detail`` and either ``pointer`` (RFC 6901, into the sent body) or
    ``parameter`` (of the query); those for which a problem has no room are counted in its ``more``.
    ``more`` here is added to the problem as it is.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: Text,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(detail), code)
        self.status_code = status
        self.code = code
        self.text = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})


class BadParameter(Problem):
    """A parameter of the query that is not known, or whose value cannot be read."""

    def __init__(self, name: str, code: str, detail: Text) -> None:
        error = {"code": code, "detail": detail, "parameter": name}
        super().__init__(400, code, detail, errors=[error])


_NOTHING: Final = _("There is nothing here, or nothing that you may see.")
_NOT_YOURS: Final = _("You may see this, but not do this with it.")


def not_found(detail: Text = _NOTHING) -> Problem:
    return Problem(404, "not_found", detail)


def not_allowed(detail: Text = _NOT_YOURS) -> Problem:
    return Problem(403, "not_allowed", detail)


def refusal_of(error: ValidationError, below: Path = ()) -> Problem:
    """The problem that a refused write is.

    ``below`` is the path at which the sent body stands in the record, for routes whose body is a part of one.
    """
    faults = faults_of(error)
    if any(fault.code in _GONE for fault in faults):
        return not_found()
    status = status_of([str(fault.code) for fault in faults])
    first = next(fault for fault in faults if status_of([str(fault.code)]) == status)
    detail = first.text if len(faults) == 1 else _several(len(faults))
    return Problem(status, str(first.code), detail, errors=[entry(fault, below) for fault in faults])


def status_of(codes: Sequence[str]) -> int:
    """What a refusal for these reasons answers with."""
    if not all(code in _CONFLICTS or code in ("changed_meanwhile", "too_many_errors") for code in codes):
        return 400  # what is wrong with the body stays wrong when the conflict is over
    return 412 if "changed_meanwhile" in codes else 409


def entry(fault: Fault, below: Path = ()) -> dict[str, Any]:
    """One of the ``errors`` of a problem."""
    path = fault.path
    place = path[len(below) :] if path[: len(below)] == below else ()
    return {"code": fault.code, "detail": fault.text, "pointer": pointer(place), **fault.more}


def _several(count: int) -> Text:
    return gettext("%(count)s things speak against it; “errors” lists them.") % {"count": count}


def answer(problem: Problem) -> HttpResponse:
    """The problem in the language of the moment."""
    status = problem.status_code
    title = TITLES.get(status) or HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(title),
        "status": status,
        "detail": str(problem.text),
        "code": problem.code,
    }
    if problem.errors:
        body["errors"], more = within(problem.errors, _ROOM_FOR_ERRORS, _spoken)
        if more:
            body["more"] = {"errors": more}
    return HttpResponse(
        compact({**body, **problem.more}), status=status, content_type=MEDIA_TYPE, headers=problem.headers
    )


def _spoken(error: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in error.items()}


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None lets the error through to the middleware, which knows a busy database."""
    problem = _problem_of(error)
    return answer(problem) if problem else None


def _problem_of(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case ValidationError():
            return refusal_of(error)
        case Http404():
            return not_found()
        case PermissionDenied():
            return not_allowed()
        case IntegrityError():
            # The rules have been asked twice by now and saw nothing: whoever was faster is still writing.
            _log.error("A write met a constraint that its rules did not see", exc_info=error)
            return Problem(
                503,
                "database_busy",
                _("Somebody else is writing the same. Nothing was changed. Please try again in a moment."),
                headers={"Retry-After": str(RETRY_AFTER)},
            )
        case exceptions.APIException():
            return _of_framework(error)
    return None


def _of_framework(error: exceptions.APIException) -> Problem:
    """DRF's own refusals in our words."""
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]  # set by DRF's views
    match error:
        case exceptions.NotAuthenticated():
            detail: Text = gettext_lazy("Send a token: “Authorization: Bearer …”.")
            return Problem(401, "not_authenticated", detail, headers=headers)
        case exceptions.AuthenticationFailed():
            return Problem(401, "invalid_token", str(error.detail), headers=headers)
        case exceptions.MethodNotAllowed():
            return Problem(405, "method_not_allowed", _("This method is not known here."))
        case exceptions.NotAcceptable():
            return Problem(
                406, "not_acceptable", _("None of the media types that you accept is offered here.")
            )
        case exceptions.UnsupportedMediaType():
            return Problem(415, "unsupported_media_type", _("A body of this media type is not read here."))
        case exceptions.Throttled():
            wait = max(1, int(getattr(error, "wait", None) or 1))
            headers["Retry-After"] = str(wait)
            detail = gettext("Too many requests: please wait %(wait)s seconds.") % {"wait": wait}
            return Problem(429, "throttled", detail, headers=headers)
        case exceptions.PermissionDenied():
            code = str(error.get_codes())
            text = str(error.detail)
            if text.startswith("CSRF"):
                code = "csrf_failed"
            return Problem(403, "not_allowed" if code == "permission_denied" else code, text)
    return Problem(error.status_code, str(error.get_codes()), str(error.detail))


@login_not_required
@csrf_exempt
def no_such_route(request: HttpRequest, **_parts: Any) -> HttpResponse:
    """What is asked under `/api/` and is no route of it."""
    if not request.path_info.endswith("/"):
        return answer(not_found(_("There is no such address. Addresses here end with a slash.")))
    return answer(not_found(_("There is no such address.")))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The project's `handler500`: a problem under `/api/`, a page elsewhere."""
    response = middleware.server_error(request)
    if response.status_code != 500 or not request.path_info.startswith("/api/"):
        return response
    return answer(
        Problem(500, "internal_error", _("Something went wrong on our side. It has been noted down."))
    )


def refuse_all(errors: Iterable[Mapping[str, Any]]) -> None:
    """Raise one problem for all of these errors, if there are any."""
    found = list(errors)
    if found:
        detail = found[0]["detail"] if len(found) == 1 else _several(len(found))
        raise Problem(400, found[0]["code"], detail, errors=found)
