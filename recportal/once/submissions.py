"""A second click on the button of a form that creates leads where the first one led.

The form carries a random token (``{% once_token %}``). The view runs in a transaction that begins by writing
the token down under a unique constraint: a second request with the same token waits for the first one, finds
its row, and is answered with its result. A form that is refused writes nothing down, so it can be sent again.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import salted_hmac

from recportal.jobs.old import delete_some

from .models import Submission

#: The name of the hidden input.
FIELD: Final = "once"
#: How long a second click is known as one.
KEPT: Final = timedelta(days=1)
#: How long it is shown a secret that the first click has made.
SECRET_SHOWN: Final = timedelta(minutes=1)

_BYTES: Final = 32
_LONGEST_TOKEN: Final = 100
#: Which button of the form was pressed, and the CSRF token, say nothing about what is created.
_NOT_CONTENT: Final = frozenset({"csrfmiddlewaretoken", "_save", "_continue", "_addanother"})


def new_token() -> str:
    return secrets.token_urlsafe(_BYTES)


def once(
    request: HttpRequest,
    view: Callable[[], HttpResponse],
    again: Callable[[Submission], HttpResponse] | None = None,
) -> HttpResponse:
    """The answer of ``view``; of ``again`` when the same form has created something already.

    ``view`` calls ``done()`` when it has created something. Without ``again`` the second request is
    redirected to what ``done()`` was told.
    """
    token = _token_in(request)
    if not token:
        return view()
    with transaction.atomic():
        found, is_first = Submission.objects.get_or_create(digest=_digest(request, token))
        request.once_made_at = found.made_at  # type: ignore[attr-defined]
        if is_first:
            request.once_result = None  # type: ignore[attr-defined]
            answer = view()
            found.result = request.once_result  # type: ignore[attr-defined]
            if found.result is None:
                found.delete()
            else:
                found.save(update_fields=["result"])
            return answer
    return again(found) if again else HttpResponseRedirect(found.result)


def done(request: HttpRequest, result: str) -> None:
    """Say that the form has created something, and what a second click leads to."""
    request.once_result = result  # type: ignore[attr-defined]


def led_to(request: HttpRequest, answer: HttpResponseRedirect) -> HttpResponseRedirect:
    """``done()`` for a view that answers with a redirect."""
    done(request, answer.url)
    return answer


def secret_for(request: HttpRequest) -> str:
    """43 random characters for what the form creates, the same ones for a second click.

    The browser shows the answer to the last click only, so that answer has to know a secret which nobody
    keeps. It is computed from the form's token, which is not stored either, ``SECRET_KEY``, and the moment of
    the first click: a form that is sent once more when its row is forgotten makes another secret.
    """
    token = _token_in(request)
    if not token:
        return secrets.token_urlsafe(_BYTES)
    moment = request.once_made_at.isoformat()  # type: ignore[attr-defined]
    value = f"{token} {moment} {_digest(request, token)}"
    mac = salted_hmac("recportal.once.secret", value, algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def may_show_secret(submission: Submission) -> bool:
    return timezone.now() - submission.made_at < SECRET_SHOWN


def _token_in(request: HttpRequest) -> str:
    token = request.POST.get(FIELD, "") if request.method == "POST" else ""
    return token if token.isascii() and len(token) <= _LONGEST_TOKEN else ""


def _digest(request: HttpRequest, token: str) -> str:
    """The same for the same person, address, token and content.

    With the content, since somebody may go back, change what was typed, and create a second record.
    """
    sent = {name: request.POST.getlist(name) for name in sorted(request.POST) if name not in _NOT_CONTENT}
    files = [
        (name, file.name, file.size) for name in sorted(request.FILES) for file in request.FILES.getlist(name)
    ]
    said = [request.user.pk, request.path, token, sent, files]
    return hashlib.sha256(repr(said).encode(errors="surrogatepass")).hexdigest()


def delete_old() -> None:
    """Delete the submissions of which no second click is to be expected any more."""
    delete_some(Submission.objects.filter(made_at__lt=timezone.now() - KEPT))
