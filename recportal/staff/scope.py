"""Which of their communities staff look at: one that they have chosen in the header, or all of them.

The choice is remembered in a cookie. It narrows lists and figures and grants nothing: what the account may
not see is never in scope, whatever the cookie says.
"""

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase

from recportal.accounts.roles import Level
from recportal.records.querysets import reach_of

from .ids import as_id

COOKIE: Final = "community"
#: The parameter by which an address names a community itself; then the choice has no say.
PARAMETER: Final = "community"
_A_YEAR: Final = 365 * 24 * 3600  # seconds


def chosen_community(request: HttpRequest) -> int | None:
    """The id of the chosen community, None for all of them. It may have been deleted since."""
    chosen = as_id(request.COOKIES.get(COOKIE))
    return chosen if chosen and reach_of(request.user).allows(Level.VIEWER, chosen) else None


def community_to_begin_with(request: HttpRequest, level: Level) -> int | None:
    """What a form has chosen beforehand: the only community that the user may choose, else the chosen one."""
    communities = reach_of(request.user).with_level(level)
    only = next(iter(communities)) if communities and len(communities) == 1 else None
    return only or chosen_community(request)


def in_scope(request: HttpRequest, records: Any) -> Any:
    """Those of the records (of any record class) that the user sees and has chosen to look at."""
    seen = records.staffed_by(request.user)
    chosen = chosen_community(request)
    return seen.filter(**{seen.community_column: chosen}) if chosen else seen


def remember(response: HttpResponseBase, community: int | None) -> None:
    """Let the browser keep a choice; None forgets it."""
    if community is None:
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        response.set_cookie(COOKIE, str(community), max_age=_A_YEAR, httponly=True, samesite="Lax")
