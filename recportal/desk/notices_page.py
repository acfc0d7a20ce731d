"""The page of everything that looks wrong, by kind."""

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from communities.models import Community
from recportal.staff.site import site

from .judging import Batch, Found, Position, judge_within, looked_at, walk
from .kinds import KINDS, Kind
from .links import notices_of
from .scopes import Scope, only_community, scope_named, scope_of
from .stored import StoredNotices, count_for

_PER_PAGE: Final = 50
#: Seconds after which no more records are looked at while somebody waits for the page.
_PATIENCE: Final = 1.0
#: The same for a count that was asked for.
_PATIENCE_TO_COUNT: Final = 2.0


@require_safe
def notices_page(request: HttpRequest) -> HttpResponse:
    """What looks wrong in the scope, or in the community of ``?community=``; ``?kind=`` narrows it.

    Of one community that is too large to be gone through at once, ``?after=`` says where to go on.
    """
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
    found = None if scope.is_large() else judge_within(scope, _PATIENCE)
    if found is not None:
        context |= _live(request, scope, kind, found)
    else:
        context |= _stored(request, scope, kind)
        if only_community(request, scope):
            context |= _gone_through(scope, kind, Position.of(request.GET.get("after", "")))
    return TemplateResponse(request, "desk/notices.html", context)


@require_POST
def count_figures(request: HttpRequest) -> HttpResponse:
    """Count the communities in scope again, those first that have waited longest, for some seconds."""
    _community, scope = _asked(request, request.POST)
    progress = count_for(scope.communities, _PATIENCE_TO_COUNT)
    if progress.communities:
        said = ngettext(
            "%(count)d community was counted.", "%(count)d communities were counted.", progress.communities
        )
        messages.success(request, said % {"count": progress.communities})
    if progress.community:
        said = _(
            "Of %(community)s, %(records)s of %(total)s records have been looked at so far. Count again to "
            "go on from there."
        )
        numbers = {"records": localize(progress.records), "total": localize(progress.of_records)}
        messages.info(request, said % {"community": progress.community, **numbers})
    return HttpResponseRedirect(notices_of(scope))


def _asked(request: HttpRequest, parameters: Any) -> tuple[Community | None, Scope]:
    if parameters.get("community"):
        return scope_named(request, parameters["community"])
    return None, scope_of(request)


def _live(request: HttpRequest, scope: Scope, kind: str, found: list[Found]) -> dict[str, Any]:
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
    stored = StoredNotices(scope)
    by_community: dict[int, int] = {}
    for pk, notices in stored.by_community.items():
        number = notices[kind] if kind else sum(notices.values())
        if number:
            by_community[pk] = number
    largest = sorted(by_community.items(), key=lambda each: (-each[1], each[0]))
    page = Paginator(largest, _PER_PAGE).get_page(request.GET.get("page"))
    names = _names(pk for pk, _number in page)
    filters = {"kind": kind} if kind else {}
    return {
        "kinds": _kinds(scope, stored.total or Counter(), kind),
        "stored": stored,
        "page": page,
        "is_paged": page.has_other_pages(),
        "communities": [
            (names[pk], number, notices_of(scope, community=str(pk), **filters))
            for pk, number in page
            if pk in names
        ],
        **_paging(page, notices_of(scope, **filters)),
    }


def _gone_through(scope: Scope, kind: str, after: Position | None) -> dict[str, Any]:
    """The notices of one large community from a position on: a page of them, or as far as patience goes."""
    end = time.monotonic() + _PATIENCE
    found: list[Found] = []
    position = after
    is_whole = True
    for batch in walk(scope, after):
        wanted = [each for each in batch.found if not kind or each.kind == kind]
        part = Batch(wanted, batch.end).first(_PER_PAGE - len(found))
        found += part.found
        position = part.end
        if len(found) >= _PER_PAGE or time.monotonic() > end:
            is_whole = False
            break
    members, assets = looked_at(scope, position) if position else (0, 0)
    filters = {"kind": kind} if kind else {}
    return {
        "rows": _rows(found),
        "is_paged": False,
        "walked": {
            "members": members,
            "assets": assets,
            "of_members": scope.members.count(),
            "of_assets": scope.assets.count(),
            "is_whole": is_whole,
            "is_continued": after is not None,
            "go_on": notices_of(scope, **filters, after=str(position)),
            "begin": notices_of(scope, **filters),
        },
    }


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
