"""Bodies: strict JSON, and files as they are."""

from collections.abc import Mapping
from typing import IO, Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.utils.mediatypes import _MediaType

from recportal.documents.faults import Fault
from recportal.documents.text import parse

_UTF8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class StrictJsonParser(BaseParser):
    """JSON that every reader understands alike: no key twice, no NaN, no number that would be rounded."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        charset = _MediaType(media_type or "").params.get("charset", "utf-8")
        if charset.strip("\"'").lower() not in _UTF8:
            raise UnsupportedMediaType(media_type or "")
        content = stream.read()
        try:
            return parse(content.decode())
        except UnicodeDecodeError as error:
            message = _("The body is not UTF-8.")
            raise Fault(message, "not_utf8") from error


class MergePatchParser(StrictJsonParser):
    """A JSON Merge Patch (RFC 7396)."""

    media_type = "application/merge-patch+json"


class FileParser(BaseParser):
    """The body as bytes: a file that is read by somebody who knows what it is."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return bytes(stream.read())


class YamlFileParser(FileParser):
    media_type = "application/yaml"


class JsonFileParser(FileParser):
    media_type = "application/json"


class OtherYamlFileParser(FileParser):
    """What curl and older tools call YAML."""

    media_type = "application/x-yaml"


class TextYamlFileParser(FileParser):
    media_type = "text/yaml"
