"""The worker, in the test's own process: what it sends lies in `django.core.mail.outbox`."""

from django.core import mail
from django.core.mail import EmailMessage

from recportal.mail.sending import empty_expired, send_next


def sent_mail() -> list[EmailMessage]:
    """All mails sent so far, after the worker has sent what waits."""
    empty_expired()
    while send_next():
        pass
    return mail.outbox
