"""The page of the search, and the part of it that the palette asks for."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from recportal.staff.lists import LONGEST_SEARCH
from recportal.staff.site import site

from .search import search


def search_page(request: HttpRequest) -> HttpResponse:
    """``?q=`` is what is looked for; with ``palette`` the answer is the list of hits alone."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    groups = search(request, words)
    if "palette" in request.GET:
        return TemplateResponse(request, "desk/palette_hits.html", {"words": words, "groups": groups})
    context = {**site.each_context(request), "title": _("Search"), "words": words, "groups": groups}
    return TemplateResponse(request, "desk/search.html", context)
