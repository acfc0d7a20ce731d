"""The description of the API (OpenAPI 3.1): operations from the views, documents from the schema files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from recportal.documents.schemas import schema_names
from recportal.records.fields import KEY_PATTERN

from .published import published, references

Spec: TypeAlias = dict[str, Any]

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
MERGE_PATCH: Final = "application/merge-patch+json"

KEY: Final[Spec] = {"type": "string", "pattern": f"^{KEY_PATTERN}$"}
#: In a body to POST, an empty key asks for one.
KEY_OR_EMPTY: Final[Spec] = {"type": "string", "pattern": f"^(?:{KEY_PATTERN})?$"}
_CONTROL: Final = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029"
TIME: Final[Spec] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
    "description": "RFC 3339, UTC, six decimals.",
}
VERSION: Final[Spec] = {
    "type": "integer",
    "minimum": 1,
    "description": "Counts the writes; the ETag is made of it.",
}
ID: Final[Spec] = {
    "type": "integer",
    "description": "The register's own number; keys are what files and tools use.",
}
IGNORED: Final[Spec] = {
    "description": "Read only: a body may hold it, so that what was read can be sent back. Ignored."
}


def line(most: int, *, blank: bool = False, description: str = "") -> Spec:
    """One line of text of at most ``most`` characters once it is trimmed; no control characters."""
    text = rf"[^\s{_CONTROL}](?:[^{_CONTROL}]{{0,{most - 2}}}[^\s{_CONTROL}])?"
    pattern = rf"^\s*(?:{text})?\s*$" if blank else rf"^\s*{text}\s*$"
    return {"type": "string", "pattern": pattern, **({"description": description} if description else {})}


def or_null(spec: Spec) -> Spec:
    """What may be null, which says the same as leaving it out."""
    if isinstance(spec.get("type"), str):
        kinds = {**spec, "type": [spec["type"], "null"]}
        return {**kinds, "enum": [*spec["enum"], None]} if "enum" in spec else kinds
    return {"anyOf": [spec, {"type": "null"}]}


def ref(name: str) -> Spec:
    return {"$ref": f"#/components/schemas/{name}"}


def document(name: str) -> Spec:
    """The component of a schema file by its name (``assets/device``)."""
    return ref(component_of(name))


def component_of(name: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[/_]", name))


def entry_of(name: str) -> Spec:
    """An entry of a document that is a list, as a schema of its own."""
    component = component_of(name)
    entry: Spec = _capitalized(published(name)["items"], component)
    return entry


def shown(title: str, properties: Spec, description: str = "") -> Spec:
    """A record as it is read: everything is there."""
    words = {"title": title, **({"description": description} if description else {})}
    return {**words, "type": "object", "required": list(properties), "properties": properties}


def taken(
    title: str, properties: Spec, *, required: tuple[str, ...] = (), ignored: tuple[str, ...] = ()
) -> Spec:
    """A body: nothing but these names; those of ``ignored`` may stand there and mean nothing."""
    return {
        "title": title,
        "type": "object",
        **({"required": list(required)} if required else {}),
        "properties": {**properties, **dict.fromkeys(ignored, IGNORED)},
        "additionalProperties": False,
    }


def page_of(item: str) -> Spec:
    return {
        "type": "object",
        "required": ["results", "next"],
        "properties": {
            "results": {"type": "array", "items": ref(item)},
            "next": {
                "type": ["string", "null"],
                "description": "The address of the next page; null on the last.",
            },
        },
    }


def query(name: str, schema: Spec, description: str) -> Spec:
    return {"in": "query", "name": name, "schema": schema, "description": description}


def confirming(*codes: str) -> Spec:
    """The parameter by which a caller confirms what was refused with one of these codes."""
    items = {"type": "string", "enum": list(codes)}
    description = (
        "The codes of a 409 that you have seen and answer for: the record under its new name is the same "
        "as before. Several are separated by commas."
    )
    parameter = query("confirm", {"type": "array", "items": items, "minItems": 1}, description)
    return {**parameter, "style": "form", "explode": False}


FLAG: Final[Spec] = {"type": "string", "enum": ["true", "false"]}

PAGING: Final = (
    query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "How many at most."),
    query(
        "cursor", {"type": "string"}, "Where the page begins: comes with “next”, and means nothing by itself."
    ),
)

_HEADERS: Final[dict[str, Spec]] = {
    "If-Match": {
        "schema": {"type": "string"},
        "description": "The ETag that you have seen: the write is refused (412) when the record is "
        "another by now.",
    },
    "If-None-Match": {
        "schema": {"type": "string"},
        "description": "The ETag that you have (304 when it is still right); with PUT, * creates and "
        "never replaces.",
    },
    "Change-Reason": {
        "schema": {"type": "string"},
        "description": "Why: kept in the history. UTF-8, cut at 500 characters.",
    },
}

_ERRORS: Final[dict[int, str]] = {
    400: "What was sent is wrong: `errors` says what, and where.",
    401: "No token, or one that opens nothing.",
    403: "You may see this, but not do it; or the token is for reading.",
    404: "Not there, or nothing that you may see.",
    405: "Not a method of this address.",
    406: "No media type that you accept is offered here.",
    409: "Something else is in the way: a key is taken, a sensor is held, members depend on it.",
    412: "Not the version, or not the state, that `If-Match` or `If-None-Match` asked for.",
    413: "The body is too long.",
    415: "No body of this media type is read here.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    503: "The database could not answer in time; `Retry-After` says how many seconds to wait.",
}

_PATH: Final[dict[str, tuple[Spec, str]]] = {
    "community": (KEY, "The key of the community."),
    "member": (KEY, "The key of the member."),
    "asset": (KEY, "The key of the asset."),
    "area": (KEY, "The key of the area."),
    "point": (line(128), "The id of the delivery point, percent-encoded."),
    "name": ({"type": "string"}, "The name of the schema, such as `assets/properties/pv`."),
}


@dataclass(frozen=True)
class Answer:
    """What an operation answers with: its schema (None: no body), and whether it bears an ETag."""

    description: str
    schema: Spec | None = None
    media_types: tuple[str, ...] = (JSON,)
    tagged: bool = False
    located: bool = False


@dataclass(frozen=True)
class Operation:
    """What the description says of one action of a view."""

    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    parameters: tuple[Spec, ...] = ()
    body: Mapping[str, Spec] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    public: bool = False

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(parameter["name"] for parameter in self.parameters)


class OperationSchema(AutoSchema):
    """Writes an operation as its view declares it; nothing is guessed."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Spec | None:
        view: Any = self.view
        declared: Operation | None = view.operations.get(view.action)
        if declared is None:
            return None
        self.method = method
        operation: Spec = {
            "operationId": _name(path, view.action),
            "summary": declared.summary,
            "tags": [_tag(path)],
            "parameters": [
                *(_path_parameter(name) for name in re.findall(r"{(\w+)}", path)),
                *declared.parameters,
                *({"in": "header", "name": name, **_HEADERS[name]} for name in declared.headers),
            ],
            "security": [{}] if declared.public else [{"bearer": []}, {"session": []}],
            "responses": _responses(declared),
        }
        if declared.description:
            operation["description"] = declared.description
        if not operation["parameters"]:
            del operation["parameters"]
        if declared.body:
            operation["requestBody"] = {
                "required": True,
                "content": {media: {"schema": schema} for media, schema in declared.body.items()},
            }
        return operation


def _name(path: str, action: str) -> str:
    words = [word for word in path.strip("/").split("/")[1:] if not word.startswith("{")]
    return "_".join([*words, action]).replace("-", "_").replace(".", "_")


def _tag(path: str) -> str:
    words = path.strip("/").split("/")[1:]
    known = [word for word in words if word in ("communities", "members", "assets", "bundles", "me")]
    return known[-1] if known else "about"


def _path_parameter(name: str) -> Spec:
    schema, description = _PATH[name]
    return {"in": "path", "name": name, "required": True, "schema": schema, "description": description}


def _responses(declared: Operation) -> Spec:
    responses: Spec = {}
    for status, given in declared.answers.items():
        response: Spec = {"description": given.description}
        if given.schema is not None:
            response["content"] = {media: {"schema": given.schema} for media in given.media_types}
        headers: Spec = {}
        if given.tagged:
            headers["ETag"] = {
                "description": "The version, as `If-Match` wants it.",
                "required": True,
                "schema": {"type": "string", "pattern": r'^"\d+"$'},
            }
        if given.located:
            headers["Location"] = {
                "description": "The address of the record.",
                "required": True,
                "schema": {"type": "string"},
            }
        if headers:
            response["headers"] = headers
        responses[str(status)] = response
    usual = {400, 405, 406, 429, 503} | (set() if declared.public else {401, 403})
    usual |= {413, 415} if declared.body else set()
    for status in sorted(usual | set(declared.errors)):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return responses


_PROBLEM: Final[Spec] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `code` is stable and for programs, `detail` is for people.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {
                        "type": "string",
                        "description": "JSON Pointer (RFC 6901) into the sent body; empty: the whole of it. "
                        "In a bundle, into its records as they would be stored.",
                    },
                    "parameter": {"type": "string", "description": "The parameter of the query."},
                    "before": {"type": "string", "description": "The name of the record (`another_person`)."},
                    "after": {"type": "string", "description": "The name that it would have."},
                },
            },
        },
        "more": {
            "type": "object",
            "description": "How many errors are not listed, where they are too many.",
            "properties": {"errors": {"type": "integer"}},
        },
    },
}


def _document_components() -> Spec:
    found: Spec = {}
    for name in schema_names():
        component = component_of(name)
        definition = published(name)
        for part, below in definition.get("$defs", {}).items():
            found[component + part.capitalize()] = _capitalized(below, component)
        found[component] = _capitalized(definition, component)
    return found


def _capitalized(part: Any, component: str) -> Any:
    prefix = f"#/components/schemas/{component}"
    return _with_names(references(part, prefix), prefix)


def _with_names(part: Any, prefix: str) -> Any:
    if isinstance(part, dict):
        return {
            name: prefix + below.removeprefix(prefix).capitalize()
            if name == "$ref" and isinstance(below, str)
            else _with_names(below, prefix)
            for name, below in part.items()
        }
    return [_with_names(each, prefix) for each in part] if isinstance(part, list) else part


#: What the apps add: component name → schema.
_components: Spec = {"Problem": _PROBLEM}


def components(**schemas: Spec) -> None:
    """Make schemas known to the description under their names."""
    _components.update(schemas)


def complete(result: Spec, **_options: Any) -> Spec:
    """A postprocessing hook of drf-spectacular: the components, which no serializer stands for."""
    shared = result.setdefault("components", {})
    shared["schemas"] = dict(sorted({**_document_components(), **_components}.items()))
    shared["responses"] = {
        f"Problem{status}": _problem_response(status, words) for status, words in _ERRORS.items()
    }
    shared["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of recportal."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the pages; writes then need `X-CSRFToken`.",
        },
    }
    return result


def _problem_response(status: int, words: str) -> Spec:
    response: Spec = {"description": words, "content": {PROBLEM: {"schema": ref("Problem")}}}
    seconds = {"required": True, "schema": {"type": "string", "pattern": r"^\d+$"}, "description": "Seconds."}
    if status in (429, 503):
        response["headers"] = {"Retry-After": seconds}
    if status == 401:
        response["headers"] = {
            "WWW-Authenticate": {"required": True, "schema": {"type": "string"}, "description": "Bearer."}
        }
    return response
