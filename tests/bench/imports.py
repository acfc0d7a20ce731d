"""How fast a large community is imported, the same file again, when nothing has changed, and exported.

    python -m tests.bench imports [-- --members 10000 --runs 5]

Each import is a process of its own on a database of its own, timed from the opening of the file to the end of
the transaction; the start of Python and Django is left out, full validation, holdings and history are not.
The CPU time is the process's, without PostgreSQL's own. Figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from recportal.bundles.demo import generate
from recportal.bundles.writing import Form, to_json, to_yaml

#: Records per second of a first import from JSON, on PostgreSQL, on two processors.
WANTED_RATE: Final = 3000
#: How much faster the second import is, in which nothing has changed.
WANTED_RATIO: Final = 3
MOST_MEGABYTES: Final = 600


class Databases:
    """Copies of one migrated database, each for one pair of imports."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.server = os.environ.get("TEST_DATABASE_URL", "")
        self.template = self._new()
        run(["manage.py", "migrate", "--verbosity=0"], self.template)

    def copy(self) -> str:
        """The URL of a new copy."""
        if self.engine == "sqlite":
            url = self._new()
            shutil.copy(self._path(self.template), self._path(url))
            return url
        return self._new(self._path(self.template).name)

    def drop(self, url: str) -> None:
        name = self._path(url).name
        if self.engine == "sqlite":
            for path in self.folder.glob(f"{name}*"):
                path.unlink()
        else:
            self._order("DROP DATABASE {}", name)

    def _new(self, template: str = "template1") -> str:
        name = f"bench-{secrets.token_hex(4)}"
        if self.engine == "sqlite":
            return f"sqlite:///{quote(str(self.folder / name))}"
        self._order("CREATE DATABASE {} TEMPLATE {}", name, template)
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def _path(self, url: str) -> Path:
        return Path(urlsplit(url).path)

    def _order(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def run(command: list[str], url: str) -> str:
    """Run a program of ours on a database, with the settings of a production site; what it prints."""
    # Under DEBUG, Django keeps every statement in memory.
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "0",
        "SECRET_KEY": "a key for the bench alone, which signs nothing",
        "DJANGO_SETTINGS_MODULE": "recportal.settings",
    }
    done = subprocess.run(
        [sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def import_once(file: Path) -> dict[str, Any]:
    """Import the file in this process, and say what that took."""
    import django

    django.setup()
    from recportal.bundles.importing import import_file

    began, cpu = time.perf_counter(), time.process_time()
    plan = import_file(file.read_bytes(), file.name)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert plan.applied
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return {
        "seconds": seconds,
        "cpu": cpu,
        "megabytes": megabytes,
        "records": len(plan.steps),
        "unchanged": plan.changes_nothing,
    }


def export_once(form: Form) -> dict[str, Any]:
    """Export the only community that there is, and say what that took."""
    import django

    django.setup()
    from communities.models import Community
    from recportal.bundles.exporting import export_bundle

    began = time.perf_counter()
    text = export_bundle(Community.objects.get(), form=form)
    return {"seconds": time.perf_counter() - began, "characters": len(text)}


@dataclass
class Figures:
    """What the runs of one form of file gave."""

    first: list[dict[str, Any]] = field(default_factory=list)
    second: list[dict[str, Any]] = field(default_factory=list)
    exported: list[dict[str, Any]] = field(default_factory=list)

    def add(self, first: dict[str, Any], second: dict[str, Any], exported: dict[str, Any]) -> None:
        assert not first["unchanged"]
        assert second["unchanged"]
        self.first.append(first)
        self.second.append(second)
        self.exported.append(exported)

    @property
    def rate(self) -> float:
        return float(self.first[0]["records"] / median(self.first, "seconds"))

    @property
    def ratio(self) -> float:
        return median(self.first, "seconds") / median(self.second, "seconds")

    @property
    def megabytes(self) -> float:
        return max(float(each["megabytes"]) for each in (*self.first, *self.second))


def median(runs: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] for run in runs))


def shortcomings(engine: str, form: str, figures: Figures) -> list[str]:
    found = []
    if engine == "postgresql" and form == "JSON" and figures.rate < WANTED_RATE:
        found.append(f"{figures.rate:,.0f} records/s, {WANTED_RATE:,} are wanted")
    if form == "JSON" and figures.ratio < WANTED_RATIO:
        found.append(f"unchanged {figures.ratio:.1f} times faster, {WANTED_RATIO} times are wanted")
    if figures.megabytes > MOST_MEGABYTES:
        found.append(f"{figures.megabytes:.0f} MB, {MOST_MEGABYTES} are allowed")
    return found


def measure(engine: str, members: int, runs: int, folder: Path) -> dict[str, Figures]:
    document = next(iter(generate(1, members, 1)))
    files = {"JSON": folder / "large.json", "YAML": folder / "large.yaml"}
    files["JSON"].write_text(to_json(document), encoding="utf-8")
    files["YAML"].write_text(to_yaml(document), encoding="utf-8")
    databases = Databases(engine, folder)
    found = {form: Figures() for form in files}
    for number in range(runs):
        for form, file in files.items():  # in turn, so that a busy minute of the machine meets both
            print(f"\r{engine}: run {number + 1} of {runs}, {form} ", end="", file=sys.stderr, flush=True)
            url = databases.copy()
            told = [
                json.loads(run(["-m", "tests.bench.imports", "--import", str(file)], url))
                for _time in range(2)
            ]
            exported = json.loads(run(["-m", "tests.bench.imports", "--export", form.lower()], url))
            databases.drop(url)
            found[form].add(told[0], told[1], exported)
    databases.drop(databases.template)
    print(file=sys.stderr)
    return found


def show(engine: str, found: dict[str, Figures]) -> None:
    records = found["JSON"].first[0]["records"]
    print(f"\nImport of {records:,} records on {engine}, medians of {len(found['JSON'].first)} runs")
    names = (
        "",
        "records/s",
        "seconds",
        "CPU s",
        "unchanged s",
        "CPU s",
        "ratio",
        "peak MB",
        "export records/s",
    )
    print("{:6}{:>11}{:>9}{:>8}{:>13}{:>8}{:>7}{:>9}{:>18}".format(*names))
    for form, figures in found.items():
        print(
            f"{form:6}{figures.rate:>11,.0f}{median(figures.first, 'seconds'):>9.2f}"
            f"{median(figures.first, 'cpu'):>8.2f}{median(figures.second, 'seconds'):>13.2f}"
            f"{median(figures.second, 'cpu'):>8.2f}{figures.ratio:>7.1f}{figures.megabytes:>9.0f}"
            f"{records / median(figures.exported, 'seconds'):>18,.0f}"
        )
    for form, figures in found.items():
        for short in shortcomings(engine, form, figures):
            print(f"  {form} falls short: {short}.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.imports")
    parser.add_argument("--members", type=int, default=10_000, help="of the community; twice as many assets")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--import", type=Path, dest="file", help=argparse.SUPPRESS)
    parser.add_argument("--export", choices=("json", "yaml"), dest="form", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.file or given.form:
        print(json.dumps(import_once(given.file) if given.file else export_once(given.form)))
        return
    engine = os.environ.get("RECPORTAL_TEST_ENGINE", "sqlite")
    with tempfile.TemporaryDirectory(prefix="recportal-bench-") as folder:
        show(engine, measure(engine, given.members, given.runs, Path(folder)))


if __name__ == "__main__":
    main()
