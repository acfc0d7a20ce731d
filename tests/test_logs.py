"""Lines of the log: what is in them, and what never is."""

import io
import json
import logging
import logging.config
import re
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.log import AdminEmailHandler

from recportal import logs
from recportal import urls as site

NAME = "Mario Rossi"


def fails(request: HttpRequest, name: str) -> HttpResponse:
    raise ValueError(f"{name} is not known")


def says(request: HttpRequest, name: str) -> HttpResponse:
    logging.getLogger("library").warning("looked for %s, found %d in %s", name, 3, {"name": name})
    return HttpResponse("said")


urlpatterns = [
    path("fails/<str:name>/", fails, name="fails"),
    path("says/<str:name>/", says, name="says"),
    path("unnamed/<str:name>/", says),
    *site.urlpatterns,  # the page for what is not found leads to the others
]
pytestmark = pytest.mark.urls(__name__)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What production would log, instead of what the suite logs."""
    written = io.StringIO()
    settings = logs.configuration(debug=False)
    settings["handlers"]["console"]["stream"] = written
    logging.config.dictConfig(settings)
    try:
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    finally:
        logging.config.dictConfig(logs.configuration(debug=True))


# The line of a request


def test_each_request_is_one_line(lines: Lines, client: Client) -> None:
    client.post("/unnamed/x/", headers={"X-Request-ID": "0123456789abcdef0123456789ABCDEF"})
    line = lines()[-1]
    assert line.pop("time").endswith("+00:00")
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info",
        "logger": "recportal.access",
        "request": "0123456789abcdef0123456789ABCDEF",
        "route": "tests.test_logs.says",
        "message": "request",
        "method": "POST",
        "status": 200,
    }


@pytest.mark.parametrize(
    ("url", "route", "status"),
    [
        (f"/says/{NAME}/?q={NAME}", "says", 200),
        (f"/{NAME}/", None, 404),
        ("/static/no-such-file.css", "static", 404),
        ("/says/%00/", None, 400),
    ],
)
def test_it_names_the_route_and_never_the_path(
    lines: Lines, client: Client, url: str, route: str | None, status: int
) -> None:
    client.get(url)
    line = lines()[-1]
    assert (line["route"], line["status"]) == (route, status)
    assert "Mario" not in str(lines())


def test_a_method_that_is_none_is_not_repeated(lines: Lines, client: Client) -> None:
    client.generic("MARIO", "/says/x/")
    assert lines()[-1]["method"] == "other"


def test_a_refusal_is_one_line_too(lines: Lines, client: Client) -> None:
    client.get(f"/{NAME}/")
    assert [line["logger"] for line in lines()] == ["recportal.access"]


# The id


@pytest.mark.parametrize(
    "given",
    ["0123456789abcdef0123456789abcdef", str(uuid.UUID(int=7)), "6AAEE4B8-6FC5-4786-BD3C-250BE903DBF6"],
)
def test_the_id_of_a_proxy_is_taken(lines: Lines, client: Client, given: str) -> None:
    answer = client.get("/says/x/", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] == given
    assert {line["request"] for line in lines()} == {given}


@pytest.mark.parametrize(
    "given",
    [
        "",
        "IT001E12345678",
        "mario.rossi@example.org",
        "0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdef\n",
        "01234567-89abcdef-01234567-89abcdef",
        "0123456789abcdef-0123-456789abcdef",
        "\N{ARABIC-INDIC DIGIT ONE}" * 32,
    ],
)
def test_anything_else_is_replaced(lines: Lines, client: Client, given: str) -> None:
    answer = client.get("/says/x/", headers={"X-Request-ID": given})
    made = answer["X-Request-ID"]
    assert str(uuid.UUID(made)) == made
    assert {line["request"] for line in lines()} == {made}


def test_each_request_has_an_id_of_its_own(client: Client) -> None:
    assert client.get("/says/x/")["X-Request-ID"] != client.get("/says/x/")["X-Request-ID"]


def test_after_the_request_it_is_forgotten(lines: Lines, client: Client) -> None:
    client.get("/says/x/")
    logging.getLogger("library").warning("later %d", 1)
    assert "request" not in lines()[-1]


# What others log


def test_of_arguments_only_numbers_stay(lines: Lines, client: Client) -> None:
    client.get(f"/says/{NAME}/")
    line = lines()[0]
    assert line["message"] == "looked for …, found 3 in …"
    assert line["route"] == "says"
    assert re.fullmatch(r"tests/test_logs\.py:\d+ says", line["place"])


@pytest.mark.parametrize(
    ("message", "arguments", "written"),
    [
        ("waited %.1f s", (0.25,), "waited 0.2 s"),
        ("point %d", (12345678901234,), "point %d"),
        ("point %s", (12345678901234,), "point …"),
        ("%(name)s at %(count)d", ({"name": NAME, "count": 2},), "… at 2"),
        ("it was %s", (ValueError(NAME),), "it was ValueError"),
        ("it was %r", (psycopg.errors.UniqueViolation(NAME),), "it was 'psycopg.errors.UniqueViolation'"),
        (f"made before of {NAME}", (), None),
    ],
)
def test_what_a_message_becomes(
    lines: Lines, message: str, arguments: tuple[Any, ...], written: str | None
) -> None:
    logging.getLogger("library").warning(message, *arguments)
    assert lines()[0].get("message") == written


def test_an_exception_as_a_message_is_left_out(lines: Lines) -> None:
    logging.getLogger("library").error(ValueError(NAME))
    assert "message" not in lines()[0]


def test_our_own_messages_are_constants_and_stay(lines: Lines) -> None:
    logging.getLogger("recportal.somewhere").info("done", extra={"facts": {"count": 3}})
    assert (lines()[0]["message"], lines()[0]["count"]) == ("done", 3)


def test_a_failed_check_of_the_origin_is_named_without_the_origin(lines: Lines) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/says/x/", headers={"Referer": f"https://elsewhere.example/{NAME}"}, secure=True)
    assert [line.get("message") for line in lines()] == ["Referer checking failed", "request"]
    assert "Mario" not in str(lines())


def test_a_host_that_is_not_ours_is_not_repeated(lines: Lines, client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["register.example"]
    assert client.get("/says/x/", headers={"Host": "mario.example"}).status_code == 400
    assert "mario" not in str(lines())
    assert "django.security.DisallowedHost" in [line["logger"] for line in lines()]


def test_a_warning_says_its_category(lines: Lines) -> None:
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"about {NAME}", RuntimeWarning, stacklevel=1)
    finally:
        logging.captureWarnings(False)
    assert re.fullmatch(r"RuntimeWarning at tests/test_logs\.py:\d+", lines()[0]["message"])
    assert "Mario" not in str(lines())


# Errors


def test_an_error_is_its_types_and_places(lines: Lines) -> None:
    client = Client(raise_request_exception=False)
    assert client.get(f"/fails/{NAME}/").status_code == 500
    error, request = lines()
    assert (error["message"], error["level"], error["route"]) == ("Internal Server Error", "error", "fails")
    assert (request["status"], request["request"]) == (500, error["request"])
    (exception,) = error["exception"]
    assert exception["type"] == "ValueError"
    assert re.fullmatch(r"tests/test_logs\.py:\d+ fails", exception["places"][-1])
    assert "Mario" not in str(lines())


def test_the_whole_chain_is_told(lines: Lines) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(NAME) from error
    except ValueError:
        logging.getLogger("library").exception("what happened to %s", NAME)
    assert [each["type"] for each in lines()[0]["exception"]] == ["ValueError", "KeyError"]


def test_a_chain_that_bites_its_tail_ends(lines: Lines) -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__cause__, second.__cause__ = second, first
    logging.getLogger("library").error("it was %s", first, exc_info=first)
    assert len(lines()[0]["exception"]) == 2


def test_a_configuration_that_cannot_be_read_is_told(lines: Lines) -> None:
    error = ImproperlyConfigured("SECRET_KEY is not set.")
    logging.getLogger("waitress").error("Exception in a thread", exc_info=error)
    assert lines()[0]["exception"][0]["message"] == "SECRET_KEY is not set."


# The configuration


def test_no_handler_mails_or_keeps_requests(lines: Lines) -> None:
    loggers = [logging.root, *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    kept = [handler for logger in loggers for handler in logger.handlers]
    assert not [handler for handler in kept if isinstance(handler, AdminEmailHandler)]
    own = [handler for handler in kept if isinstance(handler.formatter, logs.JsonLines)]
    assert own


def test_development_reads_as_before(lines: Lines) -> None:
    written = io.StringIO()
    settings = logs.configuration(debug=True)
    settings["handlers"]["console"]["stream"] = written
    logging.config.dictConfig(settings)
    Client(raise_request_exception=False).get("/fails/x/")
    assert "ERROR django.request: Internal Server Error: /fails/x/" in written.getvalue()
    assert "ValueError: x is not known" in written.getvalue()
