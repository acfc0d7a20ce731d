"""Starts `WEB_WORKERS` processes that answer on `WEB_BIND`, each with `WEB_THREADS` threads.

SIGTERM lets requests that run end, for a minute; SIGHUP starts processes anew, with the program as it is
then, and ends the former ones in the same way. A process that ends by itself is replaced, one that cannot
start ends the service.
"""

import contextlib
import logging
import logging.config
import os
import resource
import select
import signal
import socket
import sys
import time
from types import FrameType
from typing import Any, Final, NoReturn

from recportal import environment, logs

#: Seconds that running requests get when the service ends. An import that is cut off writes nothing.
GRACE: Final = 60
#: What a process ends with that could not load the application.
_CANNOT_START: Final = 3
_MOST_FILES: Final = 4096
#: What the parent is told by others: systemd, a terminal, its processes.
_NOTED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1)

_log = logging.getLogger("recportal.server")


def _listening(bind: str) -> socket.socket:
    """The socket that all processes share: `host:port`, `[address]:port` or `unix:/path`."""
    if bind.startswith("unix:"):
        path = bind.removeprefix("unix:")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        os.chmod(path, 0o666)  # noqa: S103  # the proxy is another account; the folder says who comes in
    else:
        host, _colon, port = bind.rpartition(":")
        if not (port.isascii() and port.isdigit() and int(port) < 2**16):
            raise environment.ConfigurationError("WEB_BIND must be host:port or unix:/path.")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, int(port)), family=family, backlog=1024)
    listening.listen(1024)
    listening.setblocking(False)
    return listening


def _say(state: str) -> None:
    """Tell systemd, where it started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, contextlib.suppress(OSError):
            notified.sendto(state.encode(), address.replace("@", "\0", 1))


def _ready(listening: socket.socket, threads: int) -> Any:
    """Load the application and its server, in one of the processes."""
    from django.conf import settings
    from django.db import DatabaseError, connection

    from recportal.wsgi import application  # here, so that a new process has the program as it is now

    if connection.vendor == "sqlite":
        # As long as one connection is open, the index of the write-ahead log need not be made anew, for which
        # a full disk has no room: reads go on.
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master")
    largest = max(settings.BODY_LIMITS.values())

    from recportal.server.connections import server_on  # only now: it needs the models, which wsgi loads

    return server_on(listening, application, threads=threads, largest_body=largest)


def _answer(server: Any, parent: int) -> None:
    """Answer requests until SIGTERM or the end of the parent, and then those that have come."""
    stopped: list[int] = []

    def stop(received: int, _frame: FrameType | None) -> None:
        stopped.append(received)
        server.trigger.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    os.kill(parent, signal.SIGUSR1)
    _say("READY=1")
    _log.info("Process %d is ready", os.getpid())
    while not stopped and os.getppid() == parent:
        server.turn()
    server.stop_accepting()
    until = time.monotonic() + GRACE
    while server.is_at_work() and time.monotonic() < until:
        server.turn()


class Supervisor:
    """The parent of the processes. It answers nothing, and loads no application."""

    def __init__(self, listening: socket.socket, *, workers: int, threads: int) -> None:
        self._listening = listening
        self._wanted = workers
        self._threads = threads
        self._current: set[int] = set()
        #: Those that answer until one of their successors does, and those that end.
        self._former: set[int] = set()
        self._ending: set[int] = set()
        self._asked: set[int] = set()
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    def run(self) -> int:
        """Until SIGTERM or SIGINT; gives what the service ends with."""
        for each in _NOTED:
            signal.signal(each, self._note)
        signal.set_wakeup_fd(self._wake)
        code = 0
        while not code and not self._asked & {signal.SIGTERM, signal.SIGINT}:
            if self._was_asked(signal.SIGUSR1):  # by a process that is ready
                self._end(self._former)
            if self._was_asked(signal.SIGHUP):
                self._former |= self._current
                self._current = set()
            while len(self._current) < self._wanted:
                self._current.add(self._start())
            self._sleep(60)
            code = self._buried()
        self._listening.close()
        self._end(self._former | self._current)
        until = time.monotonic() + GRACE + 5
        while self._ending and time.monotonic() < until:
            self._sleep(0.5)
            self._buried()
        for pid in self._ending:
            os.kill(pid, signal.SIGKILL)
        return code

    def _note(self, received: int, _frame: FrameType | None) -> None:
        self._asked.add(received)

    def _sleep(self, seconds: float) -> None:
        if select.select([self._awake], [], [], seconds)[0]:
            os.read(self._awake, 4096)

    def _start(self) -> int:
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            self._be_a_process(parent)
        _log.info("Started process %d", pid)
        return pid

    def _be_a_process(self, parent: int) -> NoReturn:
        code = _CANNOT_START
        try:
            signal.set_wakeup_fd(-1)
            for each in _NOTED:
                signal.signal(each, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent passes it on
            os.close(self._awake)
            os.close(self._wake)
            server = _ready(self._listening, self._threads)
            code = 1
            _answer(server, parent)
            code = 0
        except environment.ConfigurationError as error:
            print(error, file=sys.stderr)
        except BaseException:  # noqa: BLE001  # whatever it is, this must not become a second parent
            _log.critical("A process could not start or go on", exc_info=True)
        finally:
            logging.shutdown()
            os._exit(code)

    def _was_asked(self, what: signal.Signals) -> bool:
        asked = what in self._asked
        self._asked.discard(what)
        return asked

    def _end(self, processes: set[int]) -> None:
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self._ending |= processes
        self._current -= processes
        self._former = set()

    def _buried(self) -> int:
        """Forget the processes that have ended; 1 when one of them could not start."""
        code = 0
        for pid in [*self._current, *self._former, *self._ending]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            if pid in self._current:
                _log.error("Process %d ended by itself", pid)
                code = code or int(os.waitstatus_to_exitcode(status) == _CANNOT_START)
            for processes in (self._current, self._former, self._ending):
                processes.discard(pid)
        return code


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recportal.settings")
    logging.config.dictConfig(logs.configuration(debug=False))
    logging.captureWarnings(True)
    # A record that cannot be written would be printed, arguments and all.
    logging.raiseExceptions = False
    workers = environment.integer("WEB_WORKERS", 2, minimum=1, maximum=64)
    listening = _listening(environment.text("WEB_BIND", "127.0.0.1:8000"))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return Supervisor(listening, workers=workers, threads=environment.web_threads()).run()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (environment.ConfigurationError, OSError) as error:
        sys.exit(f"The service cannot start: {error}")
