"""What the API says about itself: where things are, the schemas, the description, and pages to read it."""

import json
from functools import cache
from typing import Any, ClassVar

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from recportal.documents.schemas import schema_names

from .errors import not_found
from .openapi import Answer, Operation
from .published import published
from .views import ApiView, json_answer

_LINKS = {
    "communities": "communities/",
    "members": "members/",
    "assets": "assets/",
    "members_lookup": "members/lookup/",
    "assets_lookup": "assets/lookup/",
    "bundles": "bundles/",
    "me": "me/",
    "schemas": "schemas/",
    "openapi": "openapi.json",
    "docs": "docs/",
}
_ADDRESSES = {"type": "object", "additionalProperties": {"type": "string"}}


class PublicView(ApiView):
    """Open to everybody: it says nothing about anybody."""

    authentication_classes = ()
    permission_classes = ()


class RootView(PublicView):
    operations: ClassVar = {
        "retrieve": Operation(
            "Where things are", {200: Answer("Addresses by name.", _ADDRESSES)}, public=True
        )
    }

    def retrieve(self, request: Request) -> HttpResponse:
        return json_answer({name: request.build_absolute_uri(f"/api/{way}") for name, way in _LINKS.items()})


class SchemasView(PublicView):
    operations: ClassVar = {
        "index": Operation(
            "The schemas of the documents",
            {200: Answer("Addresses by name.", _ADDRESSES)},
            public=True,
        ),
        "retrieve": Operation(
            "The schema of a document",
            {200: Answer("A JSON Schema (draft 2020-12).", {"type": "object"})},
            "It accepts what the server accepts: a known key that may be absent may be null. What no "
            "schema can say "
            "stands in its own words: `x-unit`, `x-unique-by`, `x-closed-ring`, `x-trim`, `x-words`, "
            "`x-belongs-to`. "
            "That a day exists and a time zone is known, the formats `date` and `timezone`, is judged by "
            "the server.",
            errors=(404,),
            public=True,
        ),
    }

    def index(self, request: Request) -> HttpResponse:
        return json_answer({name: _address(request, name) for name in schema_names()})

    def retrieve(self, request: Request, name: str) -> HttpResponse:
        if name not in schema_names():
            raise not_found()
        return json_answer({**published(name), "$id": _address(request, name)})


def _address(request: Request, name: str) -> str:
    return request.build_absolute_uri(f"/api/schemas/{name}/")


@cache
def description() -> str:
    """The OpenAPI document. Made once for each process: it depends on the code alone."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # ships no types for it
    return json.dumps(generator.get_schema(request=None, public=True), ensure_ascii=False)


class DescriptionView(PublicView):
    operations: ClassVar = {
        "retrieve": Operation(
            "This description", {200: Answer("OpenAPI 3.1.", {"type": "object"})}, public=True
        )
    }

    def retrieve(self, request: Request) -> HttpResponse:
        return HttpResponse(description(), content_type="application/json")


@login_not_required
@csp_update({"img-src": ["'self'", "data:"]})  # for the icons of Swagger UI
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from files of this server: it needs no network and no inline script."""
    return render(request, "api/docs.html")


def about_patterns() -> list[Any]:
    return [
        path("", RootView.as_view({"get": "retrieve"}), name="root"),
        path("schemas/", SchemasView.as_view({"get": "index"}), name="schemas"),
        path("schemas/<path:name>/", SchemasView.as_view({"get": "retrieve"}), name="schema"),
        path("openapi.json", DescriptionView.as_view({"get": "retrieve"}), name="openapi"),
        path("docs/", docs, name="docs"),
    ]
