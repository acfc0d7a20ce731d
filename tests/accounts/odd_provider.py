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

#: In place of a claim's value: the claim is not there.
ABSENT = object()


class OddProvider:
    """What is answered at each endpoint: a value is sent as JSON, bytes as they are, an int as a status."""

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
        self.says({}, {})

    def says(self, id_token: dict[str, Any], userinfo: dict[str, Any]) -> None:
        """Changes the claims of an ordinary person."""
        self.userinfo: Any = _without_absent({"sub": "someone", **userinfo})
        token: dict[str, Any] = {"sub": "someone", "iss": self.issuer, "aud": "recportal", "exp": int(time.time()) + 60}
        token["jti"] = uuid.uuid4().hex
        self.token: Any = {
            "access_token": "opens",
            "token_type": "Bearer",
            "id_token": _unsigned(_without_absent({**token, **id_token})),
        }


@contextmanager
def odd_provider() -> Iterator[OddProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(provider.userinfo if self.path == "/userinfo" else provider.discovery)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer(provider.token)

        def answer(self, said: Any) -> None:
            self.send_response(said if type(said) is int else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = OddProvider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _without_absent(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not ABSENT}


def _unsigned(claims: dict[str, Any]) -> str:
    """A token whose signature nobody checks: it comes from the provider itself."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])
