"""The switcher in the header of the admin: one community, or all of them."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from recportal.accounts.roles import Level
from recportal.documents.text import text_flaw
from recportal.records.querysets import reach_of
from recportal.staff.scope import chosen_community, remember
from recportal.text import stored

from .models import Community

#: Of more communities than this, one is named by its key.
_MOST_OFFERED: Final = 50


def switch(request: HttpRequest) -> HttpResponse:
    """Remember the community whose key is sent as ``community``, or all of them when it is empty."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    answer = HttpResponseRedirect(_way_back(request))
    key = stored(request.POST.get("community", ""))
    community = None if text_flaw(key) else Community.objects.staffed_by(request.user).filter(key=key).first()
    if key and community is None:
        messages.error(request, _("You have no community with this key."))
    else:
        remember(answer, community.pk if community else None)
    return answer


def _way_back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe and not text_flaw(back) else reverse("admin:index")


def switcher(request: HttpRequest) -> dict[str, Any]:
    """The switcher for the context of every page; empty for whoever has one community only."""
    reached = reach_of(request.user).with_level(Level.VIEWER)
    if reached is not None and len(reached) < 2:
        return {"switcher": None}
    communities = Community.objects.staffed_by(request.user).order_by("key")
    offered = list(communities.values_list("pk", "key", "name")[: _MOST_OFFERED + 1])
    pk = chosen_community(request)
    chosen = next((each for each in offered if each[0] == pk), None)
    if pk and chosen is None:
        chosen = communities.filter(pk=pk).values_list("pk", "key", "name").first()
    return {
        "switcher": {
            "offered": [(key, name) for _pk, key, name in offered] if len(offered) <= _MOST_OFFERED else [],
            "chosen": chosen and {"pk": chosen[0], "key": chosen[1], "name": chosen[2]},
        }
    }
