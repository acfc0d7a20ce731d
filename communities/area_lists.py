"""Areas in the lists of what belongs to them: a column and a filter."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from recportal.staff.filters import CommunityFilter, NamedFilter
from recportal.staff.ids import as_id
from recportal.staff.lists import LoadedColumn
from recportal.staff.scope import in_scope

from .area_names import area_names
from .models import Community


class AreaColumn(LoadedColumn):
    """The name of the area of a member."""

    __name__ = "area"
    short_description = _("area")
    admin_order_field = "area"

    def load(self, records: Iterable[Any]) -> None:
        found = list(records)
        names = area_names({record.community_id for record in found if record.area})
        for record in found:
            record.area_name = names.get(record.community_id, {}).get(record.area, record.area)

    def __call__(self, record: Any) -> str:
        return str(record.area_name)


class AreaFilter(NamedFilter):
    """The areas of the one community that the list is about; ``?area=-`` is what has none."""

    title = _("area")
    parameter_name = "area"
    none = "-"
    #: Where the list has the key of the area.
    counted = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = as_id(request.GET.get(CommunityFilter.parameter_name))
        communities: Any = Community.objects.staffed_by(request.user)
        communities = communities.filter(pk=chosen) if chosen else in_scope(request, communities)
        found = list(communities.order_by().values_list("pk", flat=True)[:2])
        if len(found) != 1:
            return []
        choices = sorted(area_names(found)[found[0]].items())
        return [*choices, (self.none, _("No area"))]

    def parameter_of(self, value: Any) -> str:
        return str(value) or self.none

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{self.counted: "" if self.value() == self.none else self.value()})
