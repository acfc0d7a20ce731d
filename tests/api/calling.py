"""Callers of the API over real HTTP, each with a token of its own."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from communities.models import ApiToken, Community
from recportal.accounts.models import User


@dataclass(frozen=True)
class Answer:
    """What came back: header names are compared without case."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """The code of a problem, whose form is checked on the way."""
        problem = self.json()
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        assert problem["status"] == self.status
        assert {"type", "title", "detail", "code"} <= problem.keys()
        assert all({"code", "detail"} < error.keys() for error in problem.get("errors", []))
        return str(problem["code"])

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(code, pointer or parameter) of each error."""
        return [
            (each["code"], each.get("pointer", each.get("parameter")))
            for each in self.json().get("errors", [])
        ]


class Caller:
    """Sends requests to a running server, as an external tool does."""

    def __init__(self, base: str, secret: str | None = None) -> None:
        self.base = base
        self.secret = secret

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """``path`` is below `/api/` unless it begins with a slash; ``body`` is JSON, or bytes as they are."""
        place = urlsplit(self.base)
        if path.startswith("http"):
            way = path.removeprefix(self.base)
        else:
            way = path if path.startswith("/") else f"/api/{path}"
        if query:
            way += "?" + urlencode(query)
        sent = {**({"Authorization": f"Bearer {self.secret}"} if self.secret else {})}
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = content_type
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            given = {name: value.encode() for name, value in {**sent, **(headers or {})}.items()}
            connection.request(method, way, content, given)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PUT", path, body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **{"content_type": "application/merge-patch+json", **options})

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)


def escaped(name: str) -> str:
    return quote(name, safe="")


def token_of(user: User, community: Community | None = None, *, read_only: bool = False) -> str:
    return ApiToken.issue(user, "test", community=community, read_only=read_only)[1]
