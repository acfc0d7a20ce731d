"""The schema files as they are published: as any validator of the draft judges by them."""

from typing import Any, Final

from recportal.documents.schemas import countries, currencies, schema

#: What other validators are told in place of a format, which is ours or is no more than a note to them. The
#: names of time zones are as many as the server's machine knows.
_SPELLED_OUT: Final[dict[str, dict[str, Any]]] = {
    "country": {"enum": sorted(countries())},
    "currency": {"enum": sorted(currencies())},
    "date": {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "timezone": {"format": "timezone", "pattern": "^[A-Za-z][A-Za-z0-9_+/-]*$"},
}


def published(name: str) -> dict[str, Any]:
    """The schema of a document as a caller can use it to check a body.

    The server leaves out known keys with null before it judges, so that each that is not required may be null
    here. Raises ``LookupError`` for a name without a schema.
    """
    definition: dict[str, Any] = _spelled_out(schema(name).definition)
    _admit_nulls(definition)
    for part in definition.get("$defs", {}).values():
        _admit_nulls(part)
    return definition


def _spelled_out(part: Any) -> Any:
    """A copy of the part, whose formats any validator understands."""
    if isinstance(part, list):
        return [_spelled_out(each) for each in part]
    if not isinstance(part, dict):
        return part
    said = {name: _spelled_out(below) for name, below in part.items()}
    meant = _SPELLED_OUT.get(said["format"]) if isinstance(said.get("format"), str) else None
    return {**{name: said[name] for name in said if name != "format"}, **meant} if meant else said


def _admit_nulls(part: Any) -> None:
    """As far as ``Schema.tidy`` goes: into properties, other values of an object, and entries of a list."""
    if not isinstance(part, dict):
        return
    properties = part.get("properties", {})
    required = part.get("required", ())
    for name, below in properties.items():
        _admit_nulls(below)
        if name not in required:
            properties[name] = _or_null(below)
    for keyword in ("additionalProperties", "items"):
        _admit_nulls(part.get(keyword))


def _or_null(part: dict[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {
        name: part[name] for name in ("title", "description", "x-belongs-to") if name in part
    }
    if part.get("not") == {}:  # it belongs to another type: null says no more than its absence
        return {**words, "type": "null"}
    if "type" not in part or {"enum", "const", "anyOf", "oneOf", "allOf", "not", "$ref"} & part.keys():
        return {**words, "anyOf": [part, {"type": "null"}]}
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return {**part, "type": [*kinds, "null"]}


def references(part: Any, prefix: str) -> Any:
    """The part with its references into the same file (``#/$defs/…``) led to ``prefix`` and its name."""
    if isinstance(part, dict):
        return {
            name: prefix + below.removeprefix("#/$defs/")
            if name == "$ref" and isinstance(below, str)
            else references(below, prefix)
            for name, below in part.items()
            if name not in ("$defs", "$id", "$schema")
        }
    if isinstance(part, list):
        return [references(each, prefix) for each in part]
    return part
