"""A stored community as a bundle."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from django.db import connection, transaction

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .bundle import Bundle, Dialect
from .plan import COLUMNS
from .shape import Records
from .spooling import spooled
from .writing import Form, written

#: Records that are read from the database at one time.
_CHUNK: Final = 500


def bundle_of(community: Community) -> Bundle:
    """Everything that a bundle says about a community, as of one moment, read in three queries.

    Accounts, versions, times and holdings are the register's own and no part of a bundle. Raises
    ``Community.DoesNotExist`` when the community has been deleted in the meantime.
    """
    with one_moment():
        return Bundle("native", _values(community), dict(_members(community)), dict(_assets(community)))


def _values(community: Community) -> dict[str, Any]:
    return dict(Community.objects.filter(pk=community.pk).values("key", *COLUMNS["community"]).get())


def _members(community: Community) -> Records:
    """The members by key, read as they are asked for."""
    rows = Member.objects.filter(community=community).order_by("key").values_list("key", *COLUMNS["member"])
    for key, *columns in rows.iterator(chunk_size=_CHUNK):
        yield key, dict(zip(COLUMNS["member"], columns, strict=True))


def _assets(community: Community, dialect: Dialect = "native") -> Records:
    """The assets in the order of a file of the dialect, read as they are asked for."""
    order = ("owner__key", "key") if dialect == "celine" else ("key",)
    rows = Asset.objects.filter(community=community).order_by(*order)
    for key, owner, *columns in rows.values_list("key", "owner__key", *COLUMNS["asset"]).iterator(
        chunk_size=_CHUNK
    ):
        yield key, {"owner": owner, **dict(zip(COLUMNS["asset"], columns, strict=True))}


@contextmanager
def one_moment() -> Iterator[None]:
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


def export_file(community: Community, dialect: Dialect = "native", form: Form = "yaml") -> IO[bytes]:
    """A temporary file with the community, of one moment; the same community always gives the same text.

    Any number of records: a few hundred are in memory at one time.
    """
    with one_moment():
        values = _values(community)
        return spooled(written(values, _members(community), _assets(community, dialect), dialect, form))


def export_bundle(community: Community, dialect: Dialect = "native", form: Form = "yaml") -> str:
    """What ``export_file`` writes, as a text."""
    with export_file(community, dialect, form) as file:
        return file.read().decode()
