"""Run benches on both engines.

    python -m tests.bench [imports] [api] [pages] [memory] [--engine sqlite|postgresql] [--quick] [-- OPTIONS]

Each name is a module of this package, and takes options of its own behind `--`; without a name, all are run.
`--quick` is for seeing that it works: a minute, small registers, few samples. PostgreSQL is a throw-away
server with durable settings (fsync on, as a real one has it), or that of `TEST_DATABASE_URL`; SQLite is files
in the temporary directory, with the settings of an installation. Registers that were filled before are used
again where `tests.bench.registers` finds them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tests.postgres import StartError, postgres_server

#: Name → its options in a quick run.
BENCHES = {
    "imports": ["--members=500", "--runs=1"],
    "api": ["--sizes=1000,11000", "--seconds=0.1"],
    "pages": ["--sizes=1000,11000", "--seconds=0"],
    "memory": ["--sizes=1000"],
}
ENGINES = ("postgresql", "sqlite")


@contextlib.contextmanager
def environment_for(engine: str) -> Iterator[dict[str, str]]:
    """What the benches find the engine by: all of them the same server, or the same folder of files."""
    environment = {**os.environ, "RECPORTAL_TEST_ENGINE": engine}
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="recportal-bench-") as folder:
            yield {"RECPORTAL_BENCH_FOLDER": folder} | environment
    elif "TEST_DATABASE_URL" in environment:
        yield environment
    else:
        with postgres_server(durable=True) as url:
            yield environment | {"TEST_DATABASE_URL": url}


def main() -> int:
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benches on both engines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)} (all)")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="small registers, few samples")
    given = parser.parse_args(arguments[:cut])
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    worst = 0
    for engine in [given.engine] if given.engine else ENGINES:
        try:
            with environment_for(engine) as environment:
                for name in given.names or BENCHES:
                    options = [*(BENCHES[name] if given.quick else []), *arguments[cut + 1 :]]
                    command = [sys.executable, "-m", f"tests.bench.{name}", *options]
                    worst = max(worst, subprocess.run(command, env=environment, check=False).returncode)
        except StartError as error:
            print(f"PostgreSQL cannot be started: {error}", file=sys.stderr)
            worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main())
