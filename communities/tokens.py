"""The keys of external tools: shown once, stored as a hash."""

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.records.fields import LineField

if TYPE_CHECKING:
    from recportal.accounts.models import User

    from .models import Community

#: What a token begins with, so that scanners for leaked secrets and people recognize one.
_MARK = "rp_"
_BITS = 256
#: So many characters of a token are kept readable, for telling one from another; too few to guess the rest.
_SHOWN = 10
#: The years in which a token may expire.
_EARLIEST, _LATEST = 2000, 2999


class ApiToken(models.Model):
    """What an external tool shows in place of a password. It may do what its owner may, or less.

    ``digest`` is the SHA-256 of the token in hexadecimal: 256 random bits need no slow hash. Without
    ``expires_at`` it does not expire; with ``revoked_at`` it opens nothing any more.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("account")
    )
    name = LineField(
        _("name"), max_length=200, help_text=_("What the token is for, such as “nightly forecast”.")
    )
    community = models.ForeignKey(
        "communities.Community",
        models.CASCADE,
        related_name="api_tokens",
        null=True,
        blank=True,
        verbose_name=_("community"),
        help_text=_("The only community that the token opens. Empty: all that its account sees."),
    )
    read_only = models.BooleanField(_("for reading only"), default=False)
    prefix = models.CharField(_("begins with"), max_length=_SHOWN, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)

    #: The token itself; known only to the instance that has just been given it.
    secret: str = ""

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("user__username", "name", "pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def clean(self) -> None:
        super().clean()
        if self.expires_at and not _EARLIEST <= self.expires_at.year <= _LATEST:
            # At its edge the calendar cannot be shown in all time zones.
            message = _("Enter a year from %(earliest)s to %(latest)s.")
            years = {"earliest": _EARLIEST, "latest": _LATEST}
            raise ValidationError({"expires_at": ValidationError(message, "out_of_range", years)})

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()

    @classmethod
    def issue(
        cls,
        user: "User",
        name: str,
        *,
        community: "Community | None" = None,
        read_only: bool = False,
        expires_at: datetime | None = None,
    ) -> tuple[Self, str]:
        """A new token and its secret, which nobody can read again."""
        token = cls(user=user, name=name, community=community, read_only=read_only, expires_at=expires_at)
        secret = token.renew()
        token.full_clean()
        token.save()
        return token, secret

    def renew(self, random: str = "") -> str:
        """Give the token, which is not saved yet, its secret: the one moment at which it can be read.

        ``random`` are characters that hold 256 random bits; without them some are drawn.
        """
        if self.pk:
            raise ValidationError(_("A token keeps its secret: make a new one."), code="invalid")
        self.secret = _MARK + (random or secrets.token_urlsafe(_BITS // 8))
        self.prefix, self.digest = self.secret[:_SHOWN], self.digest_of(self.secret)
        return self.secret

    def recall(self, random: str) -> bool:
        """Whether the secret was made from ``random``; if so it can be read again."""
        secret = _MARK + random
        is_it = secrets.compare_digest(self.digest, self.digest_of(secret))
        self.secret = secret if is_it else ""
        return is_it

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    def revoke(self) -> None:
        """From now on the token opens nothing. The row stays and tells that there was one."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])
