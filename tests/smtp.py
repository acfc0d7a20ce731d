"""A mail server on loopback that takes mails, slowly or not at all."""

import contextlib
import email
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message


@dataclass
class Taken:
    """A mail that was taken, and when (`time.time()`)."""

    to: str
    message: Message
    at: float

    @property
    def text(self) -> str:
        payload = self.message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


@dataclass
class MailServer:
    """``delay``: seconds before it greets. ``answers``: command → what it says to that, in place of yes."""

    port: int = 0
    delay: float = 0
    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator["MailServer"]:
        server = _Server(("127.0.0.1", self.port), _Talk)
        server.ours = self
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    ours: MailServer


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        ours = self.server.ours
        # Who hangs up in the middle was killed.
        with contextlib.suppress(OSError):
            time.sleep(ours.delay)
            self._say("220 mail.example")
            to = ""
            for line in self.rfile:
                command = line.split(b" ")[0].strip().upper().decode(errors="replace")
                if command == "RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                if command == "DATA" and "DATA" not in ours.answers:
                    self._say("354 go on")
                    self._take(ours, to)
                else:
                    self._say(ours.answers.get(command, "221 bye" if command == "QUIT" else "250 yes"))
                if command == "QUIT":
                    return

    def _take(self, ours: MailServer, to: str) -> None:
        lines: list[bytes] = []
        for line in self.rfile:
            if line.strip() == b".":
                ours.taken.append(Taken(to, email.message_from_bytes(b"".join(lines)), time.time()))
                self._say("250 taken")
                return
            lines.append(line[1:] if line.startswith(b"..") else line)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
