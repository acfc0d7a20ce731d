"""Choosing a record out of many by typing: the field, and the view that answers it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest

from .ids import as_id

if TYPE_CHECKING:
    from .records import RecordAdmin


class ScopedAutocompleteView(AutocompleteJsonView):
    """Offers what the form would take: records of the communities in which the user may choose them.

    Answers for declared ``autocomplete_fields`` of ``RecordAdmin`` classes only. ``?community=<id>`` narrows
    the offer to one community.
    """

    source_admin: "RecordAdmin"

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        from .records import RecordAdmin

        term, model_admin, source_field, to_field_name = super().process_request(request)
        try:
            source_admin = self.admin_site.get_model_admin(source_field.model)  # type: ignore[union-attr]
        except NotRegistered:
            raise PermissionDenied
        if not isinstance(source_admin, RecordAdmin):
            raise PermissionDenied
        if source_field.name not in source_admin.get_autocomplete_fields(request):
            raise PermissionDenied
        self.source_admin = source_admin
        return term, model_admin, source_field, to_field_name

    def get_queryset(self) -> models.QuerySet[Any]:
        offered: models.QuerySet[Any] = self.source_admin.choosable(self.request, super().get_queryset())
        if "community" in self.request.GET:
            community = as_id(self.request.GET["community"])
            return offered.filter(community=community) if community else offered.none()
        return offered


class RecordSelect(AutocompleteSelect):
    """Django's autocompleting select, safe for values that are no ids: its own answers 500 to ``?owner=x``.

    ``community`` narrows what it offers.
    """

    community: int | None = None

    def get_url(self) -> str:
        url = super().get_url()
        return f"{url}?{urlencode({'community': self.community})}" if self.community else url

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if as_id(each)] or [""], attr)
