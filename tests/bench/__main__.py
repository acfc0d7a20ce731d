"""Run benches on both engines.

    python -m tests.bench [imports] [api] ... [--engine sqlite|postgresql] [-- options of the bench]

Each name is a module of this package; without one, it is `imports`. PostgreSQL is a throw-away server with
durable settings (fsync on, as a real one has it), or that of `TEST_DATABASE_URL`; SQLite is a file in the
temporary directory, with the settings of an installation.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.postgres import StartError, postgres_server

BENCHES = sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))
ENGINES = ("postgresql", "sqlite")


@contextlib.contextmanager
def environment_for(engine: str) -> Iterator[dict[str, str]]:
    environment = {**os.environ, "RECPORTAL_TEST_ENGINE": engine}
    if engine == "sqlite" or "TEST_DATABASE_URL" in environment:
        yield environment
        return
    with postgres_server(durable=True) as url:
        yield environment | {"TEST_DATABASE_URL": url}


def main() -> int:
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benches on both engines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)} (imports)")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    given = parser.parse_args(arguments[:cut])
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    worst = 0
    for name in given.names or ["imports"]:
        for engine in [given.engine] if given.engine else ENGINES:
            command = [sys.executable, "-m", f"tests.bench.{name}", *arguments[cut + 1 :]]
            try:
                with environment_for(engine) as environment:
                    worst = max(worst, subprocess.run(command, env=environment, check=False).returncode)
            except StartError as error:
                print(f"PostgreSQL cannot be started: {error}", file=sys.stderr)
                worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main())
