"""The admin as a browser without scripts sees it: pages, forms, and what a form would send."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from recportal.accounts.models import User


class Browser:
    """One signed-in caller. A crash of a view is an answer 500, as it is for people."""

    def __init__(self, user: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        if user:
            self.client.force_login(user)

    def get(self, url: str, **query: Any) -> Any:
        return self.client.get(url, query)

    def post(self, url: str, data: dict[str, Any]) -> Any:
        return self.client.post(url, data)

    def send(self, url: str, **typed: Any) -> Any:
        """Open the form at ``url``, type some values and save."""
        return self.post(url, {**form_on(self.get(url)), **typed})


def page(model: str, name: str, *args: Any) -> str:
    """The address of an admin page: ``page("members.member", "change", 3)``."""
    return reverse(f"admin:{model.replace('.', '_')}_{name}", args=args)


def listing(model: str) -> str:
    return page(model, "changelist")


def change(record: Any) -> str:
    return page(record._meta.label_lower, "change", record.pk)


def delete(record: Any) -> str:
    return page(record._meta.label_lower, "delete", record.pk)


def history(record: Any) -> str:
    return page(record._meta.label_lower, "history", record.pk)


_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')


class _Form(HTMLParser):
    """The values of the last form of a page that is sent by POST and is not the one for signing out."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._inside = False
        self._select = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._inside = given.get("method") == "post" and given.get("id") != "logout-form"
            self.values = {} if self._inside else self.values
        elif not self._inside:
            return
        elif tag == "input" and name and given.get("type") not in ("submit", "checkbox", "radio"):
            self.values[name] = given.get("value") or ""
        elif tag == "input" and given.get("type") in ("checkbox", "radio") and "checked" in given:
            self.values[name] = given.get("value") or "on"
        elif tag == "select":
            self._select = name
            self.values[name] = ""
        elif tag == "option" and self._select and "selected" in given:
            self.values[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # The line break behind the tag is HTML's, and browsers end lines with CR LF.
            text = self.values[self._area].removeprefix("\r").removeprefix("\n")
            self.values[self._area] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self._area = None
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._inside = False


def form_on(answer: HttpResponse) -> dict[str, str]:
    """What the form on a page would send if nobody touched it."""
    assert answer.status_code == 200, answer.status_code
    parser = _Form()
    parser.feed(answer.content.decode())
    return {name: value for name, value in parser.values.items() if name != "csrfmiddlewaretoken"}


def errors_on(answer: Any) -> dict[str, list[str]]:
    """Field → the codes of its errors, of the form on a page; ``__all__`` is the form as a whole."""
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    found = answer.context["adminform"].form.errors.as_data()
    return {field: [error.code for error in errors] for field, errors in found.items()}


def without_tokens(text: str) -> str:
    """The page without its CSRF tokens: among letters drawn by lot, any short word turns up one day."""
    return _TOKEN.sub("", text)


def text_of(answer: Any) -> str:
    return without_tokens(answer.content.decode())
