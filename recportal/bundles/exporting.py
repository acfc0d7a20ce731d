"""A stored community as a bundle."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .bundle import Bundle, Dialect
from .plan import COLUMNS
from .writing import Form, write_bundle


def bundle_of(community: Community) -> Bundle:
    """Everything that a bundle says about a community, as of one moment, read in three queries.

    Accounts, versions, times and holdings are the register's own and no part of a bundle. Raises
    ``Community.DoesNotExist`` when the community has been deleted in the meantime.
    """
    with _one_moment():
        records = Community.objects.filter(pk=community.pk)
        values = records.values("key", *COLUMNS["community"]).get()
        bundle = Bundle("native", dict(values))
        members = Member.objects.filter(community=community).order_by("key")
        for key, *columns in members.values_list("key", *COLUMNS["member"]):
            bundle.members[key] = dict(zip(COLUMNS["member"], columns, strict=True))
        assets = Asset.objects.filter(community=community).order_by("key")
        for key, owner, *columns in assets.values_list("key", "owner__key", *COLUMNS["asset"]):
            record: dict[str, Any] = {"owner": owner}
            bundle.assets[key] = record | dict(zip(COLUMNS["asset"], columns, strict=True))
    return bundle


@contextmanager
def _one_moment() -> Iterator[None]:
    """Queries inside see one state of the database, lock nothing and wait for nobody.

    Else an import between two of them would leave a file with assets whose owners are missing. A transaction
    of ``atomic`` would wait for that import on SQLite, and see it on PostgreSQL. Inside a transaction of the
    caller's, this adds nothing to it.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def export_bundle(community: Community, dialect: Dialect = "native", form: Form = "yaml") -> str:
    """The text of a file with the community: the same community always gives the same text."""
    return write_bundle(bundle_of(community), dialect, form)
