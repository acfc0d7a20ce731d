import os
import sqlite3
import tempfile
from argparse import ArgumentParser
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copy the SQLite database to FILE while the service runs: the state of one moment, checked, in one "
        "file for its owner only. A file that exists is never overwritten. PostgreSQL has pg_dump for this."
    )
    # A backup must be possible when little else is.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("This is for SQLite. PostgreSQL is backed up with its own pg_dump.")
        source = Path(str(connection.settings_dict["NAME"]))
        if not source.is_file():
            raise CommandError(f"There is no database: {source} is missing.")
        if file.exists():
            raise CommandError(f"{file} exists, and is left as it is.")
        try:
            _copy(source, file)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"{file} could not be written: {getattr(error, 'strerror', None) or error}.")
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")


def _copy(source: Path, file: Path) -> None:
    """The file appears whole, checked and on the disk, or not at all."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(descriptor)
    draft = Path(name)
    try:
        uri = f"file:{quote(str(source))}?mode=rw"  # and not "create"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=30)) as running,
            closing(sqlite3.connect(draft)) as copy,
        ):
            # In one step, which is one read transaction: nobody waits for it, and it is never begun again.
            running.backup(copy, pages=-1)
            # Without a write-ahead log of its own it is a single file.
            copy.execute("PRAGMA journal_mode=DELETE")
            said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise CommandError(f"The database is damaged, and was not backed up: {said}")
        _to_the_disk(draft)
        draft.rename(file)
        _to_the_disk(file.parent)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _to_the_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
