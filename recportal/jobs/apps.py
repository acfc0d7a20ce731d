from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "recportal.jobs"
    label = "jobs"
    verbose_name = _("Work")

    def ready(self) -> None:
        from .tasks import run_next, sweep
        from .worker import register

        register(run_next, sweep, rank=20)
