from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "recportal.records"
    label = "records"
    verbose_name = _("Records")

    def ready(self) -> None:
        from . import checks, history, waiting  # noqa: F401  # they register themselves
