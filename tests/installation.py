"""A production installation on loopback: the files that an image holds, a real server, and visitors.

The installation lies in a folder of its own, so that it can collect static files and keep keys of its own. It
gets its configuration as everybody does, by the environment, and believes the proxy that visitors play.
"""

import contextlib
import fnmatch
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from tests import settings as test_settings
from tests.postgres import free_port
from tests.staff.browsing import form_on

ROOT = Path(__file__).parent.parent
HOST = "register.example"
START_SECONDS = 30.0
SERVE = [sys.executable, "-m", "recportal.server"]

#: What a process needs beside the installation's own configuration.
_KEPT = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}


def checkout_files() -> list[str]:
    """The files of this checkout, also new ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in listed if name and (ROOT / name).is_file())


def image_files() -> list[str]:
    """The files of this checkout that `.dockerignore` lets into an image."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return [name for name in checkout_files() if not _ignored(name, rules)]


def _ignored(name: str, rules: list[str]) -> bool:
    """As Docker has it: the last rule that fits the file or a folder above it decides; `!` takes it back."""
    parts = name.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        names = parts if "**/" in rule else above
        if any(fnmatch.fnmatchcase(each, pattern) and ("/" in each) == ("/" in pattern) for each in names):
            ignored = not rule.startswith("!")
    return ignored


@dataclass
class Installation:
    """A folder with the program, and the environment of its processes."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXY": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.environment = {**_KEPT, **given, **self.environment}

    @classmethod
    def made_in(cls, folder: Path, **variables: str) -> "Installation":
        for name in image_files():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
        return cls(folder, variables)

    def run(
        self, command: list[str], *, given: str = "", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            input=given,
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def tried(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """`manage.py` with the arguments, whatever comes of it."""
        return self.run([sys.executable, "manage.py", *arguments], **variables)

    def manage(self, *arguments: str, **variables: str) -> str:
        """What `manage.py` says to the arguments, which must succeed."""
        done = self.tried(*arguments, **variables)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def served(self, **variables: str) -> Iterator["Server"]:
        """The real server of production. It answers when the block begins."""
        server = Server(self, variables)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Server:
    """A running service. Its log is a file, and is kept when the service is started again."""

    def __init__(self, installation: Installation, variables: dict[str, str]) -> None:
        self.port = free_port()
        self.log = installation.folder / f"server-{self.port}.log"
        self._installation = installation
        self._environment = {
            **installation.environment,
            "WEB_BIND": f"127.0.0.1:{self.port}",
            "WEB_WORKERS": "1",
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                SERVE,
                cwd=self._installation.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Visitor(self).get("/healthz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"no answer after {START_SECONDS:.0f} s: {self.log.read_text()}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """All its processes at once, as when the machine loses power."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """What was logged. Each line must be a JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


class Visitor:
    """A browser without scripts, and the proxy between it and the server: one connection for each request."""

    def __init__(self, server: Server, host: str = HOST) -> None:
        self.cookies: dict[str, str] = {}
        self._port = server.port
        self._host = host

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {
            "Host": self._host,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "198.51.100.7",
            "Connection": "close",
            **(headers or {}),
        }
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        ) as connection:
            connection.request(method, url, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return answer

    def get(self, url: str, **query: str) -> Answer:
        return self.request("GET", f"{url}?{urlencode(query)}" if query else url)

    def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        sent = {**fields, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"https://{self._host}{url}",
        }
        return self.request("POST", url, urlencode(sent).encode(), headers)

    def send(self, url: str, **typed: str) -> Answer:
        """Open the form at `url`, type some values and save."""
        return self.post(url, {**form_on(self.get(url)), **typed})  # type: ignore[arg-type]  # has what it reads

    def sign_in(self, username: str, password: str) -> Answer:
        """By the form to which the admin leads; gives the answer that sets the session."""
        page, url = self.get("/admin/"), "/admin/"
        while page.status_code in (301, 302):
            url = urlsplit(page.headers["Location"])._replace(scheme="", netloc="").geturl()
            page = self.get(url)
        fields = form_on(page)  # type: ignore[arg-type]  # has what it reads
        name = next(each for each in ("login", "username") if each in fields)
        answer = self.post(url, {**fields, name: username, "password": password})
        assert answer.status_code == 302, answer.text
        assert "sessionid" in self.cookies
        return answer


@contextlib.contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database on the suite's engine; it is gone after the block."""
    name = f"recportal_{secrets.token_hex(6)}"
    if test_settings.ENGINE == "sqlite":
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    with psycopg.connect(test_settings.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{test_settings.database_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The files of an installation with collected static files, and no database of its own."""
    made = Installation.made_in(tmp_path_factory.mktemp("installation"))
    made.manage("collectstatic", "--no-input", "--verbosity", "0")
    return made


@pytest.fixture
def installation(program: Installation, child_environment: dict[str, str]) -> Installation:
    """An installation on this test's database."""
    return Installation(program.folder, {"DATABASE_URL": child_environment["DATABASE_URL"]})
