from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "recportal.mail"
    label = "mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from recportal.jobs.worker import register

        from .sending import send_next, sweep

        # Before all other work: somebody waits for a code.
        register(send_next, sweep, rank=10)
