"""What the server itself makes of requests: one connection, several of them, and odd heads."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from tests.installation import HOST, Installation, Server, empty_database

pytestmark = pytest.mark.once  # no database is asked

HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}


@pytest.fixture(scope="module")
def server(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with empty_database(tmp_path_factory.mktemp("database")) as url:
        installation = Installation(program.folder, {"DATABASE_URL": url})
        installation.manage("migrate", "--verbosity", "0")
        with installation.served(WEB_GRACE="300") as served:
            yield served


def answered(server: Server, sent: bytes) -> bytes:
    """All that comes back on a connection until the server closes it."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "path", ["/healthz", "/accounts/login/", "/static/staff/forms.css", "/nowhere/", "/"]
)
def test_head_is_answered_without_a_body(server: Server, path: str) -> None:
    """A body would be taken for the answer to the next request of the connection, by a proxy too."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"HEAD {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    answer = answered(server, head.encode())
    assert answer.startswith(b"HTTP/1.1 ")
    assert answer.partition(b"\r\n\r\n")[2] == b""


def test_a_connection_goes_on_after_head(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with contextlib.closing(connection):
        lengths = []
        for method in ("HEAD", "GET", "HEAD", "GET"):
            connection.request(method, "/accounts/login/", headers=HEADERS)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 200
            lengths.append((int(answer.headers["Content-Length"]), len(content)))
    (first, none), (whole, read), *_others = lengths
    assert (none, read) == (0, whole)
    assert first > 1000


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://[x/ HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n",
        b"GET /\xff HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
    ],
)
def test_an_odd_head_is_refused_with_an_answer(server: Server, head: bytes) -> None:
    answer = answered(server, head + f"Host: {HOST}\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), answer[:100]


def test_large_uploads_that_are_only_announced_are_in_nobodys_way(server: Server) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"POST /api/bundles/ HTTP/1.1\r\n{lines}Content-Type: application/yaml\r\nConnection: close\r\n"
    announced = f"{head}Content-Length: {64 * 2**20}\r\n\r\n".encode()
    with contextlib.ExitStack() as opened:
        for _number in range(9):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(announced + b"recportal: 1")
        size = 2 * 2**20
        answer = answered(server, f"{head}Content-Length: {size}\r\n\r\n".encode() + b" " * size)
    assert answer.startswith(b"HTTP/1.1 401 "), answer[:200]


def test_large_uploads_have_room_for_so_many_bytes(server: Server) -> None:
    """Beyond, the next one is to come again; in the meantime all else is answered."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"POST /api/bundles/ HTTP/1.1\r\n{lines}Content-Type: application/yaml\r\nConnection: close\r\n"
    with contextlib.ExitStack() as opened:
        for _number in range(8):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 30))
            connection.sendall(f"{head}Content-Length: {64 * 2**20}\r\n\r\n".encode())
            connection.sendall(b" " * (64 * 2**20 - 1))
        size = 2 * 2**20
        one_more = f"{head}Content-Length: {size}\r\n\r\n".encode() + b" " * size
        until = time.monotonic() + 30
        while not (answer := answered(server, one_more)).startswith(b"HTTP/1.1 503 "):
            # What was sent may still be in the system's buffers, and not with the server.
            assert time.monotonic() < until, answer[:200]
            time.sleep(0.2)
        assert b"Retry-After: 5" in answer
        assert answered(server, f"GET /healthz HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
