from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.jobs.old import delete_some


class AccountsConfig(AppConfig):
    name = "recportal.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account.signals import password_reset

        from recportal.jobs.worker import register_sweep

        from . import checks  # noqa: F401  # registers itself

        register_sweep(_delete_old_sessions)
        password_reset.connect(_forget_attempts)
        post_migrate.connect(_make_cache_table, sender=self)


def _forget_attempts(request: HttpRequest, user: Any, **_rest: Any) -> None:
    from .limits import forget_attempts

    forget_attempts(request, user)


def _delete_old_sessions() -> None:
    from django.contrib.sessions.models import Session

    delete_some(Session.objects.filter(expire_date__lt=timezone.now()))


def _make_cache_table(using: str, **_rest: Any) -> None:
    """The table of the shared cache, where it is missing: an installation has one command to remember."""
    call_command("createcachetable", database=using, verbosity=0)
