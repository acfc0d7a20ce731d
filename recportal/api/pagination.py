"""Lists by keyset: a page begins behind the last key of the one before, however large the register is."""

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from recportal.documents.text import text_flaw

from .errors import BadParameter

MOST: Final = 500
USUAL: Final = 50
PARAMETERS: Final = ("limit", "cursor")


def limit_of(request: Request) -> int:
    given = request.query_params.get("limit")
    if given is None:
        return USUAL
    if not (given.isascii() and given.isdigit() and len(given) <= 9 and 1 <= int(given) <= MOST):
        raise BadParameter("limit", "invalid", _("A limit is a whole number from 1 to 500."))
    return int(given)


def cursor_of(request: Request, steps: int) -> list[str] | None:
    """The keys behind which the page begins; None for the first page."""
    given = request.query_params.get("cursor")
    if given is None:
        return None
    try:
        keys = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        keys = None
    if (
        not isinstance(keys, list)
        or len(keys) != steps
        or not all(isinstance(key, str) and text_flaw(key) is None for key in keys)
    ):
        raise BadParameter("cursor", "invalid", _("This is no cursor: take it from “next” as it is."))
    return keys


def cursor_for(keys: Iterable[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(keys)).encode()).decode().rstrip("=")


def page(request: Request, queryset: QuerySet[Any], by: tuple[str, ...], output: Any) -> HttpResponse:
    """One page of the queryset: ``{"results": […], "next": url|null}``, in the order of the columns ``by``.

    ``by`` is ``("key",)`` within a community, ``("community__key", "key")`` across. One query.
    """
    limit, behind = limit_of(request), cursor_of(request, len(by))
    if behind is not None:
        queryset = _behind(queryset, by, behind)
    rows = list(queryset.order_by(*by).values_list(*by, output)[: limit + 1])
    following = "null"
    if len(rows) > limit:
        rows.pop()
        query = {name: value for name, value in request.query_params.items() if name != "cursor"}
        query["cursor"] = cursor_for(rows[-1][:-1])
        following = json.dumps(f"{request.build_absolute_uri(request.path)}?{urlencode(query)}")
    results = ",".join(row[-1] for row in rows)
    return HttpResponse(f'{{"results":[{results}],"next":{following}}}', content_type="application/json")


def _behind(queryset: QuerySet[Any], by: tuple[str, ...], behind: list[str]) -> QuerySet[Any]:
    if len(by) == 1:
        return queryset.filter(**{f"{by[0]}__gt": behind[0]})
    first, second = by
    later = queryset.filter(**{f"{first}__gte": behind[0]})  # so that an index finds where to begin
    return later.exclude(**{first: behind[0], f"{second}__lte": behind[1]})
