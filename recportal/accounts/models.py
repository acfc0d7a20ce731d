from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recportal.documents.text import text_flaw
from recportal.records.fields import LineField
from recportal.text import stored

from .roles import Level, Reach


def validate_printable(name: str) -> None:
    """Refuses invisible characters, with which one name can pass for another."""
    if not name.isprintable():
        raise ValidationError(_("A user name consists of characters that can be seen."), code="invalid")


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, username: str, email: str = "", password: str | None = None, **values: Any
    ) -> "User":
        """A new account. Raises ``ValidationError`` for a name that is taken or not printable."""
        user = self.model(username=username, email=self.normalize_email(email), **values)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **values: Any
    ) -> "User":
        return self.create_user(username, email, password, **{**values, "is_superuser": True})

    def named(self, username: str) -> "User | None":
        """The account with this user name, in its own case; None also for a name that no database takes."""
        try:
            return self.get_by_natural_key(username)
        except self.model.DoesNotExist:
            return None

    def get_by_natural_key(self, username: str | None) -> "User":
        if username is None or text_flaw(username):  # PostgreSQL would not answer, but raise
            raise self.model.DoesNotExist
        return self.get(username=self.model.normalize_username(username))


class User(AbstractBaseUser):
    """A person's or a tool's account.

    What an account may do follows from ``is_superuser`` and from its staff roles (``staff_roles``, a reverse
    relation); Django's groups and permissions are not used. The name is compared exactly: identity providers
    tell ``Anna`` from ``anna``. Who signs in may write it in another case, where just one account fits.
    """

    username = LineField(
        _("user name"),
        max_length=256,
        unique=True,
        code_like=True,
        validators=[validate_printable],
        error_messages={"unique": _("An account with this user name exists.")},
    )
    # Neither engine folds all letters by itself. Up to three letters come of one.
    username_folded = models.CharField(
        max_length=3 * 256, default="", db_default="", db_index=True, editable=False
    )
    name = LineField(_("name"), max_length=200, blank=True, words=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An account that is not active cannot sign in. Better than deleting it."),
    )
    is_superuser = models.BooleanField(
        _("superuser"), default=False, help_text=_("Sees and does everything, in all communities.")
    )
    is_demo = models.BooleanField(
        _("demo account"), default=False, editable=False, help_text=_("Has a password that everybody knows.")
    )
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("username",)

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **options: Any) -> None:
        self.username_folded = self.fold_username(self.username)
        if (columns := options.get("update_fields")) is not None and "username" in columns:
            options["update_fields"] = {*columns, "username_folded"}
        super().save(*args, **options)

    @classmethod
    def fold_username(cls, username: str) -> str:
        """The name without its case."""
        return username.casefold()

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return stored(username)

    def clean(self) -> None:
        super().clean()
        self.email = stored(self.email)

    @cached_property
    def reach(self) -> Reach:
        """Where this user has a staff role, and which. Read once for each loaded user."""
        if not self.is_active:
            return Reach()
        roles: Iterable[tuple[int | None, str]] = self.staff_roles.values_list("community_id", "level")
        levels = {community_id: Level(level) for community_id, level in roles}
        everywhere = Level.MANAGER if self.is_superuser else levels.pop(None, None)
        return Reach(everywhere, {pk: level for pk, level in levels.items() if pk is not None})

    @cached_property
    def member_statuses(self) -> dict[int, str]:
        """The members that are bound to this account, as id → status. Read once for each loaded user.

        Queries name these few ids: joined to the accounts of members instead, a question about ten
        communities is answered by a walk through all of them.
        """
        return dict(self.memberships.values_list("pk", "status"))

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        super().refresh_from_db(*args, **options)
        self.__dict__.pop("reach", None)
        self.__dict__.pop("member_statuses", None)

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this user in."""
        return self.is_active and (self.is_superuser or bool(self.reach))

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are a superuser's only; the admin classes ask for roles."""
        return self.is_active and self.is_superuser

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()
