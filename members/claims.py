"""The provider's claim: whom it names, it binds."""

from typing import Any

from allauth.account.signals import user_logged_in
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils.translation import gettext

from recportal.accounts.provider import claims_of
from recportal.text import compared, stored

from .invitations import bind
from .models import Member


@receiver(user_logged_in)
def _bind_named_members(user: Any, sociallogin: Any = None, **_rest: Any) -> None:
    """At a login of the provider, bind the members whose ``user_id`` is what the configured claim says.

    Only members that no account is bound to: whoever comes second with the same name gets nothing.
    """
    if sociallogin is None or settings.OIDC is None:
        return
    named = claims_of(sociallogin.account.extra_data).get(settings.OIDC.member_claim)
    # Exactly: at the provider, a name with an invisible character or a full-width letter is another person's.
    if not isinstance(named, str) or not named or stored(named) != named or len(named) > 256:
        return
    for member in Member.objects.filter(user_id_compared=compared(named), user_id=named, account=None):
        try:
            bind(member, user, "page", gettext("Named by the identity provider at sign-in"))
        except ValidationError:
            continue  # bound to another account in the meantime
