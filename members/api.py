"""The REST resources of members, and what a caller sees of the own membership."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from communities.api import visible_community
from communities.models import Community, lock_community
from recportal.accounts.roles import Level
from recportal.api import openapi
from recportal.api.authentication import may_do_everything
from recportal.api.errors import Problem, not_found, refusal_of
from recportal.api.filters import parameters_of
from recportal.api.lookups import asked_for, lookup_answer
from recportal.api.openapi import (
    FLAG,
    JSON,
    MERGE_PATCH,
    PAGING,
    Answer,
    Operation,
    document,
    or_null,
    query,
    ref,
)
from recportal.api.output import JsonObject
from recportal.api.pagination import page
from recportal.api.preconditions import check_write, tag
from recportal.api.scoping import require, visible, visible_in
from recportal.api.views import ApiView, RecordView, filtered, flag, json_answer, object_of
from recportal.documents.faults import Fault
from recportal.documents.text import compact, text_flaw
from recportal.records.querysets import reach_of
from recportal.text import compared, stored

from . import identifiers
from .filters import MemberFilter
from .models import Holding, Member, Role, Status, points_of, purge_member

_COLUMNS = ("user_id", "name", "role", "area", "status", "delivery_points", "extra")

#: A member as JSON: the seed's fields, with the community's key.
member_json = JsonObject(
    {
        "id": "id",
        "key": "key",
        "community": "community__key",
        "community_id": "community_id",
        **{name: name for name in _COLUMNS},
        "version": "version",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
)


class MemberView(RecordView):
    model = Member
    manager = Member.objects
    output = member_json
    columns = _COLUMNS
    relation_names = ("community",)
    delete_level = Level.MANAGER
    operations: ClassVar = {
        "index": Operation(
            "The members of a community, by key",
            {200: Answer("One page.", openapi.page_of("Member"))},
            parameters=(*PAGING, *parameters_of(MemberFilter)),
            errors=(404,),
        ),
        "index_all": Operation(
            "The members of all communities that you see, by community and key",
            {200: Answer("One page.", openapi.page_of("Member"))},
            parameters=(*PAGING, *parameters_of(MemberFilter)),
        ),
        "create": Operation(
            "Create a member",
            {201: Answer("Created.", ref("Member"), tagged=True, located=True)},
            "Without a key, the next free one is taken.",
            body={JSON: ref("MemberInput")},
            headers=("Change-Reason",),
            errors=(404, 409),
        ),
        "retrieve": Operation(
            "A member",
            {
                200: Answer("The member.", ref("Member"), tagged=True),
                304: Answer("You have it already.", tagged=True),
            },
            headers=("If-None-Match",),
            errors=(404,),
        ),
        "replace": Operation(
            "Create a member, or make it exactly this",
            {
                200: Answer("Replaced, or found to be so.", ref("Member"), tagged=True),
                201: Answer("Created.", ref("Member"), tagged=True, located=True),
            },
            "States the whole record: what the body leaves out becomes empty. May be repeated.",
            parameters=(openapi.confirming(Member.another),),
            body={JSON: ref("MemberInput")},
            headers=("If-Match", "If-None-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "merge": Operation(
            "Change some of a member",
            {200: Answer("The member as it is now.", ref("Member"), tagged=True)},
            "A JSON Merge Patch (RFC 7396): what the body leaves out stays, also inside the "
            "documents; null removes. "
            "A list that is given is given whole.",
            parameters=(openapi.confirming(Member.another),),
            body={MERGE_PATCH: ref("MemberPatch"), JSON: ref("MemberPatch")},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "destroy": Operation(
            "Delete a member",
            {204: Answer("Deleted.")},
            "For managers. A member with assets is refused, unless `purge` deletes them too.",
            parameters=(query("purge", FLAG, "Delete the member's assets as well."),),
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
    }

    def index(self, request: Request, community: str) -> HttpResponse:
        place = visible_community(request, community)
        found = visible_in(Member.objects.all(), request, place.pk)
        return page(request, filtered(MemberFilter, request, found), ("key",), member_json)

    def index_all(self, request: Request) -> HttpResponse:
        found = filtered(MemberFilter, request, visible(Member.objects.all(), request))
        return page(request, found, ("community__key", "key"), member_json)

    def found(self, request: Request, **keys: str) -> QuerySet[Any]:
        members = visible(Member.objects.all(), request)
        return members.filter(community__key=keys["community"], key=keys["member"])

    def community_of(self, record: Any) -> int:
        return int(record.community_id)

    def new(self, request: Request, **keys: str) -> Member:
        community = visible_community(request, keys["community"])
        require(request, self.create_level, community.pk)
        return Member(community=community, key=keys.get("member", ""))

    def lock_place(self, record: Any) -> None:
        record.community = lock_community(record.community_id)

    def relations(self, record: Any) -> dict[str, Any]:
        return {"community": record.community.key}

    def location(self, request: Request, record: Any) -> str:
        return request.build_absolute_uri(f"/api/communities/{record.community.key}/members/{record.key}/")

    def destroy(self, request: Request, **keys: str) -> HttpResponse:
        self.purging = flag(request, "purge")
        return super().destroy(request, **keys)

    def remove(self, request: Request, record: Any) -> None:
        if self.purging:
            purge_member(record)
        else:
            record.delete()


class DeliveryPointView(ApiView):
    """One delivery point of a member, leaving the others alone."""

    operations: ClassVar = {
        "replace": Operation(
            "Give a member a delivery point, or make it exactly this",
            {
                200: Answer("The point as it is now.", ref("DeliveryPoint"), tagged=True),
                201: Answer("The point, which is new.", ref("DeliveryPoint"), tagged=True),
            },
            "The ETag and `If-Match` are the member's.",
            body={JSON: ref("DeliveryPointInput")},
            headers=("If-Match", "If-None-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
        "destroy": Operation(
            "Take a delivery point away",
            {204: Answer("Gone.", tagged=True)},
            headers=("If-Match", "Change-Reason"),
            errors=(404, 409, 412),
        ),
    }

    def replace(self, request: Request, community: str, member: str, point: str) -> HttpResponse:
        record = self._writable(request, community, member)
        body = object_of(request.data)
        with self.changing(), transaction.atomic():
            record = MemberView().locked(record)
            points = [*record.delivery_points]
            places = _places(points, point)
            if len(places) > 1:
                raise _ambiguous()
            index = places[0] if places else len(points)
            check_write(request, record.version if places or "If-Match" in request.headers else None)
            self._refuse_another_id(body, point)
            points[index : index + 1] = [{**body, "id": point}]
            record.delivery_points = points
            try:
                record.save()
            except ValidationError as error:
                raise refusal_of(error, ("delivery_points", index)) from None
        record.refresh_from_db(fields=["delivery_points", "version"])
        status = 200 if places else 201
        return json_answer(record.delivery_points[index], status, {"ETag": tag(record.version)})

    def destroy(self, request: Request, community: str, member: str, point: str) -> HttpResponse:
        record = self._writable(request, community, member)
        with self.changing(), transaction.atomic():
            record = MemberView().locked(record)
            check_write(request, record.version)
            places = _places(record.delivery_points, point)
            if not places:
                raise not_found()
            if len(places) > 1:
                raise _ambiguous()
            record.delivery_points = [
                each for index, each in enumerate(record.delivery_points) if index not in places
            ]
            record.save()
        return HttpResponse(status=204, headers={"ETag": tag(record.version)})

    def _writable(self, request: Request, community: str, member: str) -> Any:
        view = MemberView()
        return MemberView.writable(view, request, Level.EDITOR, community=community, member=member)

    def _refuse_another_id(self, body: dict[str, Any], point: str) -> None:
        given = body.get("id", point)
        if not isinstance(given, str) or stored(given) != stored(point):
            message = _("The body names another delivery point than the address.")
            raise refusal_of(ValidationError([Fault(message, "key_immutable", ("id",))]))


def _places(points: list[Any], point: str) -> list[int]:
    """Where in the list the point with this id stands; of several spelled otherwise, all of them."""
    wanted = stored(point)
    found = [
        index for index, each in enumerate(points) if isinstance(each, dict) and each.get("id") == wanted
    ]
    codes = identifiers.possible_codes(wanted)
    return found or [
        index for index, each in points_of(points) if identifiers.compact(each["type"], each["id"]) in codes
    ]


def _ambiguous() -> Problem:
    message = _("The member has several delivery points that this id may name. Give one as it is spelled.")
    return refusal_of(ValidationError([Fault(message, "ambiguous", ("id",))]))


class MemberLookupView(ApiView):
    reading = frozenset({"lookup"})
    operations: ClassVar = {
        "lookup": Operation(
            "Up to 500 members at once, by what is known of them",
            {200: Answer("An answer for each id, in the order asked.", ref("MemberLookup"))},
            "One of the lists is given. Delivery points and DIDs are looked up among what is held "
            "now, delivery points "
            "in any spelling. An id that nobody has and one that you may not see look alike. An id "
            "that several "
            "members have stands in the results several times.",
            body={JSON: ref("MemberLookupInput")},
        )
    }

    def lookup(self, request: Request) -> HttpResponse:
        kind, ids = asked_for(object_of(request.data), ("user_ids", "delivery_points", "dids"))
        members = visible(Member.objects.all(), request)
        if kind == "user_ids":
            codes = {one: {compared(one)} for one in ids}
            named = members.filter(user_id_compared__in=_known(codes) - {""})
            found = named.annotate(code=F("user_id_compared"))
        else:
            held = Holding.Kind.DELIVERY_POINT if kind == "delivery_points" else Holding.Kind.DID
            codes = {one: identifiers.held_codes(held, one) for one in ids}
            found = members.filter(
                holdings__kind=held, holdings__code__in=_known(codes), holdings__until=None
            ).annotate(code=F("holdings__code"))
        rows = found.order_by("community__key", "key").values_list("code", member_json)
        return lookup_answer([(one, codes[one]) for one in ids], "member", rows)


def _known(codes: dict[str, set[str]]) -> set[str]:
    """The codes that a database can be asked for."""
    return {code for each in codes.values() for code in each if text_flaw(code) is None}


class MeView(ApiView):
    operations: ClassVar = {
        "retrieve": Operation(
            "Who you are here",
            {200: Answer("Your account, your roles, your own memberships.", ref("Me"))},
            "`roles` are those of staff, within what the token opens; `community` null means all "
            "communities.",
        )
    }

    def retrieve(self, request: Request) -> HttpResponse:
        own = ",".join(
            own_memberships(request).order_by("community__key", "key").values_list(member_json, flat=True)
        )
        said = compact({**account_of(request), "roles": _roles(request)})
        return HttpResponse(f'{said[:-1]},"memberships":[{own}]}}', content_type=JSON)


def own_memberships(request: Request) -> QuerySet[Member]:
    """The members that the caller's account is bound to, in every status."""
    return visible(Member.objects.all(), request).filter(account=request.user.pk)


def account_of(request: Request) -> dict[str, Any]:
    user: Any = request.user
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "superuser": may_do_everything(request),
        "read_only": bool(getattr(request.auth, "read_only", False)),
    }


def _roles(request: Request) -> list[dict[str, Any]]:
    reach = reach_of(request.user)
    everywhere = [{"community": None, "level": reach.everywhere.value}] if reach.everywhere else []
    keys = Community.objects.filter(pk__in=reach.communities).order_by("key").values_list("pk", "key")
    return [*everywhere, *({"community": key, "level": reach.communities[pk].value} for pk, key in keys)]


def member_patterns() -> list[Any]:
    detail: Any = {"get": "retrieve", "put": "replace", "patch": "merge", "delete": "destroy"}
    place = "communities/<str:community>/members/"
    return [
        path(place, MemberView.as_view({"get": "index", "post": "create"}), name="community-members"),
        path(f"{place}<str:member>/", MemberView.as_view(detail), name="member"),
        path(
            f"{place}<str:member>/delivery-points/<path:point>/",
            DeliveryPointView.as_view({"put": "replace", "delete": "destroy"}),
            name="delivery-point",
        ),
        path("members/", MemberView.as_view({"get": "index_all"}), name="members"),
        path("members/lookup/", MemberLookupView.as_view({"post": "lookup"}), name="members-lookup"),
        path("me/", MeView.as_view({"get": "retrieve"}), name="me"),
    ]


_ROLE = {"type": "string", "enum": list(Role.values)}
_STATUS = {"type": "string", "enum": list(Status.values)}
_IGNORED = ("id", "community_id", "version", "created_at", "updated_at")
_POINTS = document("members/delivery_points")
_EXTRA = document("members/extra")
_POINT = openapi.entry_of("members/delivery_points")
_IDS = {"type": "array", "maxItems": 500, "items": {"type": "string"}}

openapi.components(
    Member=openapi.shown(
        "Member",
        {
            "id": openapi.ID,
            "key": openapi.KEY,
            "community": openapi.KEY,
            "community_id": openapi.ID,
            "user_id": {"type": "string"},
            "name": {"type": "string"},
            "role": _ROLE,
            "area": {"type": "string", "description": "The key of an area of the community, or empty."},
            "status": _STATUS,
            "delivery_points": _POINTS,
            "extra": _EXTRA,
            "version": openapi.VERSION,
            "created_at": openapi.TIME,
            "updated_at": openapi.TIME,
        },
    ),
    MemberInput=openapi.taken(
        "Member as it is sent",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "community": or_null(
                {**openapi.KEY, "description": "The community of the address, if it is given."}
            ),
            "user_id": or_null(openapi.line(256, blank=True)),
            "name": openapi.line(200),
            "role": _ROLE,
            "area": or_null(openapi.line(128, blank=True)),
            "status": or_null({**_STATUS, "default": Status.PENDING.value}),
            "delivery_points": or_null(_POINTS),
            "extra": or_null(_EXTRA),
        },
        required=("name", "role"),
        ignored=_IGNORED,
    ),
    MemberPatch=openapi.taken(
        "Changes of a member",
        {
            "key": or_null(openapi.KEY_OR_EMPTY),
            "community": or_null(openapi.KEY),
            "user_id": or_null(openapi.line(256, blank=True)),
            "name": openapi.line(200),
            "role": _ROLE,
            "area": or_null(openapi.line(128, blank=True)),
            "status": or_null(_STATUS),
            "delivery_points": or_null(_POINTS),
            "extra": or_null({"type": "object"}),
        },
        ignored=_IGNORED,
    ),
    DeliveryPoint=_POINT,
    DeliveryPointInput={
        **_POINT,
        "required": ["type"],
        "description": "The `id` is that of the address, and may be left out.",
    },
    MemberLookupInput={
        "title": "Which members",
        "description": "One of the lists.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {"user_ids": _IDS, "delivery_points": _IDS, "dids": _IDS},
        "additionalProperties": False,
    },
    MemberLookup={
        "title": "Members that were looked up",
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "member"],
                    "properties": {
                        "id": {"type": "string", "description": "As asked."},
                        "member": or_null(ref("Member")),
                    },
                },
            }
        },
    },
    Me={
        "title": "The caller",
        "type": "object",
        "required": ["username", "name", "email", "superuser", "read_only", "roles", "memberships"],
        "properties": {
            "username": {"type": "string"},
            "name": {"type": "string"},
            "email": {"type": "string"},
            "superuser": {"type": "boolean"},
            "read_only": {"type": "boolean", "description": "Whether the token is for reading."},
            "roles": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["community", "level"],
                    "properties": {
                        "community": or_null(openapi.KEY),
                        "level": {"type": "string", "enum": list(Level.values)},
                    },
                },
            },
            "memberships": {"type": "array", "items": ref("Member")},
        },
    },
)
