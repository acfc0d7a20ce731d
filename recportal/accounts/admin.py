from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, SetUnusablePasswordMixin, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.records.changes import change
from recportal.staff.base import StaffAdmin
from recportal.staff.filters import ChoiceFilter
from recportal.staff.site import site

from .mails import queue_notice
from .models import User

if TYPE_CHECKING:
    _CreationForm = BaseUserCreationForm[User]
    _ChangeForm = UserChangeForm[User]
    _PasswordMixin = SetUnusablePasswordMixin[User]
else:
    _CreationForm = BaseUserCreationForm
    _ChangeForm = UserChangeForm
    _PasswordMixin = SetUnusablePasswordMixin


class AccountCreationForm(_PasswordMixin, _CreationForm):
    """A new account, with a password or, for a provider's login, without one. Names are compared exactly."""

    usable_password = SetUnusablePasswordMixin.create_usable_password_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password1"].required = self.fields["password2"].required = False

    class Meta:
        model = User
        fields = ("username", "name", "email")


class AccountChangeForm(_ChangeForm):
    reset_second_factor = forms.BooleanField(
        label=_("Remove the second factor"),
        required=False,
        help_text=_(
            "Also removes the recovery codes: for a person who has lost them, or whose codes no longer work."
            " Make sure that the request comes from that person: afterwards the password alone, or a code by"
            " e-mail, opens the account."
        ),
    )

    class Meta:
        model = User
        fields = "__all__"  # the admin class says which


@admin.register(User, site=site)
class AccountAdmin(StaffAdmin, BaseUserAdmin):  # type: ignore[type-arg]
    """Accounts, for superusers. One is not deleted but made inactive: the history names it.

    Those of the demo are deleted all the same: everybody knows their password.
    """

    form = AccountChangeForm
    add_form = AccountCreationForm
    list_display = ("username", "name", "email", "is_active", "is_superuser", "is_demo", "last_login")
    list_filter = (("is_active", ChoiceFilter), ("is_superuser", ChoiceFilter), ("is_demo", ChoiceFilter))
    search_fields = ("username", "name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "email")}),
        (_("Rights"), {"fields": ("is_active", "is_superuser")}),
        (_("Record"), {"fields": ("last_login", "date_joined"), "classes": ("collapse",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "email", "usable_password", "password1", "password2")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj == request.user or not is_mfa_enabled(obj):
            return fieldsets  # for one's own there is a page that asks for the password
        return (*fieldsets, (_("Second factor"), {"fields": ("reset_second_factor",)}))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and obj != request.user and form.cleaned_data.get("reset_second_factor"):
            Authenticator.objects.filter(user=obj).delete()
            queue_notice(request, obj, "totp_deactivated")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        # Nobody locks themselves out.
        own = ("is_active", "is_superuser") if obj == request.user else ()
        return (*self.readonly_fields, *own)

    def _is_superuser(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    has_module_permission = has_add_permission = _is_superuser
    has_view_permission = has_change_permission = _is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj is not None and obj.is_demo and obj != request.user and self._is_superuser(request)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with change(request.user, "admin", gettext("The account was deleted.")):  # type: ignore[arg-type]
            super().delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Roles and tokens go with their account, also tokens, which are else revoked and kept.
        names, goes, _lacking, in_the_way = super().get_deleted_objects(objs, request)
        return names, goes, set(), in_the_way
