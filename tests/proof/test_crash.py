"""Killed while people work: what was acknowledged is there, and the service answers again by itself."""

import contextlib
import json
import os
import re
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests import settings as test_settings
from tests.installation import Installation, Server, Visitor, empty_database
from tests.postgres import _Server as Postgres
from tests.postgres import _thrown_away, installed_programs, wheel_programs
from tests.staff.browsing import form_on

pytestmark = pytest.mark.proof

PASSWORD = "correct horse battery staple"
ADD = "/admin/members/member/add/"
SETUP = """
from django.core.management import call_command
from communities.models import Community

call_command("createsuperuser", interactive=False, username="anna", email="anna@example.org")
Community.objects.create(key="alpha", name="Alpha")
"""

TOKEN = """
from communities.models import ApiToken
from recportal.accounts.models import User
print(ApiToken.issue(User.objects.get(), "tool")[1])
"""


def prepared(program: Installation, url: str) -> Installation:
    installation = Installation(program.folder, {"DATABASE_URL": url})
    installation.manage("migrate", "--verbosity", "0")
    installation.manage("shell", "--verbosity", "0", "--command", SETUP, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    return installation


@dataclass
class Crowd:
    """People who add members by the admin, each by one connection at a time, until they are told to stop."""

    server: Server
    acknowledged: list[str] = field(default_factory=list)
    #: Status → answers with it; 0 for a connection that was refused or cut off.
    answers: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**6)))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def at_work(self, people: int = 4) -> Iterator[None]:
        visitor = Visitor(self.server)
        visitor.sign_in("anna", PASSWORD)
        workers = [threading.Thread(target=self._work, args=[visitor]) for _person in range(people)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            self._over.set()
            for worker in workers:
                worker.join()

    def _work(self, visitor: Visitor) -> None:
        while not self._over.is_set():
            with self._lock:
                name = f"Newcomer {next(self._numbers):05}"
            try:
                status = self._add(visitor, name)
            except (OSError, HTTPException):
                status = 0
            with self._lock:
                self.answers[status] += 1
                if status == 302:
                    self.acknowledged.append(name)
            if status != 302:
                time.sleep(0.1)

    def _add(self, visitor: Visitor, name: str) -> int:
        answer = visitor.get(ADD)
        if answer.status_code == 200:
            typed = {"name": name, "role": "consumer", "status": "active", "community": "1"}
            answer = visitor.post(ADD, {**form_on(answer), **typed})  # type: ignore[arg-type]  # has what it reads
        if answer.status_code == 503 and not answer.headers["Retry-After"]:
            self.without_retry_after += 1
        return answer.status_code

    def await_more(self, number: int = 8, seconds: float = 30) -> None:
        wanted = len(self.acknowledged) + number
        until = time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert not self.unwanted({200}), self.unwanted({200})
            assert time.monotonic() < until, (self.answers, self.server.log.read_text()[-3000:])
            time.sleep(0.02)

    def unwanted(self, statuses: set[int]) -> list[str]:
        """The errors in the log, when an answer had one of the statuses."""
        if not statuses & self.answers.keys():
            return []
        said = [str(self.answers)]
        return said + [
            str(line) for line in self.server.lines() if line.get("status") != 503 and "exception" in line
        ]


def stored(installation: Installation) -> set[str]:
    """The names of all members, read by a process of its own."""
    code = (
        "from members.models import Member\nprint('\\n'.join(Member.objects.values_list('name', flat=True)))"
    )
    return set(installation.manage("shell", "--verbosity", "0", "--command", code).splitlines())


@pytest.fixture
def nothing_is_lost(figure: Callable[..., None]) -> Callable[..., None]:
    """Asserts, after so many kills, that what was acknowledged is there, and that everything stored holds."""

    def look(installation: Installation, crowd: Crowd, *, kills: int) -> None:
        lost = set(crowd.acknowledged) - stored(installation)
        figure("kills of servers, workers and PostgreSQL at work", kills)
        figure("writes acknowledged around kills and a full disk", len(crowd.acknowledged))
        figure("acknowledged writes lost", len(lost))
        assert not lost, sorted(lost)
        assert "Everything stored holds" in installation.manage("check_registry")

    return look


# The server


@pytest.fixture
def installation(program: Installation, tmp_path: Path) -> Iterator[Installation]:
    with empty_database(tmp_path) as url:
        yield prepared(program, url)


#: Half of the threads of a process may wait for a lock: room for the whole crowd, even when one process has
#: all of it. How many others are sent away at once is shown by test_slow_locks.py.
ROOMY: Final = {"WEB_WORKERS": "2", "WEB_THREADS": "8"}


def test_a_worker_that_is_killed_is_replaced_by_itself(
    installation: Installation, nothing_is_lost: Callable[..., None]
) -> None:
    with installation.served(**ROOMY) as server:
        crowd = Crowd(server)
        with crowd.at_work():
            for _time in range(3):
                crowd.await_more()
                os.kill(workers(server)[-1], signal.SIGKILL)
            crowd.await_more()
        assert len(workers(server)) == 5
    assert not crowd.unwanted({200, 500, 503})
    nothing_is_lost(installation, crowd, kills=3)


def workers(server: Server) -> list[int]:
    """The process ids of all workers that there have been, the newest last."""
    messages = [line.get("message", "") for line in server.lines() if line["logger"] == "recportal.server"]
    return [int(found[1]) for message in messages if (found := re.search(r"Started process (\d+)", message))]


def test_a_server_that_is_killed_has_kept_what_it_acknowledged(
    installation: Installation, nothing_is_lost: Callable[..., None]
) -> None:
    with installation.served(**ROOMY) as server:
        crowd = Crowd(server)
        with crowd.at_work():
            for _time in range(3):
                crowd.await_more()
                server.kill()
                server.start()  # which in production systemd or the container engine does
            crowd.await_more()
    assert not crowd.unwanted({200, 500, 503})
    nothing_is_lost(installation, crowd, kills=3)


@pytest.mark.skipif(
    test_settings.ENGINE != "sqlite" or not hasattr(resource, "prlimit"),
    reason="PostgreSQL's files are not the server's own, and Linux can limit those of a running process",
)
def test_a_full_disk_refuses_writes_and_loses_nothing(
    installation: Installation, nothing_is_lost: Callable[..., None]
) -> None:
    with installation.served() as server:
        crowd = Crowd(server)
        with crowd.at_work(people=1):
            crowd.await_more()
        acknowledged = len(crowd.acknowledged)
        visitor = Visitor(server)
        visitor.sign_in("anna", PASSWORD)
        typed = {"name": "One too many", "role": "consumer", "status": "active", "community": "1"}
        secret = installation.manage("shell", "--verbosity", "0", "--command", TOKEN).strip()
        (worker,) = workers(server)
        # No file may grow beyond this: there is room to open the database, and none to write into it.
        before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (36 * 1024, resource.RLIM_INFINITY))
        form = form_on(visitor.get(ADD))  # type: ignore[arg-type]  # has what it reads
        newcomer = Visitor(server)
        welcome = form_on(newcomer.get("/accounts/login/"))  # type: ignore[arg-type]  # has what it reads
        refused = [
            visitor.post(ADD, {**form, **typed}),
            newcomer.post("/accounts/login/", {**welcome, "login": "anna", "password": PASSWORD}),
            visitor.get("/readyz"),
        ]
        assert [(each.status_code, each.headers["Retry-After"]) for each in refused] == [(503, "5")] * 3
        assert "can only be read" in refused[0].text
        assert "can only be read" in refused[1].text
        assert refused[2].text == "not ready: the database has no room\n"
        for url in ("/admin/members/member/", "/api/members/", "/healthz"):
            assert visitor.get(url).status_code == 200, url
        headers = {"Authorization": f"Bearer {secret}"}
        assert visitor.request("GET", "/api/members/", headers=headers).status_code == 200
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
        assert visitor.send(ADD, **{**typed, "name": "Room again"}).status_code == 302
    assert len(stored(installation)) == acknowledged + 1
    nothing_is_lost(installation, crowd, kills=0)


# PostgreSQL


@dataclass
class Killable:
    """A PostgreSQL with the durability of a real one, that can be killed and started again."""

    server: Postgres
    url: str

    def kill(self) -> None:
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def start(self) -> None:
        assert self.server.process is not None
        programs = Path(str(self.server.process.args[0])).parent  # type: ignore[index]  # a list, we made it
        address = urlsplit(self.url)
        assert address.port
        assert address.password
        for _attempt in range(100):
            self.server._launch(programs, address.port)
            # It refuses while an orphan of the killed one still lets go of the shared memory.
            if self.server._answers(address.port, address.password):
                return
            time.sleep(0.1)
        raise AssertionError(self.server._last_words("server.log"))


@pytest.fixture
def postgres() -> Iterator[Killable]:
    programs = [*installed_programs(), *wheel_programs()][0]
    with _thrown_away(durable=True) as server:
        yield Killable(server, server.start(programs))


@pytest.mark.skipif(test_settings.ENGINE == "sqlite", reason="SQLite has no server to kill")
def test_postgresql_killed_and_started_again_loses_nothing(
    program: Installation, postgres: Killable, nothing_is_lost: Callable[..., None]
) -> None:
    installation = prepared(program, postgres.url)
    with installation.served(WEB_WORKERS="2") as server:
        crowd, visitor = Crowd(server), Visitor(server)
        visitor.sign_in("anna", PASSWORD)
        with crowd.at_work():
            for _time in range(3):
                crowd.await_more()
                postgres.kill()
                _await(lambda: visitor.get("/readyz").status_code == 503)
                for url in ("/admin/", "/admin/members/member/"):
                    answer = visitor.get(url)
                    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), url
                assert Visitor(server).get("/healthz").status_code == 200
                postgres.start()
                _await(lambda: visitor.get("/readyz").status_code == 200)
                assert visitor.get("/admin/").status_code == 200
            crowd.await_more()
        assert len(workers(server)) == 2  # nobody started the service again
    assert not crowd.unwanted({0, 200, 500})
    assert crowd.answers[503] > 3
    assert crowd.without_retry_after == 0
    nothing_is_lost(installation, crowd, kills=3)


@pytest.mark.skipif(test_settings.ENGINE == "sqlite", reason="root may write every file")
def test_a_read_only_postgresql_is_read(installation: Installation) -> None:
    """As the standby of another server, or one that an operator has set so."""
    secret = installation.manage("shell", "--verbosity", "0", "--command", TOKEN).strip()
    with installation.served() as server:
        visitor = Visitor(server)
        visitor.sign_in("anna", PASSWORD)
        form = form_on(visitor.get(ADD))  # type: ignore[arg-type]  # has what it reads
    url = f"{installation.environment['DATABASE_URL']}?options=-c%20default_transaction_read_only%3Don"
    with installation.served(DATABASE_URL=url) as server:
        reader, newcomer = Visitor(server), Visitor(server)
        reader.cookies = visitor.cookies
        headers = {"Authorization": f"Bearer {secret}"}
        for page in ("/admin/", "/admin/members/member/", "/healthz"):
            assert reader.get(page).status_code == 200, page
        assert newcomer.request("GET", "/api/members/", headers=headers).status_code == 200
        wrong = {"Authorization": "Bearer of nothing"}
        assert newcomer.request("GET", "/api/members/", headers=wrong).status_code == 401
        welcome = form_on(newcomer.get("/accounts/login/"))  # type: ignore[arg-type]  # has what it reads
        typed = {"name": "New", "role": "consumer", "status": "active", "community": "1"}
        refused = [
            reader.post(ADD, {**form, **typed}),
            newcomer.post("/accounts/login/", {**welcome, "login": "anna", "password": PASSWORD}),
            reader.get("/readyz"),
        ]
        assert [(each.status_code, each.headers["Retry-After"]) for each in refused] == [(503, "5")] * 3
        assert "can only be read" in refused[1].text
        assert refused[2].text == "not ready: the database is read-only\n"
        body = {**headers, "Content-Type": "application/json"}
        made = newcomer.request(
            "POST", "/api/communities/alpha/members/", b'{"name": "New", "role": "consumer"}', body
        )
        assert (made.status_code, json.loads(made.content)["code"]) == (503, "database_read_only")


def _await(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
