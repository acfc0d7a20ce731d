"""Sending mails: what the worker does with the rows of the outbox."""

import smtplib
from datetime import timedelta
from typing import Final

from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from recportal.cipher import InvalidToken
from recportal.jobs.faults import described
from recportal.jobs.leases import finish, give_back, take
from recportal.jobs.old import delete_some
from recportal.jobs.worker import patiently

from .models import KEPT, Mail
from .outbox import parameters_of

LEASE: Final = timedelta(seconds=90)
#: Seconds after which an expired mail is emptied at the latest.
EXPIRY: Final = 10.0
#: The fault of a mail whose parameters were encrypted with a secret key that is not known any more.
UNREADABLE: Final = "unreadable"


def send_next(lease: timedelta | None = None) -> bool:
    """Send the most urgent mail that is due; whether there was one."""
    now = timezone.now()
    due = Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lte=now, expires_at__gt=now)
    mail = due.order_by("-is_urgent", "next_try_at", "pk").first()
    if mail is None:
        return False
    if take(mail, mail.next_try_at, lease or LEASE):
        mail.attempts += 1
        _send(mail)
    return True


def _send(mail: Mail) -> None:
    try:
        message = _message(mail)
    except InvalidToken:
        return patiently(finish, mail, Mail.State.FAILED, UNREADABLE)
    except Exception as error:  # noqa: BLE001  # a fault of one template must not hold up all other mails
        return patiently(finish, mail, Mail.State.FAILED, described(error))
    try:
        was_sent = _deliver(mail, message)
    except Exception as error:  # noqa: BLE001  # whatever a mail server makes of it
        if _is_final(error):
            return patiently(finish, mail, Mail.State.FAILED, described(error))
        return patiently(give_back, mail, described(error))
    if was_sent:
        patiently(finish, mail, Mail.State.SENT, parameters="")
    return None


def _message(mail: Mail) -> EmailMessage:
    """The first line of the template is the subject."""
    with translation.override(mail.language):
        text = render_to_string(f"mail/{mail.template}.txt", parameters_of(mail))
    subject, _newline, body = text.strip().partition("\n")
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject.strip(), body.strip() + "\n", None, [mail.address], headers=headers)


def _deliver(mail: Mail, message: EmailMessage) -> bool:
    """Whether it was sent: not, when it has expired before the mail server was ready."""
    connection = get_connection()
    try:
        connection.open()
        if timezone.now() >= mail.expires_at:
            return False
        if connection.send_messages([message]) != 1:
            raise OSError("The mail server took no message.")
    finally:
        connection.close()
    return True


def _is_final(error: Exception) -> bool:
    """Whether the mail server has refused the recipient or the message for good (RFC 5321, 4.2.1: 5yz)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def empty_expired() -> None:
    """Keep nothing of what mails say that have expired."""
    now = timezone.now()
    over = Mail.objects.exclude(parameters="").filter(expires_at__lte=now)
    if over.exists():
        over.filter(state=Mail.State.WAITING).update(state=Mail.State.EXPIRED, finished_at=now, parameters="")
        over.filter(state=Mail.State.FAILED).update(parameters="")


def delete_old() -> None:
    """Delete mails that were finished long ago."""
    past = timezone.now() - KEPT
    delete_some(Mail.objects.filter(expires_at__lt=past, finished_at__lt=past))
