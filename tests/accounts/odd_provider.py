"""An OpenID Connect provider that says what a test wants it to say, of whatever shape, over real HTTP."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

#: In place of a claim's value: the claim is not there.
ABSENT = object()


class OddProvider:
    """What is answered at each endpoint: a value is sent as JSON, bytes as they are, an int as a status.

    Without an answer of their own, the endpoints say what ``says`` was given for the code.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.reset()

    def reset(self) -> None:
        self.discovery: Any = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self.token: Any = ABSENT
        self.userinfo: Any = ABSENT
        self._people: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.says({}, {})

    def says(self, id_token: dict[str, Any], userinfo: dict[str, Any], code: str = "any") -> None:
        """Changes the claims of an ordinary person."""
        self._people[code] = id_token, userinfo

    def token_of(self, code: str) -> dict[str, Any]:
        claims = {
            "sub": "someone",
            "iss": self.issuer,
            "aud": "recportal",
            "exp": int(time.time()) + 60,
            "jti": uuid.uuid4().hex,
            **self._people[code][0],
        }
        return {"access_token": code, "token_type": "Bearer", "id_token": _unsigned(_without_absent(claims))}

    def userinfo_of(self, code: str) -> dict[str, Any]:
        return _without_absent({"sub": "someone", **self._people[code][1]})


@contextmanager
def odd_provider() -> Iterator[OddProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/userinfo":
                self.answer(provider.discovery)
            elif provider.userinfo is not ABSENT:
                self.answer(provider.userinfo)
            else:
                self.answer(provider.userinfo_of(self.headers["Authorization"].removeprefix("Bearer ")))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            if provider.token is not ABSENT:
                self.answer(provider.token)
            else:
                self.answer(provider.token_of(form["code"][0]))

        def answer(self, said: Any) -> None:
            self.send_response(said if type(said) is int else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    provider = OddProvider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # many come at once


def _without_absent(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not ABSENT}


def _unsigned(claims: dict[str, Any]) -> str:
    """A token whose signature nobody checks: it comes from the provider itself."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])
