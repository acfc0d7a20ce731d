"""How accounts come to be and who gets in, in the hooks that allauth offers."""

import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recportal.cipher import InvalidToken, cipher
from recportal.text import stored

from . import limits
from .models import User
from .provider import claims_of

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin

#: As many people may come for the first time under one name at once.
_MOST_ATTEMPTS: Final = 50


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Local accounts. There is no open sign-up: they come from an invitation or from a superuser."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many failed login attempts. Wait some minutes, or sign in with a code by e-mail."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave the mail to the worker: a request neither waits for a mail server nor fails with it."""
        from .mails import queue_mail  # allauth's forms, which it needs, read this module

        queue_mail(self.request, template_prefix, email, context)

    def get_login_stages(self) -> list[str]:
        theirs = "allauth.account.stages.LoginByCodeStage"
        ours = "recportal.accounts.addresses.CodeStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def clean_email(self, email: str) -> str:
        return stored(str(super().clean_email(email)))

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Whoever came by the provider is told that it still knows them: on a shared computer it matters."""
        methods = {record.get("method") for record in get_authentication_records(request, request.user)}
        if settings.OIDC is not None and "socialaccount" in methods:
            return reverse("pages:signed_out")
        return str(super().get_logout_redirect_url(request))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = credentials.get("username") or credentials.get("email") or ""
        self._let_try(limits.count_attempt(request, login))

    def reauthenticate(self, user: User, password: str) -> bool:
        """Check the password of who is signed in, behind the limits of the page for signing in."""
        self._let_try(limits.count_attempt_of(self.request, user))
        if not user.check_password(password):
            return False
        self._rollback_login_failed_rl_usage()
        return True

    def _let_try(self, counted: Any) -> None:
        if counted is None:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage = counted  # allauth takes it back when the password is right

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **options)
        limits.remember_browser(request, response, user)
        return response


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Logins of the OpenID Connect provider: the first one of a person makes an account of its own.

    It never becomes a local account's login, whatever names and addresses the provider tells.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: "SocialLogin") -> bool:
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: "SocialLogin") -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: "SocialLogin") -> None:
        if sociallogin.state.get("process", "login") != "login":
            raise PermissionDenied
        if not sociallogin.is_existing:
            # Signing up by address would show a form, or write to whoever has the address.
            sociallogin.email_addresses = []

    def validate_disconnect(self, account: Any, accounts: Any) -> None:
        # Without it, the next login of the same person would make another account, which sees nothing.
        raise ValidationError(_("An account of the identity provider stays with it."), code="bound")

    def save_user(self, request: HttpRequest, sociallogin: "SocialLogin", form: Any = None) -> User:
        """The person's new account, or the one that another request of the same moment has made."""
        for _attempt in range(_MOST_ATTEMPTS):
            try:
                with transaction.atomic():
                    return self._make_account(request, sociallogin)
            except IntegrityError:
                login = sociallogin.account
                found = SocialAccount.objects.filter(provider=login.provider, uid=login.uid)
                made = found.select_related("user").first()
                if made:
                    sociallogin.account, sociallogin.user = made, made.user
                    return sociallogin.user  # type: ignore[no-any-return]
                # Else another request took the same name or address first, and the next one is free.
        raise PermissionDenied

    def _make_account(self, request: HttpRequest, sociallogin: "SocialLogin") -> User:
        assert settings.OIDC is not None
        claims = claims_of(sociallogin.account.extra_data)
        wanted = _line(claims.get(settings.OIDC.username_claim)) or _line(claims.get("sub"))
        email = _proved_and_free(claims)
        user = User(username=free_username(wanted), name=_line(claims.get("name"))[:200].strip(), email=email)
        user.set_unusable_password()
        sociallogin.user = user
        sociallogin.account.pk, sociallogin.account._state.adding = None, True
        sociallogin.email_addresses = (
            [EmailAddress(email=email, verified=True, primary=True)] if email else []
        )
        sociallogin.save(request)
        if email and not EmailAddress.objects.filter(user=user, verified=True).exists():
            # allauth leaves an address out that somebody has proved since we looked.
            EmailAddress.objects.filter(user=user).delete()
            user.email = ""
            user.save(update_fields=["email"])
        return user


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors. Their secrets are encrypted: a stolen copy of the database is not enough."""

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an element of the page: the policy of our pages has no room for data addresses."""
        drawing: str = super().build_totp_svg(url)
        return drawing[drawing.index("<svg") :]

    def encrypt(self, text: str) -> str:
        return cipher("second factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return cipher("second factor").decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:  # the secret key is another one
            page = render(context.request, "mfa/unreadable.html", status=409)
            raise ImmediateHttpResponse(page) from error


def free_username(wanted: str) -> str:
    """``wanted``, or with the first number that makes it nobody else's. A name says nothing of rights."""
    stem = wanted[:240] or "account"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _line(value: Any) -> str:
    """A claim as one line of characters that can be seen; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in unicodedata.normalize("NFC", value) if letter.isprintable()).strip()


def _proved_and_free(claims: dict[str, Any]) -> str:
    """The address that the provider vouches for, unless another account has it."""
    email = _line(claims.get("email")).lower()
    from .addresses import accounts_of  # allauth's forms, which it needs, read this module

    try:
        validate_email(email)
    except ValidationError:
        return ""
    usable = len(email) <= 254 and claims.get("email_verified") is True
    return email if usable and not accounts_of(email) else ""
