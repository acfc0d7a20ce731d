"""Registers of several sizes beside each other, filled once, and one process that reads them in turn.

They are databases of one PostgreSQL server, or files of SQLite in one folder. What is there already, by the
same filler, is used again: those of a server that `TEST_DATABASE_URL` names, and files in the folder that
`RECPORTAL_BENCH_FOLDER` names.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from psycopg import sql

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.records.changes import change
from tests.settings import FOLDER

from .fiction import OWN_IDS, Household, Place, Row, community, households, places

#: To be raised when the rows change: what an older filler has filled is filled anew.
_FILLER: Final = "4"
_BATCH: Final = 20_000
#: How often the records whose history is shown have been changed.
_CHANGES: Final = 30


class Registers:
    """The registers by size. ``use(size)`` makes one of them the database of this process."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.sizes = sorted(sizes)
        self._connections: dict[int, Any] = {}
        self._was = connections[DEFAULT_DB_ALIAS]
        for size in self.sizes:
            self._open(size)

    def use(self, size: int) -> None:
        connections[DEFAULT_DB_ALIAS] = self._connections[size]

    def close(self) -> None:
        for each in self._connections.values():
            each.close()
        connections[DEFAULT_DB_ALIAS] = self._was

    def _open(self, size: int) -> None:
        name = f"recportal-bench-{size}"
        if connection.vendor == "sqlite":
            folder = Path(os.environ.get("RECPORTAL_BENCH_FOLDER") or FOLDER)
            folder.mkdir(parents=True, exist_ok=True)
            name = str(folder / f"{name}.sqlite3")
        else:
            _create_database(name)
        opened = connections.create_connection(DEFAULT_DB_ALIAS)
        opened.settings_dict = {**opened.settings_dict, "NAME": name, "CONN_MAX_AGE": None}
        self._connections[size] = opened
        self.use(size)
        call_command("migrate", verbosity=0)
        if not _is_filled():
            began = time.monotonic()
            _empty()
            fill(size)
            _mark_filled()
            print(
                f"{connection.vendor}: {size:,} assets in {time.monotonic() - began:.0f} s", file=sys.stderr
            )


def _create_database(name: str) -> None:
    server = os.environ["TEST_DATABASE_URL"]
    with (
        psycopg.connect(server, autocommit=True) as direct,
        contextlib.suppress(psycopg.errors.DuplicateDatabase),
    ):
        direct.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _is_filled() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_filler (version text)")
        cursor.execute("SELECT version FROM bench_filler")
        return (_FILLER,) in cursor.fetchall()


def _mark_filled() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_filler VALUES (%s)", [_FILLER])


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_filler")
    call_command("flush", verbosity=0, interactive=False)


class Sheet:
    """Rows for one table. What a row does not say is as in a new record."""

    def __init__(self, model: type[models.Model], **given: Any) -> None:
        self._columns: list[Any] = list(model._meta.concrete_fields)
        if "id" not in given:
            self._columns = [column for column in self._columns if not column.primary_key]
        quote = connection.ops.quote_name
        self._table = quote(model._meta.db_table)
        self._names = ", ".join(quote(column.column) for column in self._columns)
        fresh = model(**given)
        self._usual = [
            (column.attname, column.get_db_prep_save(getattr(fresh, column.attname), connection))
            for column in self._columns
        ]

    def write(self, rows: list[Row]) -> None:
        values = ([row.get(name, usual) for name, usual in self._usual] for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                marks = ", ".join(["?"] * len(self._columns))
                statement = f"INSERT INTO {self._table} ({self._names}) VALUES ({marks})"
                cursor.connection.executemany(statement, values)
                return
            with cursor.copy(f"COPY {self._table} ({self._names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)


def fill(size: int) -> None:
    """A register of so many assets, with holdings and history, its staff and one member's account."""
    fill_places(list(places(size)), community, households)
    _add_people()


def fill_places(
    wanted: list[Place],
    row_of: Callable[[Place], Row],
    households_of: Callable[[Place], Iterable[Household]],
) -> None:
    """The communities with their members, assets, holdings and the history of their creation."""
    with _as_fast_as_can_be():
        sheets = [Sheet(model, id=1) for model in (Community, Member, Asset)] + [Sheet(Holding)]
        sheets[0].write([row_of(place) for place in wanted])
        pending: list[Household] = []
        for place in wanted:
            for household in households_of(place):
                pending.append(household)
                if len(pending) * 2 >= _BATCH:
                    _write(pending, sheets[1:])
                    pending.clear()
            done = (place.first_asset - 1) % OWN_IDS
            print(f"\r{done:>9} assets", end="", file=sys.stderr, flush=True)
        _write(pending, sheets[1:])
        for model in (Community, Member, Asset):
            _record_creation(model)
    print("\r", end="", file=sys.stderr)
    _look_at_what_is_there()


def _look_at_what_is_there() -> None:
    """Let the next ids follow those given, and the database's statistics be true."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            return
        for model in (Community, Member, Asset):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("VACUUM ANALYZE")


def _write(pending: list[Household], sheets: list[Sheet]) -> None:
    members, assets, holdings = sheets
    members.write([each.member for each in pending])
    assets.write([asset for each in pending for asset in each.assets])
    holdings.write([holding for each in pending for holding in each.holdings])


@contextlib.contextmanager
def _as_fast_as_can_be() -> Iterator[None]:
    """Foreign keys are not looked at, and on SQLite a crash would lose everything: this is nobody's data."""
    before, after = (
        (
            ["PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA journal_mode=MEMORY", "BEGIN"],
            ["COMMIT", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"],
        )
        if connection.vendor == "sqlite"
        else (["SET session_replication_role = replica"], ["RESET session_replication_role"])
    )
    with connection.cursor() as cursor:
        for order in before:
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                cursor.execute(order)
        yield
        for order in after:
            cursor.execute(order)


def _record_creation(model: Any) -> None:
    """One row of history for each record."""
    history = model.history.model
    quote = connection.ops.quote_name
    kept = ", ".join(quote(column.column) for column in history.tracked_fields)
    fixed = {"history_type": "'+'", "history_change_reason": "''", "history_door": "'import'"}
    fixed["history_date"] = "created_at"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(history._meta.db_table)} ({kept}, {', '.join(fixed)}) "
            f"SELECT {kept}, {', '.join(fixed.values())} FROM {quote(model._meta.db_table)}"
        )


def _add_people() -> None:
    """A superuser, the manager of the ten, a member; and records that were changed many times."""
    User.objects.create_superuser("root")
    manager = User.objects.create_user("manager")
    for pk in Community.objects.filter(pk__gt=OWN_IDS).values_list("pk", flat=True):
        StaffRole.objects.create(user=manager, community_id=pk, level="manager")
    member = Member.objects.filter(pk__gt=OWN_IDS, status="active").order_by("pk")[0]
    member.account = User.objects.create_user("member")
    records: list[Any] = [member, *member.assets.all(), member.community]
    with change(manager, "admin", "a change of the bench"):
        for number in range(_CHANGES):
            for record in records:
                record.name = f"{record.name.partition(' no. ')[0]} no. {number}"
                record.save()


def each_size(registers: Registers, do: Callable[[int], None]) -> None:
    """Do something with each register in turn, so that a busy moment of the machine meets them all."""
    for size in registers.sizes:
        registers.use(size)
        do(size)
