"""What the register holds about the caller, for tools: what “My data” is for people."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request

from members.api import own_memberships
from recportal.api import openapi
from recportal.api.openapi import JSON, Answer, Operation, ref
from recportal.api.views import ApiView
from recportal.documents.text import compact

from .held import held_about_account, held_about_memberships


class ExportView(ApiView):
    operations: ClassVar = {
        "retrieve": Operation(
            "Everything that is kept about you, as a file",
            {200: Answer("Your account, and all about each of your memberships.", ref("OwnData"))},
            "Memberships in every status, each with its assets, what it holds or held, and its history. Who "
            "else changed something is told as “the community or a tool”, and why is not said.",
        )
    }

    def retrieve(self, request: Request) -> HttpResponse:
        members = own_memberships(request).select_related("community").defer("community__topology")
        own = held_about_memberships(request.user, list(members.order_by("community__key", "key")))
        return HttpResponse(
            compact({"account": held_about_account(request.user), "memberships": own}),
            content_type=JSON,
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )


def page_patterns() -> list[Any]:
    return [path("me/export/", ExportView.as_view({"get": "retrieve"}), name="me-export")]


_OBJECTS = {"type": "array", "items": {"type": "object"}}

openapi.components(
    OwnData={
        "title": "What is kept about the caller",
        "type": "object",
        "required": ["account", "memberships"],
        "properties": {
            "account": {"type": "object"},
            "memberships": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["community", "member", "assets", "holdings"],
                    "properties": {
                        "generated_at": openapi.TIME,
                        "time_zone": {"type": "string", "description": "That of the times below."},
                        "community": {
                            "type": "object",
                            "properties": {"key": openapi.KEY, "name": {"type": "string"}},
                        },
                        "member": {"type": "object", "description": "The record, with its history."},
                        "assets": _OBJECTS,
                        "asset_history": {
                            "type": "object",
                            "description": "By key, also of assets that are gone or another's by now.",
                            "additionalProperties": _OBJECTS,
                        },
                        "holdings": _OBJECTS,
                        "invitations": _OBJECTS,
                        "corrections": _OBJECTS,
                    },
                },
            },
        },
    },
)
