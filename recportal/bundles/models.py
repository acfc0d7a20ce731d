"""Files between the moment at which they are uploaded and the moment at which their plan is carried out."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.accounts.models import User
from recportal.jobs.old import delete_some

_KEPT: Final = timedelta(days=1)
#: Of one user, so that uploads alone do not fill the disk.
_MOST_KEPT: Final = 5


class Upload(models.Model):
    """A file that somebody wants to import, with the plan that was shown. Its own user alone sees it.

    The bytes go when the plan is carried out, the rest when it expires. ``report`` is what the report says as
    JSON, compressed; ``plan`` is the digest by which a plan is known again.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=200)
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    #: The key of the community for which a table is meant; empty for a bundle, which names its own.
    community = models.CharField(_("community"), max_length=128, blank=True)
    replace = models.BooleanField(_("replace"), default=False)
    #: The codes of refusals that the user has seen in the plan, and answers for.
    confirmed = models.JSONField(editable=False, default=list)
    report = models.BinaryField(editable=False, default=bytes)
    plan = models.CharField(max_length=64, editable=False, default="")
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        if not self.pk:
            self.expires_at = timezone.now() + _KEPT
        super().save(*args, **options)


def delete_expired() -> None:
    """Delete the uploads that have expired."""
    delete_some(Upload.objects.filter(expires_at__lte=timezone.now()))


def make_room(user: User) -> None:
    """Delete the uploads that have expired, and all but the newest of this user."""
    delete_expired()
    own = Upload.objects.filter(user=user)
    newest = own.order_by("-made_at", "-pk").values_list("pk", flat=True)[: _MOST_KEPT - 1]
    own.exclude(pk__in=list(newest)).delete()
