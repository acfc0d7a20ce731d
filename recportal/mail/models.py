from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: How long finished rows are kept.
KEPT = timedelta(days=30)


class Mail(models.Model):
    """A message to one address: written in the transaction of its act, and sent by the worker.

    It is sent at least once, always with the same ``message_id``, and never after ``expires_at``. Its text is
    made when it is sent, of the template ``mail/<template>.txt`` and of ``parameters``: encrypted JSON, which
    is deleted when the mail was sent or has expired. ``fault`` is a code of ours, or the class and the place
    of an error, never its text.
    """

    class Template(models.TextChoices):
        LOGIN_CODE = "login_code", _("code to sign in")
        UNKNOWN_ACCOUNT = "unknown_account", _("address without account")
        PASSWORD_RESET = "password_reset", _("link to set a password")
        CONFIRMATION = "confirmation", _("address to confirm")
        NOTIFICATION = "notification", _("change of an account")
        INVITATION = "invitation", _("invitation")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    template = models.CharField(_("kind"), max_length=40, choices=Template)
    language = models.CharField(_("language"), max_length=10)
    address = models.EmailField(_("e-mail address"), max_length=320)
    parameters = models.TextField(editable=False, blank=True)
    #: Somebody waits for it: sent before all others.
    is_urgent = models.BooleanField(_("urgent"), default=False)
    message_id = models.CharField(_("Message-ID"), max_length=320, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    next_try_at = models.DateTimeField(_("next try at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    fault = models.CharField(_("fault"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(
                fields=["-is_urgent", "next_try_at"], condition=models.Q(state="waiting"), name="mail_due"
            ),
            models.Index(
                fields=["expires_at"], condition=~models.Q(parameters=""), name="mail_with_parameters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_template_display()}: {self.address}"
