"""Asking for a code or a link is as quick for a known address as for an unknown one, whatever the mail
server does.

``RECPORTAL_SOAK=1`` for the numbers of docs/proofs.md; fewer show the same in less time.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import pytest
from django.core.cache import cache

from recportal.accounts.models import User
from recportal.mail.models import Mail
from tests.installation import Answer, Installation, Visitor
from tests.postgres import free_port
from tests.smtp import MailServer
from tests.soak import soak
from tests.staff.browsing import form_on

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

TRIES: Final = soak(50, 8)
#: By how much the medians may differ: a share of them, or seconds. A busy machine has hiccups of its own.
SHARE, SECONDS = soak((0.2, 0.01), (0.5, 0.1))
ASKS: Final = ("/accounts/login/code/", "/accounts/password/reset/")


class Elsewhere(Visitor):
    """A visitor from a network of its own."""

    def __init__(self, server: Any, number: int) -> None:
        super().__init__(server)
        self._address = f"10.{number >> 8 & 255}.{number & 255}.1"  # each in a network of its own

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return super().request(method, url, body, {**(headers or {}), "X-Forwarded-For": self._address})


@contextlib.contextmanager
def mail_server(state: str) -> Iterator[str]:
    """The URL of a mail server that is up, slow (it greets after 5 s) or away."""
    if state == "away":
        yield f"smtp://127.0.0.1:{free_port()}"
        return
    with MailServer(delay=5 if state == "slow" else 0).running() as server:
        yield server.url


@dataclass
class Seen:
    times: list[float] = field(default_factory=list)
    answers: Counter[tuple[Any, ...]] = field(default_factory=Counter)


@pytest.mark.parametrize("state", ["up", "slow", "away"])
def test_known_and_unknown_take_the_same_time(
    installation: Installation, state: str, figure: Callable[..., None]
) -> None:
    cache.clear()  # of the mails of the test before
    for number in range(TRIES):
        User.objects.create_user(f"known-{number}", f"known-{number}@example.org")
    networks = iter(range(1, 10**6))
    with mail_server(state) as url, installation.served(EMAIL_URL=url) as server:
        for ask in ASKS:
            Mail.objects.all().delete()
            seen = {"known": Seen(), "stray": Seen()}  # names of one length: so are the rows
            form_on(Elsewhere(server, next(networks)).get(ask))  # type: ignore[arg-type]  # has what it reads
            for number in range(TRIES):
                for kind in ("known", "stray") if number % 2 else ("stray", "known"):
                    visitor = Elsewhere(server, next(networks))
                    fields = form_on(visitor.get(ask))  # type: ignore[arg-type]  # has what it reads
                    began = time.perf_counter()
                    answer = visitor.post(ask, {**fields, "email": f"{kind}-{number}@example.org"})
                    seen[kind].times.append(time.perf_counter() - began)
                    told = (answer.status_code, answer.headers["Location"], answer.content)
                    seen[kind].answers[told] += 1
            assert seen["known"].answers == seen["stray"].answers
            assert len(seen["known"].answers) == 1
            counts = Counter(
                address.split("-")[0] for address in Mail.objects.values_list("address", flat=True)
            )
            assert counts == {"known": TRIES, "stray": TRIES}
            known, unknown = median(seen["known"].times), median(seen["stray"].times)
            name = f"{'code' if 'code' in ask else 'link'}, mail server {state}, median ms"
            figure(f"{name}, known", round(known * 1000, 1), most=True)
            figure(f"{name}, unknown", round(unknown * 1000, 1), most=True)
            assert abs(known - unknown) <= max(SECONDS, SHARE * max(known, unknown))
