"""Opening an invitation: accept it with one's own account, make a new one, or ask for a fresh link."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from members.invitations import accept as accept_invitation
from members.invitations import find, send
from members.invitations import renew as renew_invitation
from members.models import Invitation
from recportal.accounts.adapters import free_username
from recportal.accounts.addresses import accounts_of
from recportal.accounts.models import User
from recportal.once.submissions import led_to, once

from .membership import page


class RegistrationForm(forms.Form):
    """A new account: with a proved address a password may be left out, without one a name is chosen."""

    username = forms.CharField(
        label=_("User name"),
        max_length=256,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, email: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.email = email
        if email:
            del self.fields["username"]
            for name in ("password1", "password2"):
                self.fields[name].required = False
            self.fields["password1"].help_text = _(
                "Leave it empty to sign in with a code by e-mail each time."
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1", ""), cleaned.get("password2", "")
        if first != second:
            self.add_error("password2", _("The two passwords differ."))
        elif first:
            try:
                password_validation.validate_password(
                    first, User(username=self._username(), email=self.email)
                )
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def _username(self) -> str:
        return self.email or self.cleaned_data.get("username", "")

    def make_account(self) -> User:
        """The new account. Raises ``ValidationError`` for a user name that is taken."""
        username = free_username(self.email) if self.email else self.cleaned_data["username"]
        user = User.objects.create_user(username, self.email, self.cleaned_data["password1"] or None)
        if self.email:
            EmailAddress.objects.create(user=user, email=self.email, verified=True, primary=True)
        return user


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    return _shown(request, token, _invitation(token))


def _invitation(token: str) -> Invitation:
    found = find(token)
    if found is None:
        raise Http404
    return found


def _shown(
    request: HttpRequest, token: str, invitation: Invitation, form: RegistrationForm | None = None
) -> HttpResponse:
    """The page of an invitation. Who is invited is said only while the link works."""
    state = invitation.state
    if state == Invitation.State.OPEN and invitation.member.account_id:
        state = Invitation.State.WITHDRAWN
    may_register = (
        state == Invitation.State.OPEN
        and not request.user.is_authenticated
        and not settings.SOCIALACCOUNT_ONLY
        and not (invitation.email and accounts_of(invitation.email))
    )
    status = 200 if state == Invitation.State.OPEN else 410
    return page(
        request,
        "pages/invitation.html",
        http_status=422 if form and form.errors else status,
        invitation=invitation,
        token=token,
        state=state.value,
        community=invitation.member.community,
        form=(form or RegistrationForm(invitation.email)) if may_register else None,
        is_known=bool(invitation.email) and not may_register and not request.user.is_authenticated,
        sign_in=f"{reverse('account_login')}?next={reverse('pages:invitation', args=[token])}",
    )


@never_cache
@require_POST
@login_required
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Accept with the account that is signed in. Nothing about the account changes."""
    return once(request, lambda: _accept(request, token))


def _accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = _invitation(token)
    assert isinstance(request.user, User)
    try:
        member = accept_invitation(invitation, request.user)
    except ValidationError:
        return redirect("pages:invitation", token)
    return led_to(request, redirect("pages:overview", member.community.key, member.key))


@never_cache
@sensitive_post_parameters()
@require_POST
def register(request: HttpRequest, token: str) -> HttpResponse:
    """Accept with a new account, where no account has the address that the invitation was sent to."""
    return once(request, lambda: _register(request, token))


def _register(request: HttpRequest, token: str) -> HttpResponse:
    invitation = _invitation(token)
    is_known = bool(invitation.email and accounts_of(invitation.email))
    if settings.SOCIALACCOUNT_ONLY or request.user.is_authenticated or is_known:
        return redirect("pages:invitation", token)
    form = RegistrationForm(invitation.email, request.POST)
    if not form.is_valid():
        return _shown(request, token, invitation, form)
    try:
        with transaction.atomic():
            user = form.make_account()
            member = accept_invitation(invitation, user)
    except IntegrityError:
        return redirect("pages:invitation", token)  # somebody else took the name at the same moment
    except ValidationError as error:
        if "username" not in getattr(error, "error_dict", {}):
            return redirect("pages:invitation", token)
        form.add_error("username" if "username" in form.fields else None, error.error_dict["username"])
        return _shown(request, token, invitation, form)
    login(request, user)
    return led_to(request, redirect("pages:overview", member.community.key, member.key))


@never_cache
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Send a fresh link in place of an expired one, to the address that had the first."""
    try:
        with transaction.atomic():
            invitation, fresh = renew_invitation(_invitation(token))
            send(invitation, request.build_absolute_uri(reverse("pages:invitation", args=[fresh])))
    except ValidationError:
        return redirect("pages:invitation", token)
    return page(request, "pages/invitation_sent.html", community=invitation.member.community)
