from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BundlesConfig(AppConfig):
    name = "recportal.bundles"
    verbose_name = _("Bundles")

    def ready(self) -> None:
        from recportal.jobs.worker import register_sweep

        from .models import delete_expired

        register_sweep(delete_expired)
