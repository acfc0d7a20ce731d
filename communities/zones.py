"""In which time zone staff read: that of the community that a page is about.

Across communities it is the zone that all of them share; where there are several, it is UTC. Every page of
the admin says which.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from django.utils import timezone

from recportal.staff.ids import as_id
from recportal.staff.scope import PARAMETER, chosen_community
from recportal.staff.site import site

from .models import Community, zone_named

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


class PageZone(tzinfo):
    """The time zone of a page, which is looked up when the first moment is shown: an export needs none."""

    def __init__(self, communities: Callable[[], QuerySet[Community]]) -> None:
        self._communities = communities

    @cached_property
    def _names(self) -> list[str | None]:
        named = self._communities().order_by().annotate(zone=KeyTextTransform("timezone", "settings"))
        return list(named.values_list("zone", flat=True).distinct()[:2])

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone_named(self._names[0] if len(self._names) == 1 else None)

    @property
    def is_one_of_several(self) -> bool:
        """Whether the communities of the page are in different zones."""
        return len(self._names) > 1

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return self.zone.utcoffset(moment)

    def dst(self, moment: datetime | None) -> timedelta | None:
        return self.zone.dst(moment)

    def tzname(self, moment: datetime | None) -> str | None:
        return self.zone.tzname(moment)

    def fromutc(self, moment: datetime) -> datetime:
        return self.zone.fromutc(moment.replace(tzinfo=self.zone)).replace(tzinfo=self)

    def __str__(self) -> str:
        return str(self.zone)

    def __reduce__(self) -> tuple[type[ZoneInfo], tuple[str]]:
        return ZoneInfo, (self.zone.key,)


class PageZoneMiddleware:
    """Lets each page of the admin be read in its time zone, which is ``request.zone``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: list[Any], kwargs: dict[str, Any]) -> None:
        match = request.resolver_match
        if match and "admin" in match.namespaces:
            zone = PageZone(lambda: _communities_of(request, match))
            request.zone = zone  # type: ignore[attr-defined]  # for the templates
            timezone.activate(zone)


def _communities_of(request: HttpRequest, match: ResolverMatch) -> QuerySet[Community]:
    """The communities that a page is about, as far as the user may see them."""
    seen = Community.objects.staffed_by(request.user)
    record = _record_named(match)
    if record is not None:
        return seen.filter(pk__in=record)
    pk = as_id(request.GET.get(PARAMETER, "")) or chosen_community(request)
    return seen.filter(pk=pk) if pk else seen


def _record_named(match: ResolverMatch) -> QuerySet[Any, Any] | None:
    """The id of the community of the record in the address, as a subquery; None where there is no such."""
    pk = as_id(match.kwargs.get("object_id", ""))
    if pk is None:
        named = as_id(match.kwargs.get("community_id", ""))
        return Community.objects.filter(pk=named).values("pk") if named else None
    for model in site._registry:
        prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
        if (match.url_name or "").startswith(prefix):
            column = _column_of(model)
            return model._base_manager.filter(pk=pk).values(column) if column else None
    return None


def _column_of(model: type[Any]) -> str:
    """By which column a record of the admin leads to its community; empty for accounts, which have none."""
    if model is Community:
        return "pk"
    names = {column.name for column in model._meta.concrete_fields}
    return "community" if "community" in names else "member__community" if "member" in names else ""
