"""The REST resources of communities."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request

from recportal.accounts.roles import Level
from recportal.api import openapi
from recportal.api.authentication import may_do_everything
from recportal.api.errors import not_allowed, not_found
from recportal.api.filters import parameters_of
from recportal.api.openapi import JSON, MERGE_PATCH, PAGING, Answer, Operation, document, or_null, ref
from recportal.api.output import DocumentNumber, JsonObject
from recportal.api.pagination import page
from recportal.api.preconditions import check_write
from recportal.api.scoping import require, visible
from recportal.api.views import ApiView, RecordView, filtered, json_answer, object_of, only_known
from recportal.documents.faults import Fault, faults_of, refuse
from recportal.documents.words import required, wrong_type

from .areas import rename_area
from .filters import CommunityFilter
from .models import Community, lock_community

_OWN = ("id", "key", "name", "description")
_LARGE = ("areas", "topology")
_DOCUMENTS = ("legal", "links", "contact", "settings", "extra")
_BOOKKEEPING = ("version", "created_at", "updated_at")


def _same_names(*groups: tuple[str, ...]) -> JsonObject:
    return JsonObject({name: name for group in groups for name in group})


#: A community as JSON; lists leave out the outlines and the grid, which may have megabytes.
community_json = _same_names(_OWN, _LARGE, _DOCUMENTS, _BOOKKEEPING)
community_in_list_json = _same_names(_OWN, _DOCUMENTS, _BOOKKEEPING)


def visible_community(request: Request, key: str) -> Community:
    """The community with this key, its key and id only. Raises 404 unless the caller sees it."""
    found = visible(Community.objects.all(), request).filter(key=key).only("pk", "key").first()
    if found is None:
        raise not_found()
    return found


class CommunityView(RecordView):
    model = Community
    manager = Community.objects
    output = community_json
    columns = ("name", "description", *_LARGE, *_DOCUMENTS)
    create_level = change_level = delete_level = Level.MANAGER
    operations: ClassVar = {
        "index": Operation(
            "The communities that you see, by key",
            {200: Answer("One page.", openapi.page_of("CommunityInList"))},
            parameters=(*PAGING, *parameters_of(CommunityFilter)),
        ),
        "create": Operation(
            "Create a community",
            {201: Answer("Created.", ref("Community"), tagged=True, located=True)},
            "For superusers. Without a key, one is made of the name.",
            body={JSON: ref("CommunityInput")},
            headers=("Change-Reason",),
            errors=(409,),
        ),
        "retrieve": Operation(
            "A community",
            {
                200: Answer("The community.", ref("Community"), tagged=True),
                304: Answer("You have it already.", tagged=True),
            },
            headers=("If-None-Match",),
            errors=(404,),
        ),
        "replace": Operation(
            "Create a community, or make it exactly this",
            {
                200: Answer("Replaced, or found to be so.", ref("Community"), tagged=True),
                201: Answer("Created.", ref("Community"), tagged=True, located=True),
            },
            "States the whole record: what the body leaves out becomes empty. May be repeated.",
            parameters=(openapi.confirming(Community.another),),
            body={JSON: ref("CommunityInput")},
            headers=("If-Match", "If-None-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "merge": Operation(
            "Change some of a community",
            {200: Answer("The community as it is now.", ref("Community"), tagged=True)},
            "A JSON Merge Patch (RFC 7396): what the body leaves out stays, also inside the "
            "documents; null removes.",
            parameters=(openapi.confirming(Community.another),),
            body={MERGE_PATCH: ref("CommunityPatch"), JSON: ref("CommunityPatch")},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "destroy": Operation(
            "Delete a community, which must be empty",
            {204: Answer("Deleted.")},
            "For superusers.",
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
    }

    def index(self, request: Request) -> HttpResponse:
        found = filtered(CommunityFilter, request, visible(Community.objects.all(), request))
        return page(request, found, ("key",), community_in_list_json)

    def found(self, request: Request, **keys: str) -> QuerySet[Any]:
        return visible(Community.objects.all(), request).filter(key=keys["community"])

    def community_of(self, record: Any) -> int:
        return int(record.pk)

    def new(self, request: Request, **keys: str) -> Community:
        key = keys.get("community", "")
        stored = visible(Community.objects.all(), request).filter(key=key).only("pk").first() if key else None
        if stored:
            require(request, Level.MANAGER, stored.pk)
        elif not may_do_everything(request):
            raise not_found() if key else not_allowed()
        return Community(key=key)

    def lock_place(self, record: Any) -> None:
        Community.objects.select_for_update(no_key=True).filter(key=record.key).values("pk").first()

    def location(self, request: Request, record: Any) -> str:
        return request.build_absolute_uri(f"/api/communities/{record.key}/")

    def remove(self, request: Request, record: Any) -> None:
        if not may_do_everything(request):
            raise not_allowed()
        record.delete()


class SummaryView(ApiView):
    """How much there is in a community, without its records."""

    operations: ClassVar = {
        "retrieve": Operation(
            "A community in numbers",
            {200: Answer("The numbers.", ref("CommunitySummary"))},
            "For its staff. Capacities are sums over the assets that say theirs.",
            errors=(404,),
        )
    }

    def retrieve(self, request: Request, community: str) -> HttpResponse:
        found = visible_community(request, community)
        require(request, Level.VIEWER, found.pk)
        return json_answer(summary_of(found))


def summary_of(community: Community) -> dict[str, Any]:
    """Members by role and status, assets by type, and what the assets add up to."""
    members: Any = community.members
    assets: Any = community.assets
    by_role = _counts(members, "role")
    by_type = _counts(assets, "asset_type")
    sums = assets.aggregate(**{name: Sum(DocumentNumber("properties", name)) for name in _SUMMED})
    held = members.filter(holdings__kind="delivery_point", holdings__until=None)
    return {
        "community": community.key,
        "members": {
            "total": sum(by_role.values()),
            "by_role": by_role,
            "by_status": _counts(members, "status"),
        },
        "assets": {"total": sum(by_type.values()), "by_type": by_type},
        "delivery_points": held.count(),
        "sums": {name: value or 0 for name, value in sums.items()},
    }


#: Properties that mean something when they are added up over a community.
_SUMMED = ("capacity_kwp", "capacity_kwh", "thermal_power_kw", "rated_power_kw")


def _counts(records: Any, column: str) -> dict[str, int]:
    rows = records.order_by(column).values_list(column).annotate(Count("pk"))
    return dict(rows)


class AreaView(ApiView):
    operations: ClassVar = {
        "rename": Operation(
            "Give an area another key",
            {200: Answer("The community as it is now.", ref("Community"), tagged=True)},
            "Its members move with it, in one transaction.",
            body={JSON: ref("AreaRename")},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        )
    }

    def rename(self, request: Request, community: str, area: str) -> HttpResponse:
        found = visible_community(request, community)
        require(request, Level.MANAGER, found.pk)
        body = object_of(request.data)
        key = body.get("key")
        faults = only_known(body, {"key"})
        if key is None:
            faults.append(required(("key",)))
        elif not isinstance(key, str):
            faults.append(wrong_type("string", key, ("key",)))
        refuse(faults)
        with self.changing(), transaction.atomic():
            stored = lock_community(found.pk)
            check_write(request, stored.version)
            if area not in stored.areas:
                raise not_found()
            try:
                rename_area(stored, area, str(key))
            except ValidationError as error:
                told = [Fault(fault.text, fault.code, ("key",)) for fault in faults_of(error)]
                raise ValidationError(told) from None
        return CommunityView().written(found, 200)


def community_patterns() -> list[Any]:
    detail: Any = {"get": "retrieve", "put": "replace", "patch": "merge", "delete": "destroy"}
    return [
        path("communities/", CommunityView.as_view({"get": "index", "post": "create"}), name="communities"),
        path("communities/<str:community>/", CommunityView.as_view(detail), name="community"),
        path(
            "communities/<str:community>/summary/", SummaryView.as_view({"get": "retrieve"}), name="summary"
        ),
        path(
            "communities/<str:community>/areas/<str:area>/rename/",
            AreaView.as_view({"post": "rename"}),
            name="area-rename",
        ),
    ]


_TEXTS = {
    "name": openapi.line(200, description="What people call the community."),
    "description": {"type": "string", "description": "Several lines of text."},
}
_DOCUMENT_SPECS = {name: document(f"communities/{name}") for name in (*_LARGE, *_DOCUMENTS)}
_KEPT = {"version": openapi.VERSION, "created_at": openapi.TIME, "updated_at": openapi.TIME}
_SHOWN = {
    "id": openapi.ID,
    "key": openapi.KEY,
    "name": {"type": "string"},
    "description": {"type": "string"},
    **_DOCUMENT_SPECS,
    **_KEPT,
}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}

openapi.components(
    Community=openapi.shown("Community", _SHOWN),
    CommunityInList=openapi.shown(
        "Community in a list",
        {name: spec for name, spec in _SHOWN.items() if name not in _LARGE},
        "Without `areas` and `topology`, which may have megabytes.",
    ),
    CommunityInput=openapi.taken(
        "Community as it is sent",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "name": _TEXTS["name"],
            "description": or_null(_TEXTS["description"]),
            **{name: or_null(spec) for name, spec in _DOCUMENT_SPECS.items()},
        },
        required=("name",),
        ignored=("id", "version", "created_at", "updated_at"),
    ),
    CommunityPatch=openapi.taken(
        "Changes of a community",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "name": _TEXTS["name"],
            "description": or_null(_TEXTS["description"]),
            **{
                name: or_null({"type": "array"} if name == "topology" else {"type": "object"})
                for name in _DOCUMENT_SPECS
            },
        },
        ignored=("id", "version", "created_at", "updated_at"),
    ),
    CommunitySummary={
        "title": "Community in numbers",
        "type": "object",
        "required": ["community", "members", "assets", "delivery_points", "sums"],
        "properties": {
            "community": openapi.KEY,
            "members": {
                "type": "object",
                "required": ["total", "by_role", "by_status"],
                "properties": {"total": {"type": "integer"}, "by_role": _COUNTS, "by_status": _COUNTS},
            },
            "assets": {
                "type": "object",
                "required": ["total", "by_type"],
                "properties": {"total": {"type": "integer"}, "by_type": _COUNTS},
            },
            "delivery_points": {"type": "integer", "description": "Held now."},
            "sums": {
                "type": "object",
                "description": "Properties of the assets, added up.",
                "additionalProperties": {"type": "number"},
            },
        },
    },
    AreaRename={
        "title": "New key of an area",
        "type": "object",
        "required": ["key"],
        "properties": {"key": openapi.KEY},
        "additionalProperties": False,
    },
)
