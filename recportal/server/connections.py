"""waitress, with a bound on what a slow or large client may cost.

waitress reads a request whole before a thread takes it, and spools what is large to temporary files. It knows
idle connections only, though: a byte now and then keeps one open. Here each connection also has to keep pace.
"""

import io
import logging
import socket
import struct
import time
from typing import Any, Final

from django.urls import Resolver404, resolve
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import Error

from recportal import environment
from recportal.records.middleware import RETRY_AFTER, body_limit

#: Seconds in which a request, or an answer, has to be through, or to have come on.
GRACE: Final = environment.integer("WEB_GRACE", 30, minimum=1, maximum=3600)
#: Bytes a second that it has to come on by, in each such time.
SLOWEST: Final = 8 * 1024
#: Bytes of large bodies that a process keeps at a time, read or half read. Beyond, they have to come again.
MOST_KEPT: Final = 512 * 2**20
#: Bodies up to so many bytes are not counted: with them all connections together keep less.
_SMALL: Final = 2**20
#: Probes do not wait for threads that wait for something else: each has one of its own.
_PROBES: Final = ("/healthz", "/readyz")

_log = logging.getLogger(__name__)


class TooMuchAtOnce(Error):  # type: ignore[misc]  # has no types
    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> Any:
        status, headers, body = super().to_response(ident)
        return status, [*headers, ("Retry-After", str(RETRY_AFTER))], body


class Discarded:
    """In place of a buffer: counts what comes in, and keeps nothing of it."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def append(self, data: bytes) -> None:
        self._length += len(data)

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        """There is nothing to close."""


class Pace:
    """Bytes that have moved one way, in the present stretch of `GRACE` seconds."""

    def __init__(self, now: float) -> None:
        self._since = now
        self.moved = 0

    def is_lost(self, now: float) -> bool:
        if now - self._since <= GRACE:
            return False
        if self.moved < GRACE * SLOWEST:
            return True
        # What a buffer of the system has swallowed at the beginning counts only once.
        self._since, self.moved = now, 0
        return False


class Parser(HTTPRequestParser):  # type: ignore[misc]  # has no types
    """Refuses what Python cannot read, where waitress would drop the connection without a word."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address such as `http://[x/`, a length of thousands of digits
            raise ParsingError("Head of the request is invalid") from error


class Task(WSGITask):  # type: ignore[misc]  # has no types
    """Answers a request. To HEAD there is no body, which would be read as the answer to the next request."""

    def execute(self) -> None:
        super().execute()
        if self.request.command == "HEAD":
            if not self.wrote_header:
                self.write(b"")
            self.chunked_response = False  # else the end of the body would follow


def without_bodies_to_head(application: Any) -> Any:
    """The application, whose answers to HEAD lose their bodies: Django leaves that to the server."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        answered = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return answered
        if hasattr(answered, "close"):
            answered.close()
        return []

    return answer


class Channel(HTTPChannel):  # type: ignore[misc]  # has no types
    """A connection that has to keep pace, and whose bodies are kept only where a route wants them.

    A body that is longer than its route allows is read to its end and thrown away, since a client that is
    still sending does not look for an answer. Then the application refuses it, by its length.
    """

    parser_class = Parser
    task_class = Task
    #: Of the request that is being read, the first one from the connection on; None between two.
    reading: Pace | None
    #: Of the answer that is being sent; None while nothing waits for its reader.
    sending: Pace | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.reading = Pace(self.creation_time)

    def received(self, data: bytes) -> bool:
        took = bool(super().received(data))
        with self.requests_lock:
            request = self.request
            if request is None:
                self.reading = None
            else:
                self.reading = self.reading or Pace(time.time())
                self.reading.moved += len(data)
                if request.body_rcv is not None:
                    self._bound(request)
        return took

    def _bound(self, request: Any) -> None:
        """Keep no more of a body that will not be read, or for which there is no room now."""
        receiver = request.body_rcv
        came = request.body_bytes_received
        length = max(request.content_length, came)
        if isinstance(receiver.buf, Discarded) or length <= _SMALL:
            return
        if came - getattr(request, "looked_at", -_SMALL) < _SMALL:
            return  # each piece comes here, of some kilobytes
        request.looked_at = came
        too_long = length > _limit_of(request.path)
        # Counted is what has come, and not what is announced: a few strangers who send nothing would leave no
        # room for anybody.
        is_crowded = came > _SMALL and self.server.kept() > MOST_KEPT
        if too_long or is_crowded:
            kept, receiver.buf = receiver.buf, Discarded(len(receiver.buf))
            kept.close()
            if not too_long:
                request.error = TooMuchAtOnce("Too many large uploads at one time: please try again.")

    def send(self, data: bytes, do_close: bool = True) -> int:
        self.sending = self.sending or Pace(time.time())
        count = int(super().send(data, do_close))
        self.sending.moved += count
        return count

    def is_too_slow(self, now: float) -> bool:
        if not self.total_outbufs_len:
            self.sending = None
        elif self.sending and self.sending.is_lost(now):
            return True
        return bool(self.reading and not self.requests and self.reading.is_lost(now))

    def is_at_work(self) -> bool:
        """Whether somebody waits for the rest of a request, or of an answer."""
        return bool(self.requests or self.total_outbufs_len or self.request)

    def kept(self) -> int:
        """Bytes of large bodies that this connection keeps."""
        requests = [*self.requests, *([self.request] if self.request else [])]
        return sum(_kept(request) for request in requests)


def _kept(request: Any) -> int:
    if request.body_rcv is None or isinstance(request.body_rcv.buf, Discarded):
        return 0
    length = int(request.body_bytes_received)
    return length if length > _SMALL else 0


def _limit_of(path: str) -> int:
    """How long a body the route of this path takes. The path is as WSGI has it: bytes, read as Latin-1."""
    try:
        match = resolve("/" + path.encode("latin-1").decode(errors="replace").lstrip("/"))
    except Resolver404:
        return body_limit(None)
    return body_limit(match.view_name)


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # has no types
    """The threads, and one more for each probe."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.set_thread_count(threads)
        self._probes: dict[str, ThreadedTaskDispatcher] = {}
        for path in _PROBES:
            self._probes[path] = ThreadedTaskDispatcher()
            self._probes[path].set_thread_count(1)

    def add_task(self, channel: Any) -> None:
        probe = self._probes.get(getattr(channel.requests[0], "path", ""))
        if probe:
            probe.add_task(channel)
        else:
            super().add_task(channel)


class _Server:
    """What a server of either kind of socket does here. It looks after its connections each second."""

    channel_class = Channel
    active_channels: dict[int, Channel]
    trigger: Any
    _map: dict[int, Any]
    adj: Any

    def kept(self) -> int:
        return sum(channel.kept() for channel in list(self.active_channels.values()))

    def maintenance(self, now: float) -> None:
        super().maintenance(now)  # type: ignore[misc]  # of the class beside this one
        slow = [channel for channel in self.active_channels.values() if channel.is_too_slow(now)]
        for channel in slow:
            # Reset, so that the system does not go on sending what is on its way; and at once, for waitress
            # closes what can be written to, which one whose reader is asleep cannot.
            channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            channel.will_close = True
            channel.handle_close()
        if slow:
            _log.info("Closing %d connection(s) that did not keep pace", len(slow))

    def turn(self) -> None:
        """Wait for something to do for a second at most, and do it."""
        wasyncore.loop(timeout=self.adj.asyncore_loop_timeout, map=self._map, use_poll=True, count=1)

    def stop_accepting(self) -> None:
        """New connections go to the other processes. Those that are here may end what they are about."""
        wasyncore.dispatcher.close(self)

    def is_at_work(self) -> bool:
        self.maintenance(time.time())
        for channel in list(self.active_channels.values()):
            if not channel.is_at_work():
                channel.will_close = True
        return bool(self.active_channels)


class TcpServer(_Server, TcpWSGIServer):  # type: ignore[misc]  # has no types
    """Listens on a port."""


class UnixServer(_Server, UnixWSGIServer):  # type: ignore[misc]  # has no types
    """Listens on a socket in the file system."""


def adjustments(listening: Any, *, threads: int, largest_body: int) -> Adjustments:
    return Adjustments(
        sockets=[listening],
        threads=threads,
        # The application alone decides (TRUSTED_PROXY) whether a proxy is believed.
        clear_untrusted_proxy_headers=False,
        ident=None,
        # The head of a request, of which the first line may be half: filters and cursors of lists are long.
        max_request_header_size=32 * 1024,
        # What is longer than its route allows is read and thrown away; what is longer than this is cut off.
        max_request_body_size=2 * largest_body,
        # Of what is read and of what is to be sent, so much is in memory; the rest is in temporary files.
        inbuf_overflow=64 * 1024,
        outbuf_overflow=64 * 1024,
        # So much of an answer may wait for its reader before the thread that makes it does.
        outbuf_high_watermark=256 * 2**20,
        connection_limit=1000,
        # Longer than a proxy keeps a connection, so that it is never the one to find it closed.
        channel_timeout=90,
        cleanup_interval=1,
        asyncore_use_poll=True,
        # A client that hangs up is no event.
        log_socket_errors=False,
    )


def server_on(listening: Any, application: Any, *, threads: int, largest_body: int) -> _Server:
    """A server that answers on this socket, with its threads."""
    kind = TcpServer if listening.family.name != "AF_UNIX" else UnixServer
    given = adjustments(listening, threads=threads, largest_body=largest_body)
    made: _Server = kind(
        without_bodies_to_head(application),
        {},
        _sock=listening,
        dispatcher=Dispatcher(threads),
        adj=given,
        bind_socket=False,
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
    )
    return made
