from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A call of a task outside of requests: written in the transaction of the act that wants it.

    ``arguments`` are ids and nothing else. A job that waits is due at ``next_try_at``; taking it moves that
    moment on by a lease, so that the work of a worker that was killed falls due again. ``fault`` is the class
    and the place of the last error, never its text.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    task = models.CharField(_("task"), max_length=200)
    arguments = models.JSONField(_("arguments"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    next_try_at = models.DateTimeField(_("next try at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    fault = models.CharField(_("fault"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("pk",)
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="job_due"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.pk}"


#: How long finished rows are kept.
KEPT = timedelta(days=30)
