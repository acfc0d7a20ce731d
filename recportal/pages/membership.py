"""Whose page it is: the membership that an address names, and what every page of it shows."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from assets.models import Asset
from members.models import Member, Status
from recportal.documents.text import text_flaw

#: Of the community, megabytes that few pages need.
_HEAVY = ("community__areas", "community__topology")


def memberships(user: Any) -> QuerySet[Member]:
    """The members that the user's account is bound to, whatever else the user may see."""
    if not user.is_authenticated:
        return Member.objects.none()
    found = Member.objects.visible_to(user).filter(account=user)
    return found.select_related("community").order_by("community__key", "key")


def membership(request: HttpRequest, community: str, member: str, *, with_areas: bool = False) -> Member:
    """The caller's own membership of these keys. Raises ``Http404`` for everything else, there or not."""
    if text_flaw(community) or text_flaw(member) or max(len(community), len(member)) > 128:
        raise Http404
    heavy = ("community__topology",) if with_areas else _HEAVY
    found = memberships(request.user).defer(*heavy).filter(community__key=community, key=member).first()
    if found is None:
        raise Http404
    return found


def assets_of(request: HttpRequest, member: Member) -> QuerySet[Asset]:
    """The member's assets as far as the member pages show them: an active member's all, else none."""
    if member.status != Status.ACTIVE:
        return Asset.objects.none()
    return Asset.objects.visible_to(request.user).filter(owner=member).order_by("asset_type", "key")


def asset_of(request: HttpRequest, member: Member, key: str) -> Asset:
    """The member's asset of this key. Raises ``Http404`` for everything else, there or not."""
    if text_flaw(key) or len(key) > 128:
        raise Http404
    return get_object_or_404(assets_of(request, member).select_related("community"), key=key)


def page(
    request: HttpRequest, template: str, member: Member | None = None, http_status: int = 200, **context: Any
) -> HttpResponse:
    """A page; one about a member is shown in the time zone of its community. Never kept by a cache."""
    context |= {"member": member, "here": request.resolver_match.url_name if request.resolver_match else ""}
    if member is None:
        answer = render(request, template, context, status=http_status)
    else:
        community = member.community
        context |= {"community": community, "is_active": member.status == Status.ACTIVE}
        with timezone.override(community.timezone):
            answer = render(request, template, context, status=http_status)
    answer["Cache-Control"] = "private, no-store"
    return answer
