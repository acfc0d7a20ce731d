"""Invitations: how a member and an account come together, one link at a time."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Fault, refuse
from recportal.mail.models import Mail
from recportal.mail.outbox import queue
from recportal.records.changes import change
from recportal.text import address

from .models import Invitation, Member

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from recportal.accounts.models import User

LIFETIME: Final = timedelta(days=14)


def find(token: str) -> Invitation | None:
    """The invitation that a link's token stands for, whatever its state."""
    if not token.isascii() or len(token) > 100:
        return None
    found = Invitation.objects.select_related("member__community").defer("member__community__topology")
    return found.filter(digest=_digest(token)).first()


def invite(member: Member, by: "User | None", email: str = "", token: str = "") -> tuple[Invitation, str]:
    """A new invitation for a member without an account, and its token, which is kept nowhere.

    Withdraws one that is still open: the newest link counts. With an ``email`` the token belongs into a mail
    to that address and in front of nobody else, since whoever shows it proves to read that mailbox.
    ``token`` are 43 random characters, where the caller has to know them again; else some are drawn.
    """
    with transaction.atomic():
        member.lock()
        _read_again(member)
        if member.account_id:
            refuse([_has_account()])
        _pending(member).update(withdrawn_at=timezone.now())
        token = token or secrets.token_urlsafe(32)
        now = timezone.now()
        invitation = Invitation.objects.create(
            member=member,
            email=address(email),
            digest=_digest(token),
            made_by=by,
            made_at=now,
            expires_at=now + LIFETIME,
        )
    return invitation, token


def renew(invitation: Invitation) -> tuple[Invitation, str]:
    """A new invitation in place of one that was sent by mail and has expired, for the same address."""
    if invitation.state != Invitation.State.EXPIRED or not invitation.email:
        refuse([_not_open()])
    return invite(invitation.member, invitation.made_by, invitation.email)


def withdraw(member: Member) -> int:
    """Make the member's pending invitation, if there is one, useless; how many that were."""
    return _pending(member).update(withdrawn_at=timezone.now())


def send(invitation: Invitation, url: str) -> None:
    """Mail the link, in the member's language where it is known and spoken here, else in the current one.

    Call it in the transaction that makes the invitation: the one is there with the other, or neither is.
    """
    member = invitation.member
    wanted = str(member.extra.get("language", "")).partition("-")[0].lower()
    contact = member.community.contact
    invitation.mail = queue(
        Mail.Template.INVITATION,
        invitation.email,
        {
            "site": urlsplit(url).netloc,
            "name": member.name,
            "community": member.community.name,
            "phone": contact.get("phone", ""),
            "email": contact.get("email", ""),
            "url": url,
            "days": LIFETIME.days,
        },
        lifetime=invitation.expires_at - timezone.now(),
        language=wanted if wanted in dict(settings.LANGUAGES) else None,
    )
    invitation.save(update_fields=["mail"])


def accept(invitation: Invitation, user: "User") -> Member:
    """Bind the invited member to the account. Raises ``ValidationError`` when the link works no more."""
    member = invitation.member
    with transaction.atomic():
        member.lock()
        locked = Invitation.objects.select_for_update(no_key=True, of=("self",))
        fresh = locked.filter(pk=invitation.pk).first()
        if fresh is None or fresh.state != Invitation.State.OPEN:
            refuse([_not_open()])
        assert fresh
        bind(member, user, "page", gettext("Invitation accepted"))
        fresh.accepted_at, fresh.accepted_by = timezone.now(), user
        fresh.save(update_fields=["accepted_at", "accepted_by"])
    return member


def bind(member: Member, user: "User", door: str, reason: str, by: "User | None" = None) -> None:
    """Let the account see the member as its own. Refused when another account does already."""
    with transaction.atomic():
        member.lock()
        _read_again(member)
        if member.account_id == user.pk:
            return
        if member.account_id:
            refuse([_has_account()])
        member.account = user
        with change(by or user, door, reason):
            member.save()


def unbind(member: Member, by: "User", door: str) -> None:
    """Take the member away from its account, which sees it no more; pending invitations go with it."""
    with transaction.atomic(), change(by, door, gettext("Access removed")):
        _let_go(member)
        withdraw(member)


def _let_go(member: Member) -> None:
    member.lock()
    _read_again(member)
    member.account = None
    member.save()


def _read_again(member: Member) -> None:
    """The member as it is now. Refused when it has been deleted in the meantime."""
    try:
        member.refresh_from_db()
    except Member.DoesNotExist:
        refuse([Fault(_("This record has been deleted in the meantime."), "gone")])


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def let_members_go(instance: "User", **_signal: Any) -> None:
    """Before an account goes, at whatever door: the database alone would take it from members untold."""
    for member in instance.memberships.order_by("community_id", "pk"):
        _let_go(member)


def _pending(member: Member) -> "QuerySet[Invitation]":
    return Invitation.objects.filter(member=member, accepted_at=None, withdrawn_at=None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _has_account() -> Fault:
    return Fault(_("This member has an account already."), "has_account")


def _not_open() -> Fault:
    return Fault(_("This invitation does not work any more."), "invitation_closed")
