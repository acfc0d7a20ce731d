"""What every request meets first, with views of this file's own behind the project's real middleware."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from tests.factories import UserFactory

MEGABYTE = 2**20


def echo(request: HttpRequest, text: str = "") -> HttpResponse:
    return HttpResponse(f"{text} {sorted(request.GET.items())} {len(request.body)}")


def write(request: HttpRequest) -> HttpResponse:
    Session.objects.create(session_key="written", session_data="", expire_date=timezone.now())
    return HttpResponse("written")


def write_session(request: HttpRequest) -> HttpResponse:
    """Writes after the view, when SessionMiddleware saves."""
    request.session["written"] = True
    return HttpResponse("written")


def lose_connection(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse("still there")


def lose_connection_among_rows(request: HttpRequest) -> HttpResponse:
    """Rows come by a server-side cursor, as in `iterator()`, and the server is lost before its end."""
    cursor = connection.chunked_cursor()
    cursor.execute("SELECT generate_series(1, 9)")
    cursor.fetchmany(2)
    with contextlib.closing(another_connection()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    cursor.close()
    return HttpResponse("still there")


def fail(request: HttpRequest) -> HttpResponse:
    """Raises an error that no waiting would cure."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    return HttpResponse("did not fail")


def lose_a_race(request: HttpRequest) -> HttpResponse:
    """Writes what another request has written since anybody looked."""
    EmailAddress.objects.bulk_create([EmailAddress(user_id=request.GET["user"], email="anna@example.org")])
    return HttpResponse("written")


def break_a_rule(request: HttpRequest) -> HttpResponse:
    """What no second try would cure: a column is empty that must not be."""
    nothing: Any = None
    Session.objects.bulk_create([Session(session_key="k", session_data=nothing, expire_date=timezone.now())])
    return HttpResponse("written")


routes = [
    path("echo/", echo, name="echo"),
    path("echo/<str:text>/", echo, name="echo-text"),
    path("write/", write),
    path("write-session/", write_session),
    path("lose-connection/", lose_connection),
    path("lose-connection-among-rows/", lose_connection_among_rows),
    path("fail/", fail),
    path("lose-a-race/", lose_a_race),
    path("break-a-rule/", break_a_rule),
]
urlpatterns = [
    path("", include((routes, "here"))),
    path("api/", include((routes, "api"))),
]
handler500 = "recportal.records.middleware.server_error"

pytestmark = pytest.mark.urls(__name__)


def post(client: Client, url: str, **headers: Any) -> Any:
    return client.post(url, b"", content_type="text/plain", **headers)


# A busy database


def another_connection() -> Any:
    """To PostgreSQL, past Django."""
    database = connection.settings_dict
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
    )


@contextlib.contextmanager
def somebody_else_writing() -> Iterator[None]:
    """Another connection holds what `write` needs; ours waits 50 ms instead of 30 s."""
    database = connection.settings_dict
    other: Any
    if connection.vendor == "sqlite":
        other = sqlite3.connect(database["NAME"], isolation_level=None)
        order, impatient = "BEGIN IMMEDIATE", "PRAGMA busy_timeout = 50"
    else:
        other = another_connection()
        order, impatient = "LOCK TABLE django_session IN EXCLUSIVE MODE", "SET lock_timeout = '50ms'"
    with contextlib.closing(other), connection.cursor() as cursor:
        cursor.execute(impatient)
        other.execute(order)
        yield
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_a_503_that_says_when_to_come_back(client: Client) -> None:
    with somebody_else_writing():
        answer = client.post("/write/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "The register is busy" in answer.text
    assert client.post("/write/").text == "written"


@pytest.mark.django_db(transaction=True)
def test_below_api_it_is_a_problem(client: Client) -> None:
    with somebody_else_writing():
        answer = client.post("/api/write/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "database_busy"
    assert answer.json()["status"] == 503


@pytest.mark.django_db(transaction=True)
def test_it_speaks_the_language_of_the_reader(client: Client) -> None:
    with somebody_else_writing():
        answer = client.post("/write/", headers={"Accept-Language": "it"})
    assert '<html lang="it">' in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_session_that_cannot_be_saved_is_a_503_too(client: Client) -> None:
    client.raise_request_exception = False
    with somebody_else_writing():
        answer = client.post("/write-session/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*deleted while still open:ResourceWarning")  # it could not be closed
@pytest.mark.parametrize("url", ["/lose-connection/", "/lose-connection-among-rows/"])
def test_a_lost_connection_is_a_503_and_the_next_request_works(client: Client, url: str) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    assert client.post(url).status_code == 503
    close_old_connections()  # what a server does after each request, and the test client does not
    assert client.post("/write/").text == "written"


@pytest.mark.django_db(transaction=True)
def test_other_database_errors_stay_errors(client: Client) -> None:
    client.raise_request_exception = False
    answer = client.post("/fail/")
    connection.close()
    assert answer.status_code == 500
    assert "Retry-After" not in answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_who_comes_second_with_the_same_is_told_to_look_again(client: Client, prefix: str) -> None:
    user = UserFactory.create()
    address = f"{prefix}/lose-a-race/?user={user.pk}"
    assert client.post(address).text == "written"
    answer = client.post(address)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    user.delete()
    assert client.post(address).status_code == 409, "what it belongs to is gone"


@pytest.mark.django_db(transaction=True)
def test_a_broken_rule_stays_an_error(client: Client) -> None:
    client.raise_request_exception = False
    assert client.post("/break-a-rule/").status_code == 500


# Hostile text


@pytest.mark.parametrize(
    "url",
    [
        "/echo/%00/",
        "/echo/a%00b/",
        "/echo/?key=%00",
        "/echo/?%00=1",
        "/echo/?a=1&a=%00",
    ],
)
def test_nul_in_an_address_is_refused(client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 400
    assert "cannot be stored" in answer.text


def test_below_api_a_refusal_is_a_problem(client: Client) -> None:
    answer = client.get("/api/echo/?key=%00")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_nul_in_a_cookie_is_refused(client: Client) -> None:
    # Quoted as cookies are, where "\000" is the character itself.
    answer = client.get("/echo/", headers={"Cookie": r'sessionid="\000aaaaaaaaaaaaaaaaaaaaaaaa"'})
    assert answer.status_code == 400


def test_a_lone_surrogate_is_refused(client: Client) -> None:
    # UTF-8 cannot bring one here; this charset can, where a server lets it pass.
    answer = client.get(r"/echo/?key=\ud800", headers={"Content-Type": "text/plain; charset=unicode_escape"})
    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["città", "Zählpunkt 1", "a/b", "%", "…", "\U0001f331", "\x01", "\ufffd"])
def test_all_other_text_is_served(client: Client, text: str) -> None:
    answer = client.get(f"/echo/?key={quote(text, safe='')}")
    assert answer.status_code == 200
    assert repr(text) in answer.text


@pytest.mark.parametrize("escape", ["%ED%A0%80", "%FF", "%C0%80"])
def test_bytes_that_are_no_text_never_reach_a_view_as_such(client: Client, escape: str) -> None:
    answer = client.get(f"/echo/?key={escape}")
    assert "\ufffd" in answer.text


def test_the_refusal_speaks_the_language_of_the_reader(client: Client) -> None:
    answer = client.get("/echo/?key=%00", headers={"Accept-Language": "it"})
    assert '<html lang="it">' in answer.text


def test_the_refusal_carries_the_content_security_policy(client: Client) -> None:
    assert "default-src 'self'" in client.get("/echo/?key=%00")["Content-Security-Policy"]


# Body limits


@pytest.mark.parametrize("size", [0, 1, MEGABYTE])
def test_a_body_up_to_the_limit_is_served(client: Client, size: int) -> None:
    answer = client.post("/echo/", b"x" * size, content_type="text/plain")
    assert answer.status_code == 200
    assert answer.text.endswith(f" {size}")


def test_a_longer_body_is_a_413_that_says_the_limit(client: Client) -> None:
    answer = client.post("/echo/", b"x" * (MEGABYTE + 1), content_type="text/plain")
    assert answer.status_code == 413
    assert "1048577" in answer.text
    assert "1048576" in answer.text


def test_below_api_a_long_body_is_a_problem(client: Client) -> None:
    answer = client.post("/api/echo/", b"x" * (MEGABYTE + 1), content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.django_db
def test_a_route_has_a_limit_of_its_own(client: Client, settings: Any) -> None:
    # More than the ordinary limit is for those who may write somewhere.
    client.force_login(UserFactory.create(is_superuser=True))
    settings.BODY_LIMITS = {"here:echo": 2 * MEGABYTE, "here:echo-text": 10}
    assert client.post("/echo/", b"x" * 2 * MEGABYTE, content_type="text/plain").status_code == 200
    assert client.post("/echo/", b"x" * (2 * MEGABYTE + 1), content_type="text/plain").status_code == 413
    assert client.post("/echo/a/", b"x" * 10, content_type="text/plain").status_code == 200
    assert client.post("/echo/a/", b"x" * 11, content_type="text/plain").status_code == 413


def test_the_announced_length_alone_decides(client: Client) -> None:
    # Nothing is read: the answer comes before the body would.
    assert post(client, "/echo/", CONTENT_LENGTH=str(10**15)).status_code == 413


@pytest.mark.parametrize("length", ["-1", "+5", "1_000", "1e3", "x", "٣", "9" * 5000, "1, 1"])
def test_a_length_that_is_no_number_is_refused(client: Client, length: str) -> None:
    assert post(client, "/echo/", CONTENT_LENGTH=length).status_code == 400


def test_a_long_form_is_refused_before_the_csrf_check_reads_it(settings: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/echo/", {"field": "x" * MEGABYTE})
    assert answer.status_code == 413


def test_the_largest_route_fits_into_what_django_reads(settings: Any) -> None:
    assert max(settings.BODY_LIMITS.values()) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
