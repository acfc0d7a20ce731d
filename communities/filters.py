from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_filters.filters import IsoDateTimeFilter

from recportal.api.filters import SearchFilter

from .models import Community


class CommunityFilter(FilterSet):
    updated_since = IsoDateTimeFilter("updated_at", "gte", help_text=_("Changed at this time or later."))
    search = SearchFilter(help_text=_("Words, all of which occur in key, name or legal data."))

    class Meta:
        model = Community
        fields: list[str] = []
