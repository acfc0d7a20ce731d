"""What the records of a bundle are made of, in both dialects: the seed's names, texts and documents."""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Path, Text, say
from recportal.documents.text import shown

from .faults import FileFault, is_full, note

#: Records by their keys, read one after another.
Records: TypeAlias = Iterable[tuple[str, dict[str, Any]]]

COMMUNITY_TEXTS: Final = ("key", "name", "description")
COMMUNITY_DOCUMENTS: Final = ("areas", "topology", "legal", "links", "contact", "settings", "extra")
MEMBER_TEXTS: Final = ("user_id", "name", "role", "area", "status")
MEMBER_DOCUMENTS: Final = ("delivery_points", "extra")
ASSET_TEXTS: Final = ("owner", "asset_type", "name", "sensor_id")
ASSET_DOCUMENTS: Final = ("properties", "device", "relationships", "extra")


def text_at(value: Any, path: Path, faults: list[FileFault]) -> str | None:
    """The text that stands at ``path``, None for a blank; anything else is a fault."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        written = str(value).lower() if isinstance(value, bool) else repr(value)
        message = _("Text is expected here, and %(value)s is not: put it in quotes.")
        note(faults, path, "wrong_type", say(message, value=written))
        return written
    note(faults, path, "wrong_type", _("Text is expected here, not a list or an object."))
    return ""


def mapping_at(value: Any, path: Path, faults: list[FileFault], *, optional: bool = False) -> dict[str, Any]:
    """The object at ``path``; anything else is a fault and counts as empty, and so does an optional null."""
    if isinstance(value, dict):
        return value
    if value is not None:
        note(faults, path, "wrong_type", _("An object with named values is expected here."))
    elif not optional:
        required(path, faults)
    return {}


def required(path: Path, faults: list[FileFault]) -> None:
    note(faults, path, "required", _("This is required."))


def unknown_field(name: str, known: tuple[str, ...], path: Path, faults: list[FileFault]) -> None:
    if is_full(faults):
        return
    message: Text = _("There is no field “%(name)s” here. The fields are: %(known)s.")
    note(faults, path, "unknown_field", say(message, name=shown(name), known=", ".join(known)))


def without_empty_documents(record: dict[str, Any], documents: tuple[str, ...]) -> dict[str, Any]:
    """The record for writing: an empty document says no more than one left out."""
    return {name: value for name, value in record.items() if name not in documents or value not in ({}, [])}
