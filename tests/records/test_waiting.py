"""How long statements wait for a lock, and that a note waits for none."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from communities.models import Community
from recportal.records import waiting
from recportal.records.outages import noting, outage_of
from tests.factories import CommunityFactory
from tests.records.test_middleware import another_connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def locked(settings: object) -> Iterator[Community]:
    """A community whose row, or SQLite's one lock, somebody else has. Patience is one second."""
    settings.PATIENT_LOCK_SECONDS = 1  # type: ignore[attr-defined]
    community = CommunityFactory.create(key="alpha", name="Alpha")
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with contextlib.closing(other):
            yield community
    else:
        with contextlib.closing(another_connection()) as server:
            server.execute("SELECT * FROM communities_community FOR UPDATE")
            yield community


def refused_after() -> float:
    began = time.monotonic()
    with pytest.raises(OperationalError) as caught, transaction.atomic():
        Community.objects.select_for_update().get(key="alpha")
    outage = outage_of(caught.value)
    assert outage
    assert outage.code == "database_busy"
    return time.monotonic() - began


def test_a_command_is_as_patient_as_it_is_told(locked: Community) -> None:
    assert 0.8 < refused_after() < 2.5


def test_a_request_waits_for_three_seconds(locked: Community) -> None:
    with waiting.serving():
        assert 2.5 < refused_after() < 5


def test_a_request_waits_for_three_seconds_in_all(locked: Community) -> None:
    """As one that is sent twice: first for its twin, then for the community."""
    with waiting.serving():
        assert refused_after() > 2.5
        assert refused_after() < 2
    with waiting.serving():
        assert refused_after() > 2.5


def test_an_import_waits_in_its_own_time(locked: Community) -> None:
    with waiting.serving(), waiting.patient():
        assert 0.8 < refused_after() < 2.5
    # And leaves no trace of it.
    with waiting.serving():
        assert refused_after() > 2.5


@pytest.mark.parametrize("within", [False, True])
def test_a_note_is_left_out_at_once(locked: Community, within: bool) -> None:
    if within and connection.vendor == "sqlite":
        pytest.skip("within a transaction of SQLite's nobody is before us")
    began = time.monotonic()
    with transaction.atomic() if within else contextlib.nullcontext():
        with waiting.serving(), noting():
            Community.objects.filter(key="alpha").update(name="Beta")
        assert Community.objects.get(key="alpha").name == "Alpha"
    assert time.monotonic() - began < 1


def lose_the_connection() -> None:
    """As when the server is started again between two statements."""
    if connection.vendor == "sqlite":
        connection.connection.close()
        return
    with contextlib.closing(another_connection()) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])


@pytest.mark.parametrize("serves", [False, True])
def test_a_lost_connection_is_an_error_of_the_database(serves: bool) -> None:
    """And no error of the driver's, which ends a worker."""
    CommunityFactory.create(key="alpha", name="Alpha")
    with waiting.serving() if serves else contextlib.nullcontext():
        with waiting.waiting(0.05):
            lose_the_connection()
            with pytest.raises((DatabaseError, InterfaceError)):
                Community.objects.update(name="Beta")
        connection.close()
        if connection.vendor == "postgresql":
            Community.objects.exists()
            lose_the_connection()
            with noting():
                Community.objects.update(name="Beta")
            connection.close()
    assert Community.objects.get().name == "Alpha"


def test_an_error_that_is_no_outage_is_no_note_left_out() -> None:
    with pytest.raises(OperationalError if connection.vendor == "sqlite" else Exception), noting():
        connection.cursor().execute("UPDATE no_such_table SET name = ''")


# Places


def test_the_next_is_told_at_once_when_all_places_wait() -> None:
    places, over = waiting.Places(2), threading.Event()

    def wait() -> None:
        with places.taken():
            over.wait(10)

    threads = [threading.Thread(target=wait) for _place in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    with pytest.raises(waiting.NoPlaceLeft), places.taken():
        pass
    assert time.monotonic() - began < 0.1
    over.set()
    for thread in threads:
        thread.join()
    with places.taken():
        pass


def test_places_that_come_and_go_are_waited_for() -> None:
    places, done = waiting.Places(1), []

    def work() -> None:
        for _round in range(5):
            with places.taken():
                time.sleep(0.01)
                done.append(1)

    threads = [threading.Thread(target=work) for _person in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 20
