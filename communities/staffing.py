"""Giving staff roles: who may, and to whom."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.records.fields import CODE_LIKE
from recportal.records.querysets import reach_of

from .models import ApiToken, StaffRole

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[StaffRole]
else:
    _ModelForm = forms.ModelForm


def may_staff(user: Any, community_id: int | None) -> bool:
    """Whether ``user`` gives and takes roles in a community; in all of them (None) only a superuser does.

    A manager's is the highest level, so that nobody can give more than they have.
    """
    if community_id is None:
        return bool(user.is_active and user.is_superuser)
    return reach_of(user).allows(Level.MANAGER, community_id)


def roles_staffed_by(user: Any) -> QuerySet[StaffRole]:
    """The roles that ``user`` sees and changes."""
    roles = StaffRole.objects.all()
    if may_staff(user, None):
        return roles
    communities = reach_of(user).with_level(Level.MANAGER)
    if communities is None:
        return roles.exclude(community=None)
    return roles.filter(community__in=communities)


def tokens_staffed_by(user: Any) -> QuerySet[ApiToken]:
    """The tokens that ``user`` sees and revokes: the own ones, and those of the communities one manages."""
    tokens = ApiToken.objects.all()
    if may_staff(user, None):
        return tokens
    communities = reach_of(user).with_level(Level.MANAGER)
    if communities is None:
        return tokens.filter(Q(user=user.pk) | Q(community__isnull=False))
    return tokens.filter(Q(user=user.pk) | Q(community__in=communities))


class StaffRoleForm(_ModelForm):
    """A role for an account that is named exactly: a list to choose from would tell who has an account."""

    username = forms.CharField(
        label=_("User name"),
        max_length=256,
        widget=AdminTextInputWidget(attrs=CODE_LIKE),
        help_text=_("The exact name of an account. The person finds it where they sign in."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["username"]

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"])
        account = User.objects.filter(username=name, is_active=True).first()
        if account is None:
            raise ValidationError(_("No active account has exactly this name."), code="unknown_account")
        self.instance.user = account
        return name

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        # The account is no field of the form, but one role in each community is a rule about it.
        return excluded - {"user"} if "username" in self.cleaned_data else excluded
