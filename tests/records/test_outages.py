"""A database that is read-only: reads go on without their notes, all else is a 503 that says why."""

from collections.abc import Iterator

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def read_only() -> Iterator[None]:
    """From the call on, the engine refuses every write of this connection."""
    connection.ensure_connection()
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1" if sqlite else "SET default_transaction_read_only = on")
    yield
    connection.close()
