"""One cell of the permission table: a request of one caller, what came back, and what was written."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.core.cache import cache
from django.db import connection, transaction
from zeal import zeal_ignore

from tests.addresses import Route
from tests.staff.browsing import form_on, without_tokens

from .bodies import JSON_BODIES, QUERIES, TYPED, Body
from .register import OF_A, OF_B, OF_OTHERS_IN_A, Filled, Place, told
from .table import BY_LINK

#: Status → the letter that stands for it in the table.
LETTERS: Final = {
    301: ">", 302: ">", 303: ">", 400: "B", 401: "U", 403: "F", 404: "N", 405: "M", 406: "A", 409: "C",
    412: "P", 413: "H", 415: "V", 422: "E", 429: "T", 503: "!",
}  # fmt: skip
_SIGN_IN: Final = ("/accounts/login/", "/admin/login/")
_OURS: Final = re.compile(
    r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?((?:accounts|communities|members|assets)_\w+)", re.I
)
#: A token's last use is noted also when somebody reads.
_NOTED: Final = "communities_apitoken"


_BEHIND_LINKS: Final = {"a": {*OF_A, *OF_OTHERS_IN_A}, "b": set(OF_B)}


@dataclass(frozen=True)
class Answer:
    letter: str
    #: What the caller was told of others.
    leaks: list[str]
    #: The tables of the register that were written to.
    written: list[str]


class Asking:
    """Sends the requests of all cells against one filled register, and undoes what they did."""

    #: What a superuser sees at an address, by kind and address; ids are the same in each test.
    _seen: Final[dict[tuple[str, str], Any]] = {}

    def __init__(self, filled: Filled) -> None:
        self.filled = filled

    def ask(self, caller: str, method: str, route: Route, which: str) -> Answer:
        place = self.filled.places[which]
        address = route.filled(place.values(route.address))
        query = said_by(QUERIES, route, place)
        body, kind = self._body(method, route, address, query, place)
        client = self.filled.clients[caller]
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        written: list[str] = []
        cache.clear()
        with transaction.atomic(), _noting(written), zeal_ignore():
            answer: Any = client.generic(method, address, body, kind, query_params=query)
            text = _text(answer)
            transaction.set_rollback(True)
        client.cookies.clear()
        for name, value in kept.items():
            client.cookies[name] = value
        said = [address, quote(address), quote(address, safe=""), quote(quote(address), safe="")]
        said += query.values()
        if method == "POST" and "lookup" in route.address:
            said += _leaves(body)
        leaks = told(caller, text, said)
        if route.address.startswith(BY_LINK):
            # The link is the permission: what it leads to is no secret, all else is.
            leaks = [each for each in leaks if each not in _BEHIND_LINKS[which]]
        return Answer(_letter(answer), leaks, written)

    def _body(
        self, method: str, route: Route, address: str, query: dict[str, str], place: Place
    ) -> tuple[bytes, str]:
        if method in ("GET", "HEAD", "OPTIONS", "DELETE"):
            return b"", ""
        if route.address.startswith("/api/"):
            given = JSON_BODIES.get(f"{method} {route.address}")
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            if given is not None:
                return json.dumps(given(place)).encode(), kind
            return self._as_root_sees(address), kind
        fields = {**self._form_of_root(address, query), **said_by(TYPED, route, place)}
        pairs = "&".join(f"{quote(str(name))}={quote(str(value))}" for name, value in fields.items())
        return pairs.encode(), "application/x-www-form-urlencoded"

    def _as_root_sees(self, address: str) -> bytes:
        """A record as it is, to be sent back."""
        if ("json", address) not in self._seen:
            self._seen["json", address] = _body_of(_get(self.filled, address))
        return bytes(self._seen["json", address])

    def _form_of_root(self, address: str, query: dict[str, str]) -> dict[str, str]:
        """The values of the form at an address, as a superuser has it; none where that has no form."""
        if ("form", address) not in self._seen:
            answer = _get(self.filled, address, query)
            is_page = answer.status_code == 200 and "html" in answer.headers.get("Content-Type", "")
            self._seen["form", address] = form_on(answer) if is_page else {}
        found: dict[str, str] = self._seen["form", address]
        return found


def _get(filled: Filled, address: str, query: dict[str, str] | None = None) -> Any:
    with transaction.atomic(), zeal_ignore():
        answer = filled.clients["root"].get(address, query)
        transaction.set_rollback(True)
    return answer


def _leaves(body: bytes) -> list[str]:
    """The ids that a lookup asks for: they are answered as they were asked."""
    return [each for ids in json.loads(body).values() for each in ids]


def said_by(bodies: dict[str, Body], route: Route, place: Place) -> dict[str, Any]:
    """What a route is sent beside what it shows; nothing where it has no line."""
    given = bodies.get(route.address)
    return dict(given(place)) if given else {}


def _body_of(answer: Any) -> bytes:
    body: bytes = b"".join(answer) if answer.streaming else answer.content
    return body


def _text(answer: Any) -> str:
    body = _body_of(answer)
    return f"{without_tokens(body.decode(errors='replace'))} {answer.headers.get('Location', '')}"


def _letter(answer: Any) -> str:
    status = answer.status_code
    if 200 <= status < 300:
        return "+"
    if status == 302 and urlsplit(answer.headers["Location"]).path in _SIGN_IN:
        return "L"
    return LETTERS.get(status, str(status))


@contextmanager
def _noting(written: list[str]) -> Iterator[None]:
    """Note the tables of the register to which the block writes."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = _OURS.match(sql)
        if found and found[1] != _NOTED:
            written.append(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield
