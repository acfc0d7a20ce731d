from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from recportal.api.filters import SearchFilter, UpdatedSinceFilter

from .models import Community


class CommunityFilter(FilterSet):
    updated_since = UpdatedSinceFilter()
    search = SearchFilter(help_text=_("Words, all of which occur in key, name or legal data."))

    class Meta:
        model = Community
        fields: list[str] = []
