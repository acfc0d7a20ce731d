"""How many records there are of each value, where they are few enough to be counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

#: Among more records than this nothing is counted: to look through a million of them takes seconds, however
#: few a filter or a search would leave.
MOST_COUNTED: Final = 20_000


def is_countable(records: QuerySet[Any]) -> bool:
    """Whether there are few enough of the records; the database looks at no more than it takes to say so."""
    return records.order_by()[: MOST_COUNTED + 1].count() <= MOST_COUNTED


def count_values(records: QuerySet[Any], values: Sequence[Any]) -> list[Counter[Any]]:
    """For each of the ``values`` (columns or expressions): value → how many of the records have it.

    One statement for all of them, over the combinations that occur.
    """
    counters: list[Counter[Any]] = [Counter() for _value in values]
    try:
        sql, params = records.order_by().values_list(*values).query.sql_with_params()
    except EmptyResultSet:
        return counters
    places = ", ".join(str(number + 1) for number in range(len(values)))
    with connection.cursor() as cursor:
        # The inner statement is the query set's own, with its values apart.
        cursor.execute(
            f"SELECT found.*, COUNT(*) FROM ({sql}) found GROUP BY {places}",  # noqa: S608
            params,
        )
        rows = cursor.fetchall()
    for *found, number in rows:
        for counter, value in zip(counters, found, strict=True):
            counter[value] += number
    return counters
