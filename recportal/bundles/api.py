"""Whole communities in and out, as files."""

from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext, gettext_lazy
from rest_framework.request import Request

from communities.api import visible_community
from communities.models import Community
from recportal.accounts.roles import Level
from recportal.api import openapi
from recportal.api.authentication import may_do_everything
from recportal.api.errors import BadParameter, Problem, entry, not_allowed, status_of
from recportal.api.openapi import FLAG, JSON, Answer, Operation, query, ref
from recportal.api.parsers import (
    FileParser,
    JsonFileParser,
    OtherYamlFileParser,
    TextYamlFileParser,
    YamlFileParser,
)
from recportal.api.renderers import JsonRenderer, YamlRenderer
from recportal.api.scoping import require, visible
from recportal.api.views import ApiView, confirmed, flag, json_answer
from recportal.documents.faults import pointer
from recportal.records.another import ANOTHER
from recportal.records.querysets import reach_of
from recportal.text import stored

from .bundle import BundleUnreadable, read_bundle
from .exporting import export_file
from .header import community_key
from .importing import import_bundle
from .plan import Plan
from .report import as_json
from .spooling import answer_with

_YAML = "application/yaml"
_DIALECTS = ("native", "celine")
_FILES = {
    _YAML: {"type": "string"},
    JSON: {"type": "object"},
    "application/x-yaml": {"type": "string"},
    "text/yaml": {"type": "string"},
    "application/octet-stream": {"type": "string"},
}
#: The name of a file without one, which tells YAML from JSON; none for a body that has to be looked at.
_NAMES = {JSON: "bundle.json", "application/octet-stream": "bundle"}


class BundleView(ApiView):
    parser_classes = [YamlFileParser, JsonFileParser, OtherYamlFileParser, TextYamlFileParser, FileParser]
    operations: ClassVar = {
        "take": Operation(
            "Import a file with a whole community",
            {200: Answer("What was done, or with `dry_run` what would be done.", ref("ImportReport"))},
            "The body is the file as it is: native or CELINE, YAML or JSON. All of it is applied, or "
            "nothing. A file "
            "that is refused is a problem whose `plan` is the same report; as a dry run it is a report with "
            "`refused`. For managers of the community; a community that is new, for superusers.",
            parameters=(
                query("dry_run", FLAG, "Say what would be done, and do nothing."),
                query("replace", FLAG, "Make the community exactly what the file says, removing the rest."),
                openapi.confirming(*ANOTHER),
            ),
            body=_FILES,
            errors=(409,),
        ),
        "give": Operation(
            "Export a community as a file",
            {200: Answer("The file.", {}, media_types=(JSON, _YAML))},
            "For its staff. YAML or JSON, as `Accept` asks.",
            parameters=(
                query(
                    "format", {"type": "string", "enum": list(_DIALECTS), "default": "native"}, "The dialect."
                ),
            ),
            errors=(404,),
        ),
    }

    def get_renderers(self) -> list[Any]:
        # JSON first: who accepts anything gets what it can parse without a library.
        return [JsonRenderer(), YamlRenderer()] if self.action == "give" else super().get_renderers()

    def take(self, request: Request) -> HttpResponse:
        dry_run, replace = flag(request, "dry_run"), flag(request, "replace")
        agreed = confirmed(request)
        name = _NAMES.get((request.content_type or "").partition(";")[0].strip().lower(), "bundle.yaml")
        if not reach_of(request.user).allows_somewhere(Level.MANAGER):
            raise not_allowed()  # before the body is read
        data: Any = request.data
        content = data if isinstance(data, bytes) else b""
        if (key := community_key(content)) is not None:
            self._require(request, key)
        try:
            bundle = read_bundle(content, name)
        except BundleUnreadable as error:
            raise _unreadable(error) from None
        self._require(request, bundle.community.get("key"))
        plan = import_bundle(
            bundle,
            name=self.reason or name,
            dry_run=dry_run,
            replace=replace,
            confirmed=agreed,
            user=self.user,
            door="api",
        )
        report = as_json(name, plan)
        if plan.refused and not dry_run:
            raise _refused(plan, report)
        return json_answer(report)

    def _require(self, request: Request, key: Any) -> None:
        """An import is for its community's managers; that of a new community for superusers."""
        if may_do_everything(request):
            return
        known = None
        if isinstance(key, str):
            known = visible(Community.objects.all(), request).filter(key=stored(key)).only("pk").first()
        if known is None:
            raise not_allowed()
        require(request, Level.MANAGER, known.pk)

    def give(self, request: Request, community: str) -> HttpResponseBase:
        dialect = request.query_params.get("format", "native")
        if dialect not in _DIALECTS:
            raise BadParameter("format", "invalid_choice", gettext_lazy("This must be native or celine."))
        found = visible_community(request, community)
        require(request, Level.VIEWER, found.pk)
        form = "yaml" if request.accepted_media_type.startswith(_YAML) else "json"
        whole = Community.objects.get(pk=found.pk)
        file = export_file(whole, "celine" if dialect == "celine" else "native", form)  # type: ignore[arg-type]
        media_type = _YAML if form == "yaml" else JSON
        name = f'attachment; filename="{found.key}.{form}"'
        return answer_with(file, media_type, {"Content-Disposition": name})


def _unreadable(error: BundleUnreadable) -> Problem:
    errors = [
        {"code": fault.code, "detail": fault.message, "pointer": pointer(fault.path)}
        for fault in error.faults
    ]
    first = error.faults[0]
    return Problem(400, first.code, first.message, errors=errors)


def _refused(plan: Plan, report: dict[str, Any]) -> Problem:
    """What a refused plan answers with: every fault, with the record that it is about."""
    errors: list[dict[str, Any]] = [
        {"code": fault.code, "detail": fault.message, "pointer": pointer(fault.path)}
        for fault in plan.file_faults
    ]
    for step in plan.steps:
        way = () if step.kind == "community" else (step.key,)
        section = "community" if step.kind == "community" else f"{step.kind}s"
        errors += [
            {**entry(fault), "pointer": pointer((section, *way, *fault.path))} for fault in step.faults
        ]
    detail = gettext("The file is refused, and nothing was written: “errors” lists why.")
    status = status_of([str(each["code"]) for each in errors])
    first = next((each for each in errors if status_of([str(each["code"])]) == status), errors[0])
    return Problem(status, str(first["code"]), detail, errors=errors, more={"plan": report})


def bundle_patterns() -> list[Any]:
    return [
        path("bundles/", BundleView.as_view({"post": "take"}), name="bundles"),
        path("bundles/<str:community>/", BundleView.as_view({"get": "give"}), name="bundle"),
    ]


_ERRORS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "path", "detail"],
        "properties": {
            "code": {"type": "string"},
            "path": {"type": "string"},
            "detail": {"type": "string"},
            "before": {"type": "string"},
            "after": {"type": "string"},
        },
    },
}

#: Of a report or of one of its records.
_MORE = {
    "type": "object",
    "description": "How many are not listed, where there are too many.",
    "properties": {name: {"type": "integer"} for name in ("records", "changes", "errors")},
}

openapi.components(
    ImportReport={
        "title": "What an import does",
        "type": "object",
        "required": ["file", "community", "applied", "refused", "counts", "records", "errors"],
        "properties": {
            "file": {"type": "string"},
            "community": {"type": ["string", "null"]},
            "applied": {"type": "boolean"},
            "refused": {"type": "boolean"},
            "counts": {
                "type": "object",
                "description": "Kind of record → action → how many.",
                "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
            "records": {
                "type": "array",
                "description": "The records that are not left unchanged: refused ones first, as many as a "
                "report of 256 KiB has room for. Long values are cut, and their change says `cut`.",
                "items": {
                    "type": "object",
                    "required": ["kind", "key", "action", "changes", "errors"],
                    "properties": {
                        "kind": {"type": "string", "enum": ["community", "member", "asset"]},
                        "key": {},
                        "action": {
                            "type": "string",
                            "enum": ["create", "update", "remove", "refused"],
                        },
                        "changes": {"type": "array", "items": {"type": "object"}},
                        "errors": _ERRORS,
                        "more": _MORE,
                    },
                },
            },
            "errors": _ERRORS,
            "more": _MORE,
        },
    }
)
