"""Sends hostile files through every door of the application in this process, and measures it.

`python -m tests.proof.hostile_doors KILOBYTES [WORD]`, on the empty database of `DATABASE_URL`. Each request
goes through the whole WSGI application; a line of JSON for each says what came back, and what it took.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.test import Client  # noqa: E402

from communities.models import ApiToken, Community  # noqa: E402
from members.models import Member  # noqa: E402
from recportal.accounts.models import User  # noqa: E402
from recportal.bundles.models import Upload  # noqa: E402
from tests.proof.hostile_files import BUNDLES, TABLES, bodies  # noqa: E402
from tests.proof.measured import Measured, megabytes  # noqa: E402

_HOST: Final = "register.example"


@dataclass
class Doors:
    """The application, and who asks it."""

    size: int
    word: str
    tokens: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        call_command("migrate", verbosity=0)
        home = Community(key="home", name="Home")
        home.save()
        Member(community=home, key="m", name="M", role="consumer").save()
        self.home = home.pk
        for name, superuser in (("root", True), ("nobody", False)):
            user = User.objects.create(username=name, is_superuser=superuser)
            self.tokens[name] = ApiToken.issue(user, "doors")[1]
            self.browsers[name] = Client(
                HTTP_HOST=_HOST, HTTP_X_FORWARDED_PROTO="https", raise_request_exception=False
            )
            self.browsers[name].force_login(user)
        self.application = get_wsgi_application()

    def all(self) -> Iterator[dict[str, Any]]:
        size = self.size
        for name, make in BUNDLES.items():
            yield from self._bundle(name, make(size))
        for name, make in TABLES.items():
            yield from self._upload(name, make(size))
        for name, make in bodies():
            yield from self._record(name, make)
        yield from self._forbidden()

    def _bundle(self, name: str, content: bytes) -> Iterator[dict[str, Any]]:
        kind = "application/json" if name.endswith("json") else "application/yaml"
        for query in ("", "?dry_run=true"):
            yield from self._call("api", name + query, "POST", f"/api/bundles/{query}", kind, content)
        yield from self._upload(name, content)

    def _call(
        self, door: str, name: str, method: str, address: str, kind: str, body: bytes, who: str = "root"
    ) -> Iterator[dict[str, Any]]:
        if self.word not in f"{door} {name}":
            return
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": address.partition("?")[0], "SERVER_NAME": _HOST,
            "QUERY_STRING": address.partition("?")[2], "SERVER_PORT": "443", "HTTP_HOST": _HOST,
            "HTTP_X_FORWARDED_PROTO": "https", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https",
            "SCRIPT_NAME": "", "wsgi.errors": sys.stderr, "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": kind, "HTTP_AUTHORIZATION": f"Bearer {self.tokens[who]}",
            "wsgi.input": io.BytesIO(body),
        }  # fmt: skip
        with Measured(door, f"{name} as {who}") as measured:
            start: Any = lambda status, _headers, _error=None: measured.heard(status)  # noqa: E731
            answer = self.application(environ, start)
            measured.received(answer)
        yield measured.told

    def _upload(self, name: str, content: bytes) -> Iterator[dict[str, Any]]:
        if self.word not in f"admin {name}":
            return
        file = io.BytesIO(content)
        file.name = name
        browser = self.browsers["root"]
        with Measured("admin", name) as measured:
            answer = browser.post("/admin/import/", {"file": file, "community": "home"})
            measured.heard(f"{answer.status_code}")
            measured.received(answer)
        yield measured.told
        del answer, file
        if measured.told["status"] != 302:
            return
        upload = Upload.objects.values_list("pk", flat=True).latest("pk")
        for place in ("", "report.json", "report.csv"):
            with Measured("admin", f"{name} {place or 'plan'}") as measured:
                answer = browser.get(f"/admin/import/{upload}/{place}")
                measured.heard(f"{answer.status_code}")
                measured.received(answer)
            yield measured.told

    def _record(self, name: str, make: Any) -> Iterator[dict[str, Any]]:
        kind, limit = "application/json", settings.BODY_LIMIT
        body = make(min(limit - 100, self.size))
        for place in ("members/m/", "members/", "assets/", "assets/a/", "members/m/delivery-points/p/"):
            method = "POST" if place in ("members/", "assets/") else "PUT"
            yield from self._call(
                "record", f"{name} {place}", method, f"/api/communities/home/{place}", kind, body
            )
        yield from self._call(
            "record", f"{name} patch", "PATCH", "/api/communities/home/members/m/", kind, body
        )
        yield from self._call("record", f"{name} lookup", "POST", "/api/members/lookup/", kind, body)
        body = make(self.size)
        yield from self._call("record", f"{name} community", "PUT", "/api/communities/home/", kind, body)

    def _forbidden(self) -> Iterator[dict[str, Any]]:
        """The largest body that a door takes, from somebody who may write nothing."""
        large = BUNDLES["small-members.json"](settings.BODY_LIMITS["api:bundles"])
        yield from self._call(
            "forbidden", "bundle", "POST", "/api/bundles/", "application/json", large, "nobody"
        )
        large = BUNDLES["small-members.yaml"](settings.BODY_LIMITS["api:bundles"])
        yield from self._call(
            "forbidden", "bundle.yaml", "POST", "/api/bundles/", "application/yaml", large, "nobody"
        )
        for method, place in (("POST", ""), ("PUT", "home/"), ("PATCH", "home/"), ("PUT", "new/")):
            yield from self._call(
                "forbidden", f"{method} {place}", method, f"/api/communities/{place}", "application/json",
                large[: 2**24], "nobody",
            )  # fmt: skip
        for place in ("import/", "communities/community/add/", f"communities/community/{self.home}/change/"):
            file = io.BytesIO(large[: 2**24 - 1000])
            file.name = "a.json"
            with Measured("forbidden", f"/admin/{place} as nobody") as measured:
                answer = self.browsers["nobody"].post(f"/admin/{place}", {"file": file})
                measured.heard(f"{answer.status_code}")
                measured.received(answer)
            yield measured.told


def main() -> None:
    size, word = int(sys.argv[1]) * 1000, sys.argv[2] if len(sys.argv) > 2 else ""
    print(json.dumps({"rest": round(megabytes("VmRSS")), "pid": os.getpid()}), flush=True)
    for told in Doors(size, word).all():
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
