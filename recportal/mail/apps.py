from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "recportal.mail"
    label = "mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from recportal.jobs.worker import register, register_sweep

        from .sending import EXPIRY, delete_old, empty_expired, send_next

        # Before all other work: somebody waits for a code.
        register(send_next, rank=10)
        register_sweep(empty_expired, EXPIRY)
        register_sweep(delete_old)
