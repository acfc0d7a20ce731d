from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "recportal.jobs"
    label = "jobs"
    verbose_name = _("Work")

    def ready(self) -> None:
        from .tasks import delete_old, run_next
        from .worker import register, register_sweep

        register(run_next, rank=20)
        register_sweep(delete_old)
