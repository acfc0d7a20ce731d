"""Clients that send or read as slowly as they like: nobody else waits for them."""

import contextlib
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installation import HOST, Installation, Server, Visitor, empty_database

from . import slow

pytestmark = pytest.mark.proof

SOAK = os.environ.get("RECPORTAL_SOAK") == "1"
NUMBERS = [1, 8, 64] if SOAK else [8, 64]
SECONDS = 20.0 if SOAK else 2.0
#: Seconds; it is one second on a machine with nothing else to do.
LONGEST = 3.0
MOST_MEMORY = 400 * 2**20
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def server(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with empty_database(tmp_path_factory.mktemp("database")) as url:
        installation = Installation(program.folder, {"DATABASE_URL": url})
        installation.manage("migrate", "--verbosity", "0")
        installation.manage("load_demo", "--into-production", "--yes")
        installation.manage(
            "createsuperuser", "--no-input", "--username", "anna", "--email", "anna@example.org",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )  # fmt: skip
        with installation.served() as running:
            yield running


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", slow.KINDS)
def test_nobody_waits_for_slow_clients(
    kind: str, number: int, server: Server, figure: Callable[..., None]
) -> None:
    visitor = Visitor(server)
    visitor.sign_in("anna", PASSWORD)
    pages = ("/accounts/login/", "/admin/members/member/")
    watch = slow.Watch(server, {"/healthz": slow.asking(server, "/healthz")})
    watch.asked[pages[0]] = slow.asking(server, pages[0])
    watch.asked[pages[1]] = slow.asking(server, pages[1], visitor.cookies)
    with slow.SlowClients.at(("127.0.0.1", server.port), kind, number) as clients:
        with watch.looking():
            time.sleep(SECONDS)
        assert not clients.ended, "they were no longer there to be slow"
    who = f"{number} slow clients ({kind}): "
    figure(f"{who}longest wait of /healthz, ms", round(watch.longest["/healthz"] * 1000), most=True)
    figure(f"{who}longest wait of a page, ms", round(max(watch.longest[each] for each in pages) * 1000))
    figure(f"{who}highest memory of a process, MB", watch.memory // 2**20, most=True)
    assert watch.unwanted() == []
    assert len(watch.answers) > 3 * SECONDS
    assert max(watch.longest.values()) < LONGEST
    assert watch.memory < MOST_MEMORY


def test_clients_that_do_not_keep_pace_are_let_go(installation: Installation) -> None:
    with installation.served(WEB_GRACE="2") as quick:
        for kind in slow.KINDS:
            with slow.SlowClients.at(("127.0.0.1", quick.port), kind, 3) as clients:
                until = time.monotonic() + 15
                while len(clients.ended) < 3 and time.monotonic() < until:
                    time.sleep(0.1)
            assert len(clients.ended) == 3, kind
            assert max(clients.ended) < 12, kind


def test_bodies_that_are_too_long_are_read_and_kept_nowhere(server: Server) -> None:
    assert server.process is not None
    before = slow.heaviest(server.process.pid)
    visitor = Visitor(server)
    for size in (2**20 + 1, 70_000_000):
        answer = visitor.request("POST", "/accounts/login/", b"x" * size)
        assert answer.status_code == 413
        assert str(size) in answer.text
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with contextlib.closing(connection):
        pieces = (b"x" * 50_000 for _piece in range(100))
        headers = {"Host": HOST, "X-Forwarded-Proto": "https"}
        connection.request("POST", "/api/members/lookup/", pieces, headers, encode_chunked=True)
        response = connection.getresponse()
        problem = json.loads(response.read())
    assert (response.status, problem["code"]) == (413, "too_large")
    assert "5000000" in problem["detail"]
    assert slow.heaviest(server.process.pid) < before + 30 * 2**20


def test_a_running_request_ends_before_the_service_does(program: Installation, tmp_path: Path) -> None:
    """And one whose body is still on its way: it is read to its end, and answered."""
    with empty_database(tmp_path) as url:
        installation = Installation(program.folder, {"DATABASE_URL": url})
        installation.manage("migrate", "--verbosity", "0")
        with installation.served() as server, socket.create_connection(("127.0.0.1", server.port)) as late:
            late.sendall(slow.KINDS["body"].replace("100000", "16").encode())
            time.sleep(0.5)
            assert server.process is not None
            server.process.terminate()
            time.sleep(1)
            with pytest.raises(ConnectionRefusedError):
                Visitor(server).get("/healthz")
            late.sendall(b"0123456789")
            assert late.recv(100).startswith(b"HTTP/1.1 403 ")
            assert server.process.wait(10) == 0


@pytest.mark.once
def test_a_new_start_of_the_processes_loses_no_request(server: Server) -> None:
    assert server.process is not None
    watch = slow.Watch(server, {"/healthz": slow.asking(server, "/healthz")})
    ready = server.log.read_text().count("is ready")
    with watch.looking():
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while server.log.read_text().count("is ready") == ready and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
    assert server.log.read_text().count("is ready") == ready + 1
    assert watch.unwanted() == []
