"""The page of everything that looks wrong, by kind."""

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from communities.models import Community
from recportal.staff.site import site

from .judging import Found, judge
from .kinds import KINDS, Kind
from .links import notices_of
from .scopes import Scope, scope_named, scope_of
from .stored import StoredFigures, count_again

_PER_PAGE: Final = 50
#: Seconds after which no further community is counted while somebody waits.
_PATIENCE: Final = 5


@require_safe
def notices_page(request: HttpRequest) -> HttpResponse:
    """What looks wrong in the scope, or in the community of ``?community=``; ``?kind=`` narrows it."""
    community, scope = _asked(request, request.GET)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Notices"),
        "subtitle": community.name if community else None,
        "community": community,
        "kind": KINDS.get(kind),
        "url_of_all": notices_of(scope),
    }
    is_large = scope.is_large()
    context |= _stored(request, scope, kind) if is_large else _live(request, scope, kind)
    return TemplateResponse(request, "desk/notices.html", context)


@require_POST
def count_figures(request: HttpRequest) -> HttpResponse:
    """Count the communities in scope again, those first that have waited longest, for some seconds."""
    _community, scope = _asked(request, request.POST)
    end = time.monotonic() + _PATIENCE
    counted = sum(count_again(scope.communities, lambda: time.monotonic() > end, batch=5))
    said = ngettext("%(count)d community was counted.", "%(count)d communities were counted.", counted)
    messages.success(request, said % {"count": counted})
    return HttpResponseRedirect(notices_of(scope))


def _asked(request: HttpRequest, parameters: Any) -> tuple[Community | None, Scope]:
    if parameters.get("community"):
        return scope_named(request, parameters["community"])
    return None, scope_of(request)


def _live(request: HttpRequest, scope: Scope, kind: str) -> dict[str, Any]:
    found = list(judge(scope))
    counts = Counter(each.kind for each in found)
    order = {name: position for position, name in enumerate(KINDS)}
    shown = sorted(
        (each for each in found if not kind or each.kind == kind), key=lambda each: order[each.kind]
    )
    page = Paginator(shown, _PER_PAGE).get_page(request.GET.get("page"))
    return {
        "kinds": _kinds(scope, counts, kind),
        "page": page,
        "rows": _rows(page),
        "is_paged": page.has_other_pages(),
        **_paging(page, notices_of(scope, **({"kind": kind} if kind else {}))),
    }


def _stored(request: HttpRequest, scope: Scope, kind: str) -> dict[str, Any]:
    """Counts only: by kind, then by community, each of which leads to the community's own notices."""
    stored = StoredFigures(scope)
    counts: Counter[str] = Counter()
    by_community: dict[int, int] = {}
    for pk, figures in stored.by_community.items():
        counts.update(figures.notices)
        number = figures.notices[kind] if kind else sum(figures.notices.values())
        if number:
            by_community[pk] = number
    largest = sorted(by_community.items(), key=lambda each: (-each[1], each[0]))
    page = Paginator(largest, _PER_PAGE).get_page(request.GET.get("page"))
    names = _names(pk for pk, _number in page)
    filters = {"kind": kind} if kind else {}
    return {
        "rows": _rows(_first(scope, kind)) if scope.named else [],
        "kinds": _kinds(scope, counts, kind),
        "stored": stored,
        "page": page,
        "is_paged": page.has_other_pages() and not scope.named,
        "communities": [
            (names[pk], number, notices_of(scope, community=str(pk), **filters))
            for pk, number in page
            if pk in names
        ],
        **_paging(page, notices_of(scope, **filters)),
    }


def _first(scope: Scope, kind: str) -> list[Found]:
    """The first notices of one community that is too large to be gone through, as far as patience goes."""
    end = time.monotonic() + _PATIENCE / 2
    found: list[Found] = []
    for each in judge(scope):
        if not kind or each.kind == kind:
            found.append(each)
        if len(found) == _PER_PAGE or time.monotonic() > end:
            break
    return found


def _rows(found: Iterable[Found]) -> list[tuple[Found, Kind, Any, str]]:
    """Each notice with its kind, the word for its record, and the name of its community."""
    found = list(found)
    names = _names(each.community_id for each in found)
    return [
        (each, KINDS[each.kind], each.record._meta.verbose_name, names.get(each.community_id, ""))
        for each in found
    ]


def _kinds(scope: Scope, counts: Counter[str], chosen: str) -> list[dict[str, Any]]:
    return [
        {
            "title": kind.title,
            "count": counts[name],
            "url": notices_of(scope, kind=name),
            "is_chosen": name == chosen,
        }
        for name, kind in KINDS.items()
        if counts[name] or name == chosen
    ]


def _names(pks: Iterable[int]) -> dict[int, str]:
    return dict(Community.objects.filter(pk__in=set(pks)).order_by().values_list("pk", "name"))


def _paging(page: Page[Any], url: str) -> dict[str, Any]:
    numbers = page.paginator.get_elided_page_range(page.number)
    return {"page_range": numbers, "page_url": f"{url}{'&' if '?' in url else '?'}page="}
