"""Every admin class, as the five callers and a viewer of all, with the ids of another community.

What is tried is read from the classes themselves: their addresses, filters, actions, inlines and the
relations in their forms. A class, or a placeholder in an address, that the register has no value for makes it
fail.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.cache import cache
from django.db import models, transaction
from django.test import RequestFactory
from zeal import zeal_ignore

from communities.models import Community
from recportal.mail.models import Mail
from recportal.staff.filters import parameters_of
from recportal.staff.site import site
from tests.addresses import Route, routes
from tests.staff.browsing import form_on, without_tokens

from .register import Filled, Place, filled, told

#: The five callers of every test, by the names of this register, and one who sees all and may do nothing.
WALKERS: Final = {
    "manager_a": "manager",
    "viewer_a": "viewer",
    "manager_b": "other",
    "member_a": "member",
    "stranger": "stranger",
    "wide_viewer": "wide_viewer",
}
#: What else a request for a list, a form or an action can carry.
_POPUPS: Final = ({"_popup": "1"}, {"_popup": "1", "_to_field": "id"}, {"_to_field": "key"})
_ACROSS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"post": "yes"},
    {"select_across": "1"},
    {"select_across": "1", "post": "yes"},
)


@dataclass(frozen=True)
class Asked:
    """A crafted request; ``ids`` are those that it names, which an answer may repeat."""

    method: str
    address: str
    fields: dict[str, Any]
    ids: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.address} {self.fields}"


@pytest.fixture
def register(db: None) -> Iterator[Filled]:
    logging.disable(logging.ERROR)
    yield filled()
    logging.disable(logging.NOTSET)


def own_addresses(model: type[models.Model]) -> list[Route]:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return [route for route in routes() if route.address.startswith(base)]


def relations(model: type[models.Model]) -> list[str]:
    return [each.name for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey)]


def named_by(place: Place) -> dict[type[models.Model], Any]:
    """Class → the record of the place that a relation to this class can be set to."""
    records = (
        place.community,
        place.member,
        place.asset,
        place.staff,
        place.role,
        place.token,
        place.correction,
        place.mail,
    )
    return {type(record): record for record in records}


def related_ids(model: type[models.Model], place: Place) -> dict[str, Any]:
    """Relation → the id of the other community's record."""
    known = named_by(place)
    found = {}
    for name in relations(model):
        target: Any = model._meta.get_field(name).related_model
        if target in known:
            found[name] = known[target].pk
    return found


def forms(model_admin: Any, own: Place, other: Place, root: Any) -> Iterator[Asked]:
    """Every address of the class with the other's ids in it, and its forms with the other's ids in them."""
    model = model_admin.model
    foreign = related_ids(model, other)
    ids = (*foreign.values(), *(record.pk for record in named_by(other).values()))
    for route in own_addresses(model):
        theirs = route.filled(other.values(route.address))
        for address in {theirs, route.filled(own.values(route.address))}:
            with transaction.atomic(), zeal_ignore():
                page = root.get(address)
                transaction.set_rollback(True)
            fields: dict[str, Any] = {}
            if page.status_code == 200 and "html" in page.headers.get("Content-Type", ""):
                fields = form_on(page)
            inlines = {
                f"{inline.model._meta.model_name}_set-{part}": value
                for inline in model_admin.inlines
                for part, value in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "1"), ("0-id", other.asset.pk))
            }
            crafted = {**fields, **foreign, **inlines, "pk": other.member.pk, "id": other.member.pk}
            for query in ({}, *_POPUPS):
                yield Asked("GET", address, query, ids)
            yield Asked("POST", address, crafted, ids)
            yield Asked("POST", address, {**crafted, "_popup": "1", "_to_field": "id", "post": "yes"}, ids)


def lists(model_admin: Any, own: Place, other: Place, root: Any) -> Iterator[Asked]:
    """The list of the class, filtered by the other's ids, and its actions on the other's records."""
    model = model_admin.model
    listing = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    known = named_by(other)
    assert model in known, f"{model.__name__} is new: give the register of the table a record of it."
    ids = tuple(record.pk for record in known.values())
    request = RequestFactory().get(listing)
    request.user = root.user
    filters = {name for each in model_admin.get_list_filter(request) for name in parameters_of(each)}
    for name in sorted({*filters, *relations(model)}):
        for pk in ids:
            yield Asked("GET", listing, {name: pk}, ids)
    for query in (
        {"q": other.community.key[:4]},
        {"all": "1"},
        {"_changelist_filters": f"community={ids[0]}"},
    ):
        yield Asked("GET", listing, {**query, "_popup": "1"}, ids)
    mine = named_by(own)[model].pk
    for action in model_admin.get_actions(request):
        for more in _ACROSS:
            for chosen in ([known[model].pk], [mine, known[model].pk]):
                fields = {"action": action, ACTION_CHECKBOX_NAME: chosen, "index": "0", **more}
                yield Asked("POST", listing, {**fields, "form-TOTAL_FORMS": "1", "form-0-id": chosen[0]}, ids)


def state_of(community: Community) -> dict[str, Any]:
    """All that the admin could change in a community: which records there are, and their versions."""
    found: dict[str, Any] = {}
    for model in site._registry:
        manager: Any = model._default_manager
        names = {field.name for field in model._meta.concrete_fields}
        if model is Community:
            rows = manager.filter(pk=community.pk)
        elif "community" in names:
            rows = manager.filter(community=community)
        elif "member" in names:
            rows = manager.filter(member__community=community)
        elif model is Mail:
            rows = manager.filter(invitation__member__community=community)
        else:
            rows = manager.filter(staff_roles__community=community)
        columns = [
            name
            for name in ("pk", "version", "state", "level", "revoked_at", "password")
            if name in {*names, "pk"}
        ]
        found[model.__name__] = list(rows.order_by("pk").values_list(*columns))
    return found


@pytest.mark.parametrize("name", WALKERS)
@pytest.mark.parametrize("model", [model.__name__ for model in site._registry])
def test_no_crafted_request_reaches_the_other_community(
    model: str, name: str, register: Filled, figure: Callable[..., None]
) -> None:
    caller = WALKERS[name]
    places = register.places
    own, other = (places["b"], places["a"]) if caller == "other" else (places["a"], places["b"])
    client, root = register.clients[caller], register.clients["root"]
    root.user = type(own.staff).objects.get(username="root-of-all")  # type: ignore[attr-defined]
    before = state_of(other.community)
    model_admin = next(each for key, each in site._registry.items() if key.__name__ == model)
    faults, tried = [], 0
    for asked in (*forms(model_admin, own, other, root), *lists(model_admin, own, other, root)):
        cache.clear()
        with transaction.atomic(), zeal_ignore():
            send: Any = client.get if asked.method == "GET" else client.post
            answer = send(asked.address, asked.fields)
            text = b"".join(answer) if answer.streaming else answer.content
            after = state_of(other.community) if asked.method == "POST" else before
            transaction.set_rollback(True)
        tried += 1
        said = [asked.address, *map(str, asked.ids), *map(str, asked.fields.values())]
        leaks = told(caller, without_tokens(text.decode(errors="replace")), _longest(said))
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code}: {asked}")
        if leaks:
            faults.append(f"tells {leaks[:5]}: {asked}")
        if after != before:
            faults.append(f"changes the other community: {asked}")
    figure("admin walk: crafted requests", tried)
    figure("admin walk: faults", len(faults))
    assert not faults, "\n".join(faults[:30])
    assert tried > 20


def _longest(said: list[str]) -> list[str]:
    """What the request said in so many words; a word alone, such as a key, would hide what is told."""
    return [each for each in said if len(each) >= 4 and each.lower() not in ("zirbel", "quercia")]


def test_the_walk_knows_every_placeholder(register: Filled) -> None:
    values = register.places["b"].values("/admin/members/member/")
    unknown = {
        route.address: sorted(set(route.placeholders) - values.keys())
        for model in site._registry
        for route in own_addresses(model)
        if set(route.placeholders) - values.keys()
    }
    assert not unknown, f"views that the walk does not know: {unknown}"


def test_the_walk_notices_a_change(register: Filled) -> None:
    place = register.places["b"]
    before = state_of(place.community)
    place.correction.state = "declined"
    place.correction.save()
    assert state_of(place.community) != before
