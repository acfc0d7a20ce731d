import os
import sqlite3
import subprocess
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copy the database to FILE while the service runs: the state of one moment, checked, in one file for "
        "its owner only. A file that exists is never overwritten. Of SQLite it is a database, of PostgreSQL "
        "an archive of pg_dump, which must be installed."
    )
    # A backup must be possible when little else is.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists, and is left as it is.")
        copy = _copy if connection.vendor == "sqlite" else _dump
        try:
            _written_whole(file, copy)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"{file} could not be written: {getattr(error, 'strerror', None) or error}.")
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")


def _written_whole(file: Path, write: Callable[[Path], None]) -> None:
    """The file appears whole, checked and on the disk, or not at all."""
    # Only its owner reads what mkstemp makes, whatever the umask is.
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(descriptor)
    draft = Path(name)
    try:
        write(draft)
        _to_the_disk(draft)
        draft.rename(file)
        _to_the_disk(file.parent)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _copy(draft: Path) -> None:
    source = Path(str(connection.settings_dict["NAME"]))
    if not source.is_file():
        raise CommandError(f"There is no database: {source} is missing.")
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


def _dump(draft: Path) -> None:
    # The password goes by the environment: everybody reads arguments.
    arguments, variables = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    _run(["pg_dump", "--format=custom", f"--file={draft}", *arguments[1:]], variables or {})
    _run(["pg_restore", "--list", str(draft)], {})


def _run(command: list[str], variables: dict[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # the arguments are the configuration's
            command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CommandError(f"{command[0]} is not installed; it comes with PostgreSQL's client programs.")
    if done.returncode:
        raise CommandError(f"The database was not backed up. {done.stderr.strip()}")


def _to_the_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
