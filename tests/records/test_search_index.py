"""The trigram index of searches: there where the server can have it, and missed by nobody elsewhere."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from recportal.records.search_index import search_index

only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no such index, and the operation does nothing"
)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname IN ('asset_search', 'member_search')"
        )
        return {name for (name,) in cursor.fetchall()}


def run(*, back: bool = False) -> None:
    """The migration's operation, inside the test's transaction."""
    operation: Any = search_index("assets", "asset")
    editor: Any = connection.schema_editor()
    editor.deferred_sql = []
    (operation.reverse_code if back else operation.code)(apps, editor)


@only_postgresql
def test_it_is_there_and_can_be_taken_back_and_made_again(db: None) -> None:
    assert indexes() == {"asset_search", "member_search"}
    run(back=True)
    assert indexes() == {"member_search"}
    run()
    assert indexes() == {"asset_search", "member_search"}


@only_postgresql
def test_a_role_that_may_not_have_the_extension_does_without(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE without_rights")
        cursor.execute("SET LOCAL ROLE without_rights")
        run()
        cursor.execute("RESET ROLE")
    assert indexes() == set()
