"""The entry point of WSGI servers, `runserver` included."""

import codecs
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters

from recportal.logs import log_refused

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recportal.settings")


class Utf8Only:
    """Refuses requests that name a charset other than UTF-8, before Django sees them.

    Django decodes the query with any codec that the client names, while it builds the request: `base64`, no
    text codec, or a thousand parameters raise there, outside of every handler, and are a bare 500. Without a
    charset nothing is decoded there and UTF-8 is assumed later, so one that says UTF-8 is left out.
    """

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            media_type, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
            charset = parameters.pop("charset", None)
            understood = charset is None or codecs.lookup(charset).name == "utf-8"
        except (LookupError, TypeError, ValueError):  # TypeError: pieces of a value, one of them unnumbered
            understood = False
        if not understood:
            body = b"Only UTF-8 is understood here.\n"
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
            start_response("400 Bad Request", [*headers, ("X-Request-ID", log_refused(environ, 400))])
            return [body]
        if charset is not None:
            environ["CONTENT_TYPE"] = "; ".join([media_type, *map(_parameter, parameters.items())])
        return self.application(environ, start_response)


def _parameter(parameter: tuple[str, str]) -> str:
    name, value = parameter
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'{name}="{escaped}"'


class Request(WSGIRequest):
    """A form in parts, of which one has a header that Python cannot read, is a bad request, not a crash."""

    def parse_file_upload(self, *parts: Any) -> Any:
        try:
            return super().parse_file_upload(*parts)
        except TypeError as error:
            raise MultiPartParserError("The header of a part cannot be read.") from error


_handler = get_wsgi_application()
_handler.request_class = Request
application = Utf8Only(_handler)
