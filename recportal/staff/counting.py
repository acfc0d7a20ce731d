"""How many records there are of each value: one question, of a size that is bounded."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

#: A list of more records than this is not counted: a filter of a million rows would take seconds.
MOST_COUNTED: Final = 20_000


def count_values(records: QuerySet[Any], values: Sequence[Any]) -> list[Counter[Any]] | None:
    """For each of the ``values`` (columns or expressions): value → how many of the records have it.

    None when there are more than ``MOST_COUNTED`` records; the database stops looking there, which no query
    set says: it refuses to group what is cut off.
    """
    counters: list[Counter[Any]] = [Counter() for _value in values]
    cut = records.order_by().values_list(*values)[: MOST_COUNTED + 1]
    try:
        sql, params = cut.query.sql_with_params()
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
    if sum(row[-1] for row in rows) > MOST_COUNTED:
        return None
    for *found, number in rows:
        for counter, value in zip(counters, found, strict=True):
            counter[value] += number
    return counters
