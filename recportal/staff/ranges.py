"""Filters between two values: a small form in the list's sidebar, which sends them in the address."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ListFilter
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import make_aware
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Text, say
from recportal.documents.text import shown
from recportal.documents.units import with_unit

from .lists import StaffChangeList

_LONGEST = 40


class RangeFilter(ListFilter):
    """What lies between two values, both included, as ``?<name>_from=…&<name>_to=…``; either may be missing.

    A value that cannot be read finds nothing, and the form says so. A subclass has ``parameters`` (the two
    names), reads one end (``read``, which raises ``ValueError``), shows it, and narrows the list.
    """

    template = "staff/range_filter.html"
    parameters: ClassVar[tuple[str, str]]
    input_type: ClassVar[str] = "text"
    unreadable: ClassVar[Text]
    unit: ClassVar[str] = ""

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[models.Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters:
            values = params.pop(name, [""])
            self.used_parameters[name] = values[-1].strip()
        self.typed = {name: str(self.used_parameters[name]) for name in self.parameters}
        self.fault: Text = ""
        self.ends = tuple(self._end(name) for name in self.parameters)

    def _end(self, name: str) -> Any:
        text = self.typed[name]
        try:
            return self.read(text) if text else None
        except ValueError:
            self.fault = self.unreadable
            return None

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, end: Any) -> str:
        raise NotImplementedError

    def narrowed(self, queryset: QuerySet[Any], low: Any, high: Any) -> QuerySet[Any]:
        """The records between the ends; one of them may be None."""
        raise NotImplementedError

    @property
    def chosen(self) -> str | None:
        return "".join(self.typed.values()) or None

    def said(self) -> Text:
        if self.fault:
            return " – ".join(shown(text, _LONGEST) for text in self.typed.values() if text)
        low, high = (None if end is None else self.show(end) for end in self.ends)
        if low is None:
            return say(_("up to %(high)s"), high=high)
        if high is None:
            return say(_("from %(low)s"), low=low)
        return f"{low} – {high}"

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [*self.parameters]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.fault:
            return queryset.none()
        low, high = self.ends
        return queryset if low is None and high is None else self.narrowed(queryset, low, high)

    def choices(self, changelist: StaffChangeList) -> Iterator[Any]:  # type: ignore[override]
        """What the form is made of: its two inputs, and what it sends along."""
        labels = (gettext("from"), gettext("to"))
        yield {
            "inputs": [
                {"name": name, "label": label, "value": shown(self.typed[name], _LONGEST)}
                for name, label in zip(self.parameters, labels, strict=True)
            ],
            "kept": [
                (name, value)
                for name, values in changelist.filter_params.items()
                for value in values
                if name not in self.parameters
            ],
            "clear": changelist.get_query_string(remove=[*self.parameters]),
        }


class NumberRange(RangeFilter):
    """Numbers, with a decimal point or a decimal comma."""

    unreadable = _("This is not a number.")

    def read(self, text: str) -> float:
        number = float(text.replace(",", ".")) if text.isascii() and "_" not in text else math.nan
        if not math.isfinite(number):
            raise ValueError
        return number

    def show(self, end: Any) -> str:
        return with_unit(int(end) if end == int(end) else end, self.unit)


class DateRange(RangeFilter):
    """Days, as ``YYYY-MM-DD``."""

    input_type = "date"
    unreadable = _("This is not a date.")

    def read(self, text: str) -> date:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)

    def show(self, end: Any) -> str:
        return date_format(end, "SHORT_DATE_FORMAT")


class MomentRange(DateRange):
    """Moments of the column ``column``, by the days on which they lie."""

    column: ClassVar[str]

    def read(self, text: str) -> date:
        day = super().read(text)
        try:
            _midnight(day).astimezone(UTC)
        except OverflowError:
            raise ValueError("at the edge of the calendar") from None
        return day

    def narrowed(self, queryset: QuerySet[Any], low: date | None, high: date | None) -> QuerySet[Any]:
        if low:
            queryset = queryset.filter(**{f"{self.column}__gte": _midnight(low)})
        if high and high < date.max:
            queryset = queryset.filter(**{f"{self.column}__lt": _midnight(high + timedelta(days=1))})
        return queryset


class CreatedRange(MomentRange):
    title = _("created")
    parameters = ("created_from", "created_to")
    column = "created_at"


class UpdatedRange(MomentRange):
    title = _("updated")
    parameters = ("updated_from", "updated_to")
    column = "updated_at"


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
