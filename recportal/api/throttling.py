"""How often a caller may ask: as often as it likes, unless `API_RATE` says otherwise."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from recportal.records.outages import noting

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallerThrottle(UserRateThrottle):
    """Counts each account by itself, and callers without one by their address."""

    scope = "caller"

    def get_rate(self) -> str | None:
        return f"{settings.API_RATE}/min" if settings.API_RATE else None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if self.rate is not None:
            with noting():
                return super().allow_request(request, view)
        return True
