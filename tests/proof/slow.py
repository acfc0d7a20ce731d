"""Clients that are slow on purpose, and how long others wait meanwhile.

Each kind costs its sender next to nothing: a head or a body of which a byte comes each second, and an answer
that is not read.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.installation import HOST, Server, Visitor

#: Seconds between two bytes of a slow client.
DRIP = 1.0
HEAD = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.9\r\n"
#: The largest file that anybody may have.
LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
#: What each kind sends at once. More comes byte by byte, but from readers.
KINDS = {
    "head": "POST /accounts/login/ HTTP/1.1\r\n" + HEAD + "X-Slow: ",
    # With a cookie, so that the body is read to find the token that goes with it.
    "body": f"POST /accounts/login/ HTTP/1.1\r\n{HEAD}Cookie: csrftoken={'x' * 32}\r\n"
    f"Referer: https://{HOST}/accounts/login/\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 100000\r\n\r\nlogin=",
    # So much that no buffer of the system takes it all.
    "reader": f"GET {LARGE} HTTP/1.1\r\n{HEAD}\r\n" * 12,
}


@dataclass
class SlowClients:
    """Open connections of one kind. Those that the server ends are not opened again."""

    sockets: list[socket.socket] = field(default_factory=list)
    #: Seconds after which the server ended the first and the last of them.
    ended: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    @contextlib.contextmanager
    def at(cls, address: tuple[str, int], kind: str, number: int, start: str = "") -> Iterator["SlowClients"]:
        clients = cls()
        for _client in range(number):
            slow = socket.socket(socket.AF_INET)
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(5)
            slow.connect(address)
            slow.sendall((start or KINDS[kind]).encode())
            slow.setblocking(False)
            clients.sockets.append(slow)
        dripping = threading.Thread(target=clients._drip, args=[kind])
        dripping.start()
        try:
            yield clients
        finally:
            clients._over.set()
            dripping.join()
            for slow in clients.sockets:
                slow.close()

    def _drip(self, kind: str) -> None:
        began = time.monotonic()
        alive = list(self.sockets)
        while not self._over.wait(DRIP):
            for slow in list(alive):
                try:
                    gone = _is_reset(slow) if kind == "reader" else not slow.send(b"x") or _has_ended(slow)
                except BlockingIOError:
                    continue
                except OSError:
                    gone = True
                if gone:
                    alive.remove(slow)
                    self.ended.append(time.monotonic() - began)


def _has_ended(slow: socket.socket) -> bool:
    """Whether the server answered or hung up: it owes a slow sender neither."""
    try:
        slow.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    return True


def _is_reset(slow: socket.socket) -> bool:
    """Whether the connection of a reader who does not read is over."""
    state = slow.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return state[0] != 1  # TCP_ESTABLISHED


@dataclass
class Watch:
    """Asks for some addresses over and over, and keeps the longest wait for each."""

    server: Server
    asked: dict[str, Callable[[], int]]
    longest: dict[str, float] = field(default_factory=dict)
    memory: int = 0
    answers: list[tuple[str, int]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        threads = [
            *(threading.Thread(target=self._ask, args=item) for item in self.asked.items()),
            threading.Thread(target=self._weigh),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, name: str, ask: Callable[[], int]) -> None:
        while not self._over.wait(0.1):
            began = time.monotonic()
            try:
                status = ask()
            except OSError:
                status = 0
            self.answers.append((name, status))
            self.longest[name] = max(self.longest.get(name, 0.0), time.monotonic() - began)

    def _weigh(self) -> None:
        assert self.server.process is not None
        while not self._over.wait(0.2):
            self.memory = max(self.memory, heaviest(self.server.process.pid))

    def unwanted(self) -> list[tuple[str, int]]:
        return [each for each in self.answers if each[1] != 200]


def heaviest(pid: int) -> int:
    """The most memory, in bytes, that a process of the server has had at one time."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    peaks = []
    for each in (str(pid), *children):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{each}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return max(peaks)


def asking(server: Server, url: str, cookies: dict[str, str] | None = None) -> Callable[[], int]:
    visitor = Visitor(server)
    visitor.cookies = cookies or {}
    return lambda: visitor.get(url).status_code
