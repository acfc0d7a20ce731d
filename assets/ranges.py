"""Filters of the list of assets: how large they are, and when they were installed."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from recportal.api.output import DocumentNumber
from recportal.documents.schemas import schema
from recportal.staff.ranges import DateRange, NumberRange

from .capacity import CAPACITY


class CapacityRange(NumberRange):
    """The capacity of those types that have it in ``unit``; shown while such a type may be in the list."""

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self._type = request.GET.get("asset_type")
        super().__init__(request, params, model, model_admin)

    def _types(self) -> list[str]:
        return [each for each, name in CAPACITY.items() if _unit(each, name) == self.unit]

    def has_output(self) -> bool:
        return self.chosen is not None or self._type is None or self._type in self._types()

    def narrowed(self, queryset: QuerySet[Any], low: Any, high: Any) -> QuerySet[Any]:
        wanted = Q()
        for each in self._types():
            number = f"number_{CAPACITY[each]}"
            queryset = queryset.alias(**{number: DocumentNumber("properties", CAPACITY[each])})
            fits = Q(asset_type=each)
            fits &= Q() if low is None else Q(**{f"{number}__gte": low})
            fits &= Q() if high is None else Q(**{f"{number}__lte": high})
            wanted |= fits
        return queryset.filter(wanted)


class PeakPowerRange(CapacityRange):
    title = _("capacity in kWp")
    parameters = ("kwp_from", "kwp_to")
    unit = "kWp"


class EnergyRange(CapacityRange):
    title = _("capacity in kWh")
    parameters = ("kwh_from", "kwh_to")
    unit = "kWh"


class PowerRange(CapacityRange):
    title = _("power in kW")
    parameters = ("kw_from", "kw_to")
    unit = "kW"


class InstalledRange(DateRange):
    """The day of installation, which documents hold as ``YYYY-MM-DD``."""

    title = _("installed")
    parameters = ("installed_from", "installed_to")

    def narrowed(self, queryset: QuerySet[Any], low: date | None, high: date | None) -> QuerySet[Any]:
        day = Cast(KeyTextTransform("installation_date", "properties"), TextField())
        queryset = queryset.alias(installed=day)
        if low:
            queryset = queryset.filter(installed__gte=low.isoformat())
        if high:
            queryset = queryset.filter(installed__lte=high.isoformat())
        return queryset


def _unit(asset_type: str, name: str) -> str:
    properties = schema(f"assets/properties/{asset_type}").definition["properties"]
    return str(properties[name].get("x-unit", ""))
