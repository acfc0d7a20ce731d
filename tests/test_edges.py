"""Dates, moments and numbers at their edges, and names of what is none of the caller's: never a 5xx.

What is tried is read from the classes and the source: every filter of every list, every parameter that a view
reads from an address, every placeholder of every route, every attribute of a record's class as a place.
"""

import logging
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.cache import cache
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from django_filters import Filter
from zeal import zeal_ignore

from assets.filters import AssetFilter, PropertyFilter
from assets.models import Asset
from communities.filters import CommunityFilter
from communities.models import ApiToken
from members.filters import MemberFilter
from members.models import Correction, Member
from recportal.accounts.models import User
from recportal.api.filters import UpdatedSinceFilter
from recportal.records.history import BOOKKEEPING
from recportal.staff.filters import parameters_of
from recportal.staff.ranges import CreatedRange, UpdatedRange
from recportal.staff.site import site
from tests.addresses import Route, routes
from tests.pages.conftest import signed_in
from tests.permissions.register import Filled, filled
from tests.staff.browsing import Browser, change, form_on, listing, page
from tests.staff.conftest import Register, register, superuser
from tests.test_translations import ROOT

__all__ = ["register", "superuser"]  # fixtures of the admin's tests

MOMENTS: Final = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59",
    "2024-01-01T00:00:00+24:00",
    "2024-06-30T23:59:60Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:00.1234567890Z",
)
DAYS: Final = (
    "0001-01-01",
    "9999-12-31",
    "0000-01-01",
    "10000-01-01",
    "-0001-01-01",
    "2024-02-30",
    "2024-W01-1",
    "20240101",
    "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0661",  # Arabic digits
    "31/12/9999",
)
NUMBERS: Final = (
    "NaN",
    "-Infinity",
    "1e400",
    "1e308",
    "-0",
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 40,
    "9" * 5000,
    "1_000",
    "\u0661\u0662",
    "\u00b2",
    "0x10",
)
NAMES: Final = ("pk", "assets", "history", "__class__", "id__in", "_meta", "../../x", "%(x)s", "x" * 3000)
EDGES: Final = (*MOMENTS, *DAYS, *NUMBERS, *NAMES)
#: Where each request takes long, or each is like the next.
FEW: Final = ("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59", "NaN", "1e308", "9" * 19, "9" * 5000,
              "-1", "\u0661\u0662", "history", "__class__")  # fmt: skip


@pytest.fixture
def lot(db: None) -> Iterator[Filled]:
    logging.disable(logging.ERROR)
    yield filled()
    logging.disable(logging.NOTSET)


def status_of(client: Client, address: str, query: dict[str, Any] | None = None) -> tuple[int, Any]:
    """What a GET comes back with; a crash is an answer 500."""
    cache.clear()
    with transaction.atomic(), zeal_ignore():
        answer: Any = client.get(address, query)
        if answer.streaming:
            b"".join(answer)
        transaction.set_rollback(True)
    return answer.status_code, answer


def values_for(each: Filter) -> tuple[str, ...]:
    """All edges of what a filter reads, and a few of what it does not."""
    if isinstance(each, UpdatedSinceFilter):
        return EDGES
    return FEW if isinstance(each, PropertyFilter) else tuple({*NAMES, *FEW})


def api_filters() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(address, filter, values) for each filter of each list of the API.

    Lists across communities have the filters of those within one, and the comparisons of numbers are alike.
    """
    lists = {
        "/api/communities/": CommunityFilter,
        "/api/communities/quercia/members/": MemberFilter,
        "/api/communities/quercia/assets/": AssetFilter,
    }
    for address, filters in lists.items():
        for name, each in filters.base_filters.items():
            yield address, name, values_for(each)
        yield address, "limit", (*NUMBERS, *FEW)
        yield address, "cursor", EDGES
        yield address, "ordering", (*NAMES, *FEW)
    for address in ("/api/members/", "/api/assets/"):
        yield address, "updated_since", MOMENTS


def test_filters_of_the_api(lot: Filled) -> None:
    faults, tried = [], 0
    for address, name, values in api_filters():
        for value in values:
            status, answer = status_of(lot.clients["root"], address, {name: value})
            tried += 1
            if status not in (200, 400):
                faults.append(f"{status}: {address} {name}={value[:40]}")
            elif status == 400 and answer.json()["errors"][0]["parameter"] != name:
                faults.append(f"names another parameter: {address} {name}={value[:40]}")
    assert not faults, "\n".join(faults[:40])
    assert tried > 1000


def test_moments_that_no_clock_reaches_are_refused(lot: Filled) -> None:
    for moment, expected in (
        ("0001-01-01T00:00:00Z", 200),
        ("9999-12-31T23:59:59.999999Z", 200),
        ("0001-01-01T00:00:00+23:59", 400),
        ("9999-12-31T23:59:59-23:59", 400),
    ):
        for address in ("/api/communities/", "/api/members/", "/api/assets/"):
            assert status_of(lot.clients["root"], address, {"updated_since": moment})[0] == expected, moment


def test_updated_since_says_what_it_is_not_for() -> None:
    for filters in (AssetFilter, MemberFilter, CommunityFilter):
        each = filters.base_filters["updated_since"]
        assert isinstance(each, UpdatedSinceFilter)
        said = str(each.extra["help_text"])
        assert "no way to stay in step" in said
        assert "deleted never appear" in said


def test_lists_of_the_admin(lot: Filled) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="root-of-all")
    faults, tried = [], 0
    for model, model_admin in site._registry.items():
        names = {name for each in model_admin.get_list_filter(request) for name in parameters_of(each)}
        assert names
        names |= {PAGE_VAR, ORDER_VAR, "_to_field", "_changelist_filters"}
        address = listing(model._meta.label_lower)
        for name in sorted(names):
            for value in FEW if name.endswith(("_from", "_to", "page")) else FEW[3:]:
                status = status_of(lot.clients["root"], address, {name: value})[0]
                tried += 1
                if status not in (200, 302, 400):
                    faults.append(f"{status}: {address} {name}={value[:40]}")
    assert not faults, "\n".join(faults)
    assert tried > 300


def parameters_that_views_read() -> set[str]:
    """The names in ``request.GET.get("…")`` and its kin, in all sources."""
    pattern = re.compile(r"(?:\.GET|query_params)(?:\.get\(|\.getlist\(|\[)\s*\"(\w+)\"")
    files = [
        file
        for folder in ("recportal", "communities", "members", "assets")
        for file in Path(ROOT / folder).rglob("*.py")
    ]
    return {name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))}


def pages_without_a_file() -> Iterator[Route]:
    """Routes that a GET reads; those of allauth and Swagger are not ours."""
    for route in routes():
        if not route.address.startswith(("/accounts/", "/api/docs/", "/static/", "/admin/logout/")):
            yield route


@pytest.mark.once
@pytest.mark.parametrize("caller", ["root", "member"])
def test_parameters_of_every_address(caller: str, lot: Filled) -> None:
    names = parameters_that_views_read()
    assert {"at", "page", "p", "id", "under", "kind", "show", "asset"} <= names
    faults, place = [], lot.places["a"]
    for route in pages_without_a_file():
        address = route.filled(place.values(route.address))
        for value in ("9" * 5000, "-1", "/assets", "/history/0"):
            status = status_of(lot.clients[caller], address, dict.fromkeys(names, value))[0]
            if status >= 500:
                faults.append(f"{status}: {address} {value[:40]}")
    assert not faults, "\n".join(faults[:40])


def test_placeholders_of_every_address(lot: Filled) -> None:
    faults, place, tried = [], lot.places["a"], 0
    ids = (
        "0",
        "-1",
        "9223372036854775808",
        "9" * 5000,
        "\u0661\u0662",
        "__class__",
    )
    for route in pages_without_a_file():
        values = place.values(route.address)
        for name in route.placeholders:
            for hostile in ids:
                address = route.filled({**values, name: hostile})
                status = status_of(lot.clients["root"], address)[0]
                tried += 1
                if status >= 500:
                    faults.append(f"{status}: {address[:100]}")
    assert not faults, "\n".join(faults[:40])
    assert tried > 500


# Places in a record


@pytest.mark.once
@pytest.mark.parametrize(("model", "query"), [(Member, ""), (Asset, "&asset={asset}")])
def test_a_place_is_in_a_column_that_people_know(model: type[Any], query: str, lot: Filled) -> None:
    place = lot.places["a"]
    base = f"/my/quercia/{place.member.key}/corrections/new/"
    asked = query.format(asset=place.asset.key)
    declared = {
        column.name
        for column in model._meta.concrete_fields
        if not column.is_relation and column.name not in BOOKKEEPING
    }
    fields = {each.name for each in model._meta.get_fields()}
    names = {*dir(model), *fields, "pk", "", "x", "0"}
    assert {"assets", "search_text", "community"} & names
    faults = []
    for name in sorted(names):
        for below in ("", "/0") if name in fields else ("",):
            status = status_of(lot.clients["member"], f"{base}?at=/{name}{below}{asked}")[0]
            wanted = {200} if name in declared and not below else {200, 404} if name in declared else {404}
            if status not in wanted:
                faults.append(f"{status}: {name}{below}")
    assert not faults, "\n".join(faults)
    assert len(declared) >= 5


def test_a_correction_of_such_a_place_is_not_made(lot: Filled) -> None:
    address = f"/my/quercia/{lot.places['a'].member.key}/corrections/new/?at=/assets"
    before = Correction.objects.count()
    assert lot.clients["member"].post(address, {"value": "x", "message": "y"}).status_code == 404
    assert Correction.objects.count() == before


# Days and moments in forms


def test_the_day_on_which_a_token_expires(register: Register, manager_a: User) -> None:
    browser = Browser(manager_a)
    address = page("communities.apitoken", "add")
    for day, time in product(DAYS, ("00:00", "23:59:59", "99:99")):
        typed = {"name": "tool", "community": register.a.pk, "expires_at_0": day, "expires_at_1": time}
        assert browser.send(address, **typed).status_code == 200
    assert not ApiToken.objects.exists()


def test_a_token_expires_within_a_thousand_years(register: Register, manager_a: User) -> None:
    browser = Browser(manager_a)
    for year, status in ((1999, 200), (2000, 201), (2999, 201), (3000, 200)):
        typed = {"name": f"{year}", "community": register.a.pk, "expires_at_0": f"{year}-06-30"}
        answer = browser.send(page("communities.apitoken", "add"), **typed, expires_at_1="12:00")
        assert answer.status_code == status, year
    assert browser.get(listing("communities.apitoken")).status_code == 200


@pytest.mark.parametrize("day", DAYS)
def test_days_in_the_forms_of_records(day: str, register: Register, superuser: User) -> None:
    browser = Browser(superuser)
    holding = register.anna.holdings.filter(kind="delivery_point").get()
    base = change(register.anna).removesuffix("change/")
    forms = {
        f"{base}holdings/{holding.pk}/": {"since": day, "until": day, "reason": "x"},
        change(register.anna): {"take_over": str(holding.pk), "take_over_on": day, "name": "Anna B."},
        change(register.pv): {"properties-installation_date": day},
        f"{base}status/": {"look": "1", "value": "suspended", "reason": day},
    }
    for address, typed in forms.items():
        sent = {**form_on(browser.get(address)), **typed}
        assert browser.post(address, sent).status_code in (200, 302), address
        for seen in (address, listing("members.member"), listing("assets.asset"), f"{base}holdings/"):
            assert browser.get(seen).status_code in (200, 302), (address, seen)


def test_days_that_members_propose(lot: Filled) -> None:
    client = signed_in(User.objects.get(username="ginevra"))
    base = f"/my/quercia/{lot.places['a'].member.key}/"
    places = ("/extra/joined_on", f"/properties/installation_date&asset={lot.places['a'].asset.key}")
    for day, at in product(DAYS, places):
        answer = client.post(f"{base}corrections/new/?at={at}", {"value": day, "message": ""})
        assert answer.status_code in (302, 422)
        assert client.get(f"{base}corrections/").status_code == 200


def test_the_first_day_of_the_calendar_is_no_moment_east_of_greenwich() -> None:
    """The filters of lists by moments read days on the clock that is active."""
    for each in (CreatedRange, UpdatedRange):
        reader = each.__new__(each)
        assert reader.read("0001-01-01").year == 1
        with timezone.override("Europe/Rome"), pytest.raises(ValueError, match="calendar"):
            reader.read("0001-01-01")
