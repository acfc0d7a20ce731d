"""What the requests of the permission table carry, so that whoever may do a thing does it.

A form is sent as a superuser sees it, so a POST needs a line here only where fields have to be filled in; a
PUT sends the record back as it is. What is called here gets the place, A's or B's records, that it is about.
"""

from collections.abc import Callable
from typing import Any, Final

from .register import Place

Body = Callable[[Place], Any]

#: "METHOD route" of the API → the JSON that is sent.
JSON_BODIES: Final[dict[str, Body]] = {
    "POST /api/communities/": lambda place: {"key": "new", "name": "New"},
    "PATCH /api/communities/{community}/": lambda place: {"description": "Renamed"},
    "POST /api/communities/{community}/areas/{area}/rename/": lambda place: {"key": "renamed"},
    "POST /api/communities/{community}/members/": lambda place: {"name": "New", "role": "consumer"},
    "PATCH /api/communities/{community}/members/{member}/": lambda place: {"name": "Renamed"},
    "PUT /api/communities/{community}/members/{member}/delivery-points/{point}/": lambda place: {
        "type": "pod"
    },
    "POST /api/communities/{community}/assets/": lambda place: {
        "name": "New", "asset_type": "load", "owner": place.member.key
    },
    "PATCH /api/communities/{community}/assets/{asset}/": lambda place: {"name": "Renamed"},
    "POST /api/members/lookup/": lambda place: {"user_ids": [place.member.user_id]},
    "POST /api/assets/lookup/": lambda place: {"sensor_ids": [place.asset.sensor_id]},
    "POST /api/bundles/": lambda place: {
        "recportal": 1,
        "community": {"key": place.community.key, "name": place.community.name, "description": "Imported"},
    },
    "POST /api/{anything}": lambda place: {},
}  # fmt: skip

#: Route of a form → the fields that are typed into it.
TYPED: Final[dict[str, Body]] = {
    "/admin/communities/community/add/": lambda place: {"key": "new", "name": "New"},
    "/admin/communities/staffrole/add/": lambda place: {
        "username": "passer-by", "community": place.community.pk, "level": "viewer"
    },
    "/admin/communities/apitoken/add/": lambda place: {"name": "tool", "community": place.community.pk},
    "/admin/members/member/add/": lambda place: {
        "name": "New", "role": "consumer", "status": "active", "community": place.community.pk
    },
    "/admin/members/member/{object_id}/access/": lambda place: {"link": "1"},
    "/admin/members/member/{object_id}/delete/": lambda place: {"post": "yes"},
    "/admin/members/correction/{object_id}/change/": lambda place: {"decline": "1", "answer": "No."},
    "/admin/communities/community/{object_id}/delete/": lambda place: {"post": "yes"},
    "/admin/communities/staffrole/{object_id}/delete/": lambda place: {"post": "yes"},
    "/admin/assets/asset/{object_id}/delete/": lambda place: {"post": "yes"},
    "/admin/assets/asset/add/": lambda place: {"name": "New", "asset_type": "load", "owner": place.member.pk},
    "/admin/accounts/user/add/": lambda place: {"username": "new", "usable_password": "false"},
    "/admin/accounts/user/{id}/password/": lambda place: {
        "usable_password": "true", "password1": "a horse of the tests", "password2": "a horse of the tests"
    },
    "/admin/switch/": lambda place: {"community": place.community.key},
    "/admin/communities/community/{object_id}/areas/add/": lambda place: {"name": "New", "key": "new"},
    "/admin/communities/community/{object_id}/areas/{key}/rename/": lambda place: {"key": "renamed"},
    "/admin/communities/community/{object_id}/grid/add/": lambda place: {"id": "new", "type": "line"},
    "/admin/communities/community/{object_id}/undo/{pk}/": lambda place: {"reason": "mistaken"},
    "/admin/members/member/{object_id}/undo/{pk}/": lambda place: {"reason": "mistaken"},
    "/admin/assets/asset/{object_id}/undo/{pk}/": lambda place: {"reason": "mistaken"},
    "/admin/members/member/{object_id}/status/": lambda place: {
        "confirm": "1", "value": "pending", "reason": "waits"
    },
    "/admin/members/member/{object_id}/purge/": lambda place: {"key": place.member.key, "reason": "asked"},
    "/admin/import/{upload}/": lambda place: {"discard": "1"},
    "/my/{community}/{member}/corrections/new/": lambda place: {"message": "This is wrong."},
}  # fmt: skip

#: Route → the query without which it is no question.
QUERIES: Final[dict[str, Body]] = {
    "/admin/communities/community/{object_id}/grid/node/": lambda place: {
        "id": f"{place.community.key}-feeder"
    },
    "/admin/communities/community/{object_id}/grid/node/remove/": lambda place: {
        "id": f"{place.community.key}-feeder"
    },
    "/admin/search/": lambda place: {"q": place.member.key[:4]},
    "/admin/autocomplete/": lambda place: {
        "app_label": "assets", "model_name": "asset", "field_name": "owner", "term": place.member.key[:4]
    },
}  # fmt: skip
