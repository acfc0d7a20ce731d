"""What a caller of the API may see and do."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.request import Request

from recportal.accounts.roles import Level
from recportal.records.querysets import RecordQuerySet, reach_of

from .errors import not_allowed

_Model = TypeVar("_Model", bound=Model)


def visible(queryset: RecordQuerySet[_Model], request: Request) -> RecordQuerySet[_Model]:
    """What the caller may see: what its user may, within the community to which a token is limited."""
    seen = queryset.visible_to(request.user)
    only = limit_of(request)
    return seen if only is None else seen.filter(**{queryset.community_column: only})


def visible_in(
    queryset: RecordQuerySet[_Model], request: Request, community_id: int
) -> RecordQuerySet[_Model]:
    """What the caller may see of one community; its staff see all of it.

    To them the community is named once: named again among those that they see, PostgreSQL expects a row or
    two, and sorts hundreds for a page of fifty.
    """
    here = queryset.filter(**{queryset.community_column: community_id})
    return here if allows(request, Level.VIEWER, community_id) else visible(here, request)


def limit_of(request: Request) -> int | None:
    """The id of the community to which the caller's token is limited."""
    only: int | None = getattr(request.auth, "community_id", None)
    return only


def require(request: Request, level: Level, community_id: int | None) -> None:
    """Raise 403 unless the caller may do in the community what ``level`` may."""
    if not allows(request, level, community_id):
        raise not_allowed()


def allows(request: Request, level: Level, community_id: Any) -> bool:
    return reach_of(request.user).allows(level, community_id)
