"""Entity tags: which version of a record the caller has seen (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from .errors import Problem

_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def tag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def _named(header: str, version: int | None, *, weakly: bool) -> bool:
    """Whether a list of entity tags, or ``*``, names the version; None: the record is not there."""
    if version is None:
        return False
    if header.strip() == "*":
        return True
    return any(found[1] == str(version) and (weakly or not found[0]) for found in _TAG.findall(header))


def check_write(request: Request, version: int | None) -> None:
    """Refuse a write to a record that is not as the caller saw it; ``version`` None: it does not exist."""
    match = request.headers.get("If-Match")
    if match is not None and not _named(match, version, weakly=False):
        raise Problem(
            412,
            "changed_meanwhile" if version is not None else "precondition_failed",
            _("Somebody else changed this record in the meantime.")
            if version is not None
            else _("There is no such record, and the request was for one that exists."),
            headers={"ETag": tag(version)} if version is not None else None,
        )
    none_match = request.headers.get("If-None-Match")
    if none_match is not None and _named(none_match, version, weakly=True):
        message = _("There is such a record already, and the request was for one that does not exist.")
        raise Problem(412, "precondition_failed", message)


def is_known(request: Request, version: int) -> bool:
    """Whether the caller has this version already (304)."""
    header = request.headers.get("If-None-Match")
    return header is not None and _named(header, version, weakly=True)
