"""The shared cache on a database that takes no writes."""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.utils import InternalError, OperationalError
from django.test import Client

pytestmark = pytest.mark.django_db


def closed_for_writes() -> None:
    with connection.cursor() as cursor:
        sqlite = connection.vendor == "sqlite"
        cursor.execute("PRAGMA query_only = 1" if sqlite else "SET LOCAL transaction_read_only = on")


def opened_again() -> None:
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA query_only = 0")


def test_what_cannot_be_written_is_an_error_and_not_a_lost_race() -> None:
    assert cache.add("counted", 1)
    assert not cache.add("counted", 1)
    with transaction.atomic():
        closed_for_writes()
        with pytest.raises((OperationalError, InternalError)):
            cache.add("new", 1)
        opened_again()
        transaction.set_rollback(True)
    assert cache.get("counted") == 1


def test_readiness_tells_of_a_read_only_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from recportal import health

    monkeypatch.setattr(health, "_written", health._Written())
    with transaction.atomic():
        closed_for_writes()
        try:
            answer = client.get("/readyz")
        finally:
            opened_again()
        transaction.set_rollback(True)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.text == "not ready: the database is read-only\n"
    monkeypatch.setattr(health, "_written", health._Written())
    assert client.get("/readyz").status_code == 200
