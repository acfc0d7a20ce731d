"""The records that a page is about: of all communities in scope, or of one."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from communities.models import Community
from members.models import Member
from recportal.accounts.roles import Level
from recportal.records.querysets import reach_of
from recportal.staff.ids import as_id
from recportal.staff.lists import heavy_columns
from recportal.staff.scope import chosen_community, in_scope

#: So many members and assets are counted and looked through while somebody waits: a second at most.
MOST_LIVE: Final = 10_000
#: Of more communities, whose grids can be megabytes each, the stored figures are shown.
MOST_COMMUNITIES_LIVE: Final = 100


@dataclass(frozen=True)
class Scope:
    """Communities with their members and assets, all of which the user may see.

    ``named`` is the id of the community that the address of the page names, so that its links name it too.
    """

    communities: Any
    members: Any
    assets: Any
    named: int | None = None
    #: Whether nothing is left out: then nobody needs to ask of what community a record is.
    is_everything: bool = False

    def is_large(self) -> bool:
        """Whether these are too many records to go through while somebody waits. Counts no further."""
        if self.communities[: MOST_COMMUNITIES_LIVE + 1].count() > MOST_COMMUNITIES_LIVE:
            return True
        members = self.members[: MOST_LIVE + 1].count()
        return bool(members + self.assets[: MOST_LIVE + 1 - min(members, MOST_LIVE)].count() > MOST_LIVE)


def scope_of(request: HttpRequest) -> Scope:
    """What the user has chosen to look at in the header."""
    everywhere = reach_of(request.user).with_level(Level.VIEWER) is None
    communities, members, assets = (
        in_scope(request, model.objects.order_by()) for model in (Community, Member, Asset)
    )
    chosen = chosen_community(request)
    return Scope(communities, members, assets, is_everything=everywhere and chosen is None)


def scope_named(request: HttpRequest, community_id: object) -> tuple[Community, Scope]:
    """One community by its id, without its documents of megabytes; 404 when the user does not see it."""
    pk = as_id(community_id)
    seen = Community.objects.staffed_by(request.user).defer("areas", "topology", "search_text")
    community = seen.filter(pk=pk).first() if pk else None
    if community is None:
        raise Http404(_("There is no such record."))
    return community, scope_within(community.pk)


def scope_within(pk: int) -> Scope:
    """A community whose visibility has been judged."""
    return Scope(
        Community.objects.filter(pk=pk).order_by(),
        Member.objects.filter(community=pk).order_by(),
        Asset.objects.filter(community=pk).order_by(),
        named=pk,
    )


def only_community(request: HttpRequest, scope: Scope) -> Community | None:
    """The one community of a scope, without what no page shows; None when there are several, or none."""
    pk = scope.named or chosen_community(request)
    communities = scope.communities.filter(pk=pk) if pk else scope.communities
    found = list(communities.defer(*(set(heavy_columns(Community)) - {"areas"}))[:2])
    return found[0] if len(found) == 1 else None
