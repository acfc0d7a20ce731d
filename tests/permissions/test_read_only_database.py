"""Every page and every answer that only reads is the same when the database takes no writes."""

import logging
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from zeal import zeal_ignore

from .bodies import QUERIES
from .cells import said_by
from .register import filled
from .test_permission_table import known_routes

#: A GET of these writes, and is a 503: the one makes a row of an address that an account came with, the other
#: keeps a new secret in the session.
_WRITES: Final = {"/accounts/email/", "/accounts/2fa/totp/activate/"}


def seen(client: Client, address: str, query: dict[str, str], *, read_only: bool) -> int:
    cache.clear()
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    sqlite = connection.vendor == "sqlite"
    try:
        with transaction.atomic(), zeal_ignore(), connection.cursor() as cursor:
            if read_only:
                cursor.execute("PRAGMA query_only = 1" if sqlite else "SET LOCAL transaction_read_only = on")
            answer: Any = client.get(address, query)
            b"".join(answer)
            transaction.set_rollback(True)
    finally:
        if sqlite:
            connection.cursor().execute("PRAGMA query_only = 0")
    client.cookies.clear()
    for name, value in kept.items():
        client.cookies[name] = value
    return int(answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("caller", ["nobody", "member", "manager", "root", "reader", "limited"])
@override_settings(API_RATE=1000)
def test_reading_needs_no_write(caller: str, figure: Callable[..., None]) -> None:
    register = filled()
    client = register.clients[caller]
    client.raise_request_exception = False
    place = register.places["a"]
    faults, asked = [], 0
    logging.disable(logging.CRITICAL)
    for address, route in known_routes().items():
        url, query = route.filled(place.values(address)), said_by(QUERIES, route, place)
        before = seen(client, url, query, read_only=False)
        now = seen(client, url, query, read_only=True)
        asked += 1
        if now != before and (address not in _WRITES or now != 503):
            faults.append(f"{address} {before} {now}")
    logging.disable(logging.NOTSET)
    figure("reads of a read-only database", asked)
    assert not faults, "\n".join(faults)
