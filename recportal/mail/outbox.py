"""Writing mails: a row each, in the transaction of the act that the mail is about."""

import json
from collections.abc import Mapping
from datetime import timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from recportal.cipher import cipher
from recportal.documents.text import text_flaw

from .models import Mail

_PURPOSE = "mail"


def queue(
    template: Mail.Template,
    address: str,
    parameters: Mapping[str, Any],
    *,
    lifetime: timedelta,
    language: str | None = None,
    is_urgent: bool = False,
) -> Mail:
    """A mail for the worker to send, in the ``language`` given or the current one.

    ``parameters`` are what its template shows: texts, numbers, lists and objects of them.
    """
    assert not text_flaw(address), "a form has let through what no mail can be sent to"
    now = timezone.now()
    return Mail.objects.create(
        template=template,
        language=language or translation.get_language() or settings.LANGUAGE_CODE,
        address=address,
        parameters=cipher(_PURPOSE).encrypt(json.dumps(parameters).encode()).decode(),
        is_urgent=is_urgent,
        message_id=make_msgid(domain=_domain()),
        created_at=now,
        next_try_at=now,
        expires_at=now + lifetime,
    )


def parameters_of(mail: Mail) -> dict[str, Any]:
    """What the template shows. Raises ``InvalidToken`` when no known secret key has encrypted it."""
    parameters: dict[str, Any] = json.loads(cipher(_PURPOSE).decrypt(mail.parameters.encode()))
    return parameters


def _domain() -> str:
    """Of the sender: the machine's own name, which Python would take, is nobody's business."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
