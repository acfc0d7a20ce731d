"""The WSGI entry point: what a request's Content-Type may say about its text."""

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import hypothesis
import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from hypothesis import strategies as st

from recportal.wsgi import application


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    query, form = sorted(request.GET.items()), sorted(request.POST.items())
    return HttpResponse(f"{query} {form} {request.content_type}")


urlpatterns = [path("echo/", echo)]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def call(content_type: str, query: str = "key=1", body: bytes = b"") -> tuple[int, str]:
    """Status and text of what a WSGI server would send."""
    answered: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        answered.append(status)

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "HTTP_HOST": "testserver",
        "PATH_INFO": "/echo/",
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    response = application(environ, start_response)
    text = b"".join(response).decode()
    if close := getattr(response, "close", None):
        close()
    return int(answered[0].split()[0]), text


def test_it_serves_requests() -> None:
    assert call("text/plain") == (200, "[('key', '1')] [] text/plain")


def test_forms_of_both_kinds_arrive() -> None:
    form = "application/x-www-form-urlencoded"
    understood = (200, f"[] [('name', 'città')] {form}")
    assert call(form, "", b"name=citt%C3%A0") == understood
    assert call(f"{form}; charset=UTF-8", "", b"name=citt%C3%A0") == understood
    part = '--x y\r\nContent-Disposition: form-data; name="name"\r\n\r\ncittà\r\n--x y--\r\n'.encode()
    status, text = call('multipart/form-data; charset="utf-8"; boundary="x y"', "", part)
    assert (status, text) == (200, "[] [('name', 'città')] multipart/form-data")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"', "u8"])
def test_utf8_is_understood_in_every_spelling(charset: str) -> None:
    assert call(f"text/plain; charset={charset}")[0] == 200


@pytest.mark.parametrize(
    "parameter",
    [
        "charset=base64",
        "charset=unicode_escape",
        "charset=utf-16",
        "charset=idna",
        "charset=latin-1",
        "charset=no-such",
        "charset=utf-8\x00",
        "charset*=utf-8''base64",
        "name*=no-such''x",
        "a*=x; a*0=y",
    ],
)
def test_everything_else_is_a_400(parameter: str) -> None:
    assert call(f"text/plain; {parameter}") == (400, "Only UTF-8 is understood here.\n")


def test_too_many_parameters_are_a_400_with_a_charset_too() -> None:
    assert call("text/plain; charset=utf-8", "a&" * 2000)[0] == 400


@pytest.mark.parametrize(
    "header",
    ['name="a"; a*=x; a*0=y', "name=\"a\"; filename*=no-such''%41", 'name="a"; filename*=x; filename*0=y'],
)
def test_a_part_of_a_form_with_such_a_header_is_no_server_error(header: str) -> None:
    body = f"--x\r\nContent-Disposition: form-data; {header}\r\n\r\nvalue\r\n--x--\r\n".encode()
    assert call("multipart/form-data; boundary=x", "", body)[0] < 500


# What a server passes on of a header: the characters of Latin-1.
latin = st.characters(max_codepoint=255)


@hypothesis.given(
    st.text(latin) | st.from_regex(r"(\w+/\w+)?(; ?\w+\*?[0-9]?\*?=.*)+", fullmatch=True, alphabet=latin),
    st.text(st.characters(min_codepoint=33, max_codepoint=126)),
)
def test_no_content_type_is_a_server_error(content_type: str, query: str) -> None:
    assert call(content_type, query)[0] < 500
