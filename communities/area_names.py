"""What areas are called: read out of the communities' documents, which may be large, by the database."""

from collections.abc import Collection

from django.db import connection

from .models import Community


def area_names(communities: Collection[int]) -> dict[int, dict[str, str]]:
    """Id of a community → key of an area → its name (its key, where it has none)."""
    names: dict[int, dict[str, str]] = {pk: {} for pk in communities}
    if not names:
        return names
    table = connection.ops.quote_name(Community._meta.db_table)
    if connection.vendor == "postgresql":
        each, name = "jsonb_each(c.areas)", "area.value ->> 'name'"
    else:
        each, name = "json_each(c.areas)", "json_extract(area.value, '$.name')"
    places = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, area.key, {name} FROM {table} c, {each} area WHERE c.id IN ({places})",  # noqa: S608
            [*names],
        )
        for pk, key, found in cursor.fetchall():
            names[pk][key] = str(found or key)
    return names
