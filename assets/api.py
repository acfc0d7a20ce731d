"""The REST resources of assets, and what a caller sees of the own ones."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from communities.api import visible_community
from communities.models import lock_community
from members.models import Holding, Member, Status
from recportal.api import openapi
from recportal.api.filters import parameters_of
from recportal.api.lookups import asked_for, lookup_answer
from recportal.api.openapi import JSON, MERGE_PATCH, PAGING, Answer, Operation, document, or_null, ref
from recportal.api.output import JsonObject
from recportal.api.pagination import page
from recportal.api.scoping import require, visible, visible_in
from recportal.api.views import ApiView, RecordView, filtered, object_of
from recportal.documents.faults import Fault, say
from recportal.documents.text import shown, text_flaw
from recportal.documents.words import required, wrong_type
from recportal.text import compared, stored

from .filters import AssetFilter
from .models import Asset, AssetType

_COLUMNS = ("asset_type", "name", "sensor_id", "properties", "device", "relationships", "extra")

#: An asset as JSON: the seed's fields, with the keys of its community and its owner.
asset_json = JsonObject(
    {
        "id": "id",
        "key": "key",
        "community": "community__key",
        "community_id": "community_id",
        "owner": "owner__key",
        "owner_id": "owner_id",
        **{name: name for name in _COLUMNS},
        "version": "version",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
)


class AssetView(RecordView):
    model = Asset
    manager = Asset.objects
    output = asset_json
    columns = _COLUMNS
    relation_names = ("community", "owner")
    operations: ClassVar = {
        "index": Operation(
            "The assets of a community, by key",
            {200: Answer("One page.", openapi.page_of("Asset"))},
            parameters=(*PAGING, *parameters_of(AssetFilter)),
            errors=(404,),
        ),
        "index_all": Operation(
            "The assets of all communities that you see, by community and key",
            {200: Answer("One page.", openapi.page_of("Asset"))},
            parameters=(*PAGING, *parameters_of(AssetFilter)),
        ),
        "create": Operation(
            "Create an asset",
            {201: Answer("Created.", ref("Asset"), tagged=True, located=True)},
            "Without a key, the next free one for its type is taken.",
            body={JSON: ref("AssetInput")},
            headers=("Change-Reason",),
            errors=(404, 409),
        ),
        "retrieve": Operation(
            "An asset",
            {
                200: Answer("The asset.", ref("Asset"), tagged=True),
                304: Answer("You have it already.", tagged=True),
            },
            headers=("If-None-Match",),
            errors=(404,),
        ),
        "replace": Operation(
            "Create an asset, or make it exactly this",
            {
                200: Answer("Replaced, or found to be so.", ref("Asset"), tagged=True),
                201: Answer("Created.", ref("Asset"), tagged=True, located=True),
            },
            "States the whole record: what the body leaves out becomes empty. May be repeated.",
            parameters=(openapi.confirming(Asset.another),),
            body={JSON: ref("AssetInput")},
            headers=("If-Match", "If-None-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "merge": Operation(
            "Change some of an asset",
            {200: Answer("The asset as it is now.", ref("Asset"), tagged=True)},
            "A JSON Merge Patch (RFC 7396): what the body leaves out stays, also inside the "
            "documents; null removes. "
            "A list that is given is given whole.",
            parameters=(openapi.confirming(Asset.another),),
            body={MERGE_PATCH: ref("AssetPatch"), JSON: ref("AssetPatch")},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "destroy": Operation(
            "Delete an asset",
            {204: Answer("Deleted.")},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
    }

    def index(self, request: Request, community: str) -> HttpResponse:
        place = visible_community(request, community)
        found = visible_in(Asset.objects.all(), request, place.pk)
        return page(request, filtered(AssetFilter, request, found), ("key",), asset_json)

    def index_all(self, request: Request) -> HttpResponse:
        found = filtered(AssetFilter, request, visible(Asset.objects.all(), request))
        return page(request, found, ("community__key", "key"), asset_json)

    def found(self, request: Request, **keys: str) -> QuerySet[Any]:
        assets = visible(Asset.objects.all(), request)
        return assets.filter(community__key=keys["community"], key=keys["asset"])

    def community_of(self, record: Any) -> int:
        return int(record.community_id)

    def new(self, request: Request, **keys: str) -> Asset:
        community = visible_community(request, keys["community"])
        require(request, self.create_level, community.pk)
        return Asset(community=community, key=keys.get("asset", ""))

    def lock_place(self, record: Any) -> None:
        record.community = lock_community(record.community_id)

    def relations(self, record: Any) -> dict[str, Any]:
        return {"community": record.community.key, "owner": record.owner.key}

    def relate(self, record: Any, given: dict[str, Any]) -> list[Fault]:
        key = given.get("owner")
        if key is None or key == "":
            return [required(("owner",))]
        if not isinstance(key, str):
            return [wrong_type("string", key, ("owner",))]
        owners = Member.objects.filter(community=record.community_id, key=stored(key))
        owner = owners.first() if text_flaw(key) is None else None
        if owner is None:
            message = say(_("There is no member “%(key)s”."), key=shown(key))
            return [Fault(message, "unknown_member", ("owner",))]
        record.owner = owner
        return []

    def location(self, request: Request, record: Any) -> str:
        return request.build_absolute_uri(f"/api/communities/{record.community.key}/assets/{record.key}/")


class AssetLookupView(ApiView):
    reading = frozenset({"lookup"})
    operations: ClassVar = {
        "lookup": Operation(
            "Up to 500 assets at once, by sensor or by their owners' user ids",
            {200: Answer("An answer for each id, in the order asked.", ref("AssetLookup"))},
            "One of the lists is given. Sensors are looked up among those held now. An id that "
            "nobody has and one that "
            "you may not see look alike. A user id stands in the results once for each asset.",
            body={JSON: ref("AssetLookupInput")},
        )
    }

    def lookup(self, request: Request) -> HttpResponse:
        kind, ids = asked_for(object_of(request.data), ("sensor_ids", "user_ids"))
        asked = [(one, {compared(one)}) for one in ids]
        codes = {code for _one, each in asked for code in each if text_flaw(code) is None}
        assets = visible(Asset.objects.all(), request)
        if kind == "sensor_ids":
            held = assets.filter(
                holdings__kind=Holding.Kind.SENSOR, holdings__code__in=codes, holdings__until=None
            )
            found = held.annotate(code=F("holdings__code"))
        else:
            owned = assets.filter(owner__user_id_compared__in=codes - {""})
            found = owned.annotate(code=F("owner__user_id_compared"))
        rows = found.order_by("community__key", "key").values_list("code", asset_json, "owner__status")
        return lookup_answer(
            asked, "asset", ((code, text, ("owner_status", status)) for code, text, status in rows)
        )


def own_assets(request: Request) -> Any:
    """The assets of the members that the caller's account is bound to, where they are active."""
    assets = visible(Asset.objects.all(), request)
    return assets.filter(owner__account=request.user.pk, owner__status=Status.ACTIVE)


class MyAssetsView(ApiView):
    operations: ClassVar = {
        "index": Operation(
            "Your own assets",
            {200: Answer("One page.", openapi.page_of("Asset"))},
            "Those of the memberships that are active.",
            parameters=(*PAGING, *parameters_of(AssetFilter)),
        )
    }

    def index(self, request: Request) -> HttpResponse:
        found = filtered(AssetFilter, request, own_assets(request))
        return page(request, found, ("community__key", "key"), asset_json)


def asset_patterns() -> list[Any]:
    detail: Any = {"get": "retrieve", "put": "replace", "patch": "merge", "delete": "destroy"}
    place = "communities/<str:community>/assets/"
    return [
        path(place, AssetView.as_view({"get": "index", "post": "create"}), name="community-assets"),
        path(f"{place}<str:asset>/", AssetView.as_view(detail), name="asset"),
        path("assets/", AssetView.as_view({"get": "index_all"}), name="assets"),
        path("assets/lookup/", AssetLookupView.as_view({"post": "lookup"}), name="assets-lookup"),
        path("me/assets/", MyAssetsView.as_view({"get": "index"}), name="me-assets"),
    ]


_IGNORED = ("id", "community_id", "owner_id", "version", "created_at", "updated_at")
_OTHERS = {name: document(f"assets/{name}") for name in ("device", "relationships", "extra")}
_IDS = {"type": "array", "maxItems": 500, "items": {"type": "string"}}


def _component(asset_type: str, suffix: str = "") -> str:
    return openapi.component_of(asset_type) + "Asset" + suffix


def _one_of_six(suffix: str = "") -> dict[str, Any]:
    places = {kind: ref(_component(kind, suffix)) for kind in AssetType.values}
    mapping = {kind: place["$ref"] for kind, place in places.items()}
    return {
        "title": "Asset as it is sent" if suffix else "Asset",
        "oneOf": list(places.values()),
        "discriminator": {"propertyName": "asset_type", "mapping": mapping},
    }


def _shown(kind: str) -> dict[str, Any]:
    return openapi.shown(
        f"Asset: {kind}",
        {
            "id": openapi.ID,
            "key": openapi.KEY,
            "community": openapi.KEY,
            "community_id": openapi.ID,
            "owner": {**openapi.KEY, "description": "The key of the member that owns it."},
            "owner_id": openapi.ID,
            "asset_type": {"type": "string", "const": kind},
            "name": {"type": "string"},
            "sensor_id": {"type": ["string", "null"]},
            "properties": document(f"assets/properties/{kind}"),
            **_OTHERS,
            "version": openapi.VERSION,
            "created_at": openapi.TIME,
            "updated_at": openapi.TIME,
        },
    )


def _taken(kind: str) -> dict[str, Any]:
    return openapi.taken(
        f"Asset as it is sent: {kind}",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "community": or_null(
                {**openapi.KEY, "description": "The community of the address, if it is given."}
            ),
            "owner": {**openapi.KEY, "description": "The key of the member that owns it."},
            "asset_type": {"type": "string", "const": kind},
            "name": openapi.line(200),
            "sensor_id": or_null(openapi.line(128, blank=True)),
            "properties": or_null(document(f"assets/properties/{kind}")),
            **{name: or_null(spec) for name, spec in _OTHERS.items()},
        },
        required=("owner", "asset_type", "name"),
        ignored=_IGNORED,
    )


openapi.components(
    Asset=_one_of_six(),
    AssetInput=_one_of_six("Input"),
    **{_component(kind): _shown(kind) for kind in AssetType.values},
    **{_component(kind, "Input"): _taken(kind) for kind in AssetType.values},
    AssetPatch=openapi.taken(
        "Changes of an asset",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "community": or_null(openapi.KEY),
            "owner": openapi.KEY,
            "asset_type": {"type": "string", "enum": list(AssetType.values), "description": "Never changes."},
            "name": openapi.line(200),
            "sensor_id": or_null(openapi.line(128, blank=True)),
            **{name: or_null({"type": "object"}) for name in ("properties", *_OTHERS)},
        },
        ignored=_IGNORED,
    ),
    AssetLookupInput={
        "title": "Which assets",
        "description": "One of the lists.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {"sensor_ids": _IDS, "user_ids": _IDS},
        "additionalProperties": False,
    },
    AssetLookup={
        "title": "Assets that were looked up",
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "asset"],
                    "properties": {
                        "id": {"type": "string", "description": "As asked."},
                        "asset": or_null(ref("Asset")),
                        "owner_status": {
                            "type": "string",
                            "enum": list(Status.values),
                            "description": "The status of the owner; missing where there is no asset.",
                        },
                    },
                },
            }
        },
    },
)
