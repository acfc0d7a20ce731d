from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "recportal.api"
    label = "api"
    verbose_name = _("API")

    def ready(self) -> None:
        from . import openapi  # noqa: F401  # makes drf-spectacular know our authentication
