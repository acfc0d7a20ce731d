"""Whatever is sent to the admin, in whatever field, address or body: it never answers 5xx."""

import itertools
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Asset
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, delete, form_on, history
from tests.staff.conftest import Register

DIGITS = "9" * 400
HOSTILE: list[str] = [
    "",
    " ",
    "null",
    "NaN",
    "-Infinity",
    "1e400",
    DIGITS,
    f"-{DIGITS}",
    "9" * 5000,
    "9223372036854775808",
    "true",
    "[]",
    "{}",
    "5",
    "[5]",
    '[{"id": 5}]',
    '[{"id": "x", "type": null}]',
    '{"north": null}',
    '{"north": 5, "operators": [], "topology": {}, "measures": "x", "pod": 1, "tilt": "x"}',
    '{"a": 1, "a": 2}',
    '{"": ""}',
    '"\\u0000"',
    '{"email": "\\u0000"}',
    '"\\ud800"',
    '{"email": "\\ud800"}',
    '["\\udfff"]',
    f'{{"tilt": {DIGITS}}}',
    "[" * 100_000,
    '{"a":' * 100_000,
    "[" * 40 + "]" * 40,
    "\x00",
    "a\x00b",
    "\x1f\x7f\u2028",
    "\ufeff\u202e\U0001f600",
    "%00",
    "(",
    "'; DROP TABLE members_member; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% now %}%(x)s%s{0}",
    "٣",
    "é" * 300,
    "x" * 100_000,
]


def in_turn(fields: list[str], value: str) -> Iterator[list[str]]:
    """Without end: three of the fields at a time, others for each value, so that each field meets many.

    With ``RECPORTAL_HOSTILE`` all of them, each time: every field meets every value.
    """
    if "RECPORTAL_HOSTILE" in os.environ:
        yield from itertools.repeat(fields)
    ahead = itertools.islice(itertools.cycle(fields), HOSTILE.index(value), None)
    while True:
        yield list(itertools.islice(ahead, 3))


values = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=300),
    st.integers().map(str),
    st.floats().map(str),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["id", "type", "name", "north", "topology", "children", "operators", "pod"])
                | st.text(max_size=9),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).map(json.dumps),
)
many = settings(
    max_examples=50 * int(os.environ.get("RECPORTAL_HOSTILE", "4")), suppress_health_check=list(HealthCheck)
)

FORMS = [
    "/admin/communities/community/add/",
    "/admin/communities/staffrole/add/",
    "/admin/members/member/add/",
    "/admin/assets/asset/add/",
    "/admin/accounts/user/add/",
    "{community}",
    "{role}",
    "{member}",
    "{asset}",
    "{user}",
    "{password}",
    "/accounts/password/change/",
]


def tried(browser: Browser, url: str, fields: dict[str, Any]) -> Any:
    """The answer to a form; what it did is undone, so that the next one meets the version that it saw."""
    with transaction.atomic():
        answer = browser.post(url, fields)
        transaction.set_rollback(True)
    return answer


@pytest.fixture
def root(superuser: User, manager_a: User, register: Register) -> Browser:
    return Browser(superuser)


@pytest.fixture
def places(manager_a: User, register: Register) -> dict[str, str]:
    return {
        "community": change(register.a),
        "role": change(manager_a.staff_roles.get()),
        "member": change(register.anna),
        "asset": change(register.pv),
        "user": change(manager_a),
        "password": f"/admin/accounts/user/{manager_a.pk}/password/",
        "history": history(register.anna),
        "delete": delete(register.anna),
    }


def check(answer: Any, *asked: Any) -> None:
    assert answer.status_code < 500, asked


def sound(url: str, register: Register) -> dict[str, Any]:
    """What makes a form for adding complete, so that one hostile value is the only thing wrong."""
    given: dict[str, dict[str, Any]] = {
        "/admin/communities/community/add/": {"name": "X"},
        "/admin/communities/staffrole/add/": {"username": "manager_a", "community": "", "level": "viewer"},
        "/admin/members/member/add/": {
            "name": "X",
            "role": "consumer",
            "status": "active",
            "community": register.a.pk,
        },
        "/admin/assets/asset/add/": {"name": "X", "asset_type": "pv", "owner": register.anna.pk},
        "/admin/accounts/user/add/": {"username": "x", "usable_password": "false"},
    }
    return given.get(url, {})


@pytest.mark.parametrize("form", FORMS)
def test_a_form_full_of_it(root: Browser, places: dict[str, str], register: Register, form: str) -> None:
    url = form.format(**places)
    fields = form_on(root.get(url))
    for value in HOSTILE:
        filled = dict.fromkeys(fields, value)
        check(tried(root, url, filled), url, value)
        if "seen" in fields:
            check(tried(root, url, {**filled, "seen": fields["seen"]}), url, value)


@many
@given(form=st.sampled_from(FORMS), which=st.integers(0, 30), value=values)
def test_one_field_with_it(
    root: Browser, places: dict[str, str], register: Register, form: str, which: int, value: str
) -> None:
    url = form.format(**places)
    fields = {**form_on(root.get(url)), **sound(url, register)}
    name = sorted(fields)[which % len(fields)]
    check(tried(root, url, {**fields, name: value}), url, name, value)


LISTS = [
    "/admin/communities/community/",
    "/admin/communities/staffrole/",
    "/admin/members/member/",
    "/admin/assets/asset/",
    "/admin/accounts/user/",
]
PAGES = [
    *LISTS,
    *FORMS,
    "{history}",
    "{delete}",
    "/admin/",
    "/admin/login/",
    "/admin/autocomplete/",
    "/admin/search/",
]
PARAMETERS = [
    "q",
    "p",
    "o",
    "e",
    "all",
    "_popup",
    "_to_field",
    "_facets",
    "_changelist_filters",
    "community",
    "owner",
    "area",
    "role",
    "role__exact",
    "status",
    "level",
    "is_active",
    "asset_type",
    "sensor",
    "account",
    "point",
    "country",
    "kwp_from",
    "kw_to",
    "installed_from",
    "created_to",
    "updated_from",
    "palette",
    "key",
    "key__regex",
    "pk__in",
    "id",
    "community__key__regex",
    "properties__tilt",
    "extra__x",
    "user__password",
    "next",
    "term",
    "page",
    "seen",
]
QUERIES = [
    "?key=%00",
    "?q=%00",
    "?role__exact=%00",
    "?_changelist_filters=%00",
    "?key__regex=(",
    "?p=99999999999999999999",
    "?p=-1",
    "?p=0",
    "?p=x",
    "?o=x",
    "?o=1.-2.99.-.--1..x",
    "?o=" + ".".join(["1"] * 3000),
    "?q=" + "+".join(["a"] * 3000),
    "?q=" + "%25" * 3000,
    "?q=%ED%A0%80",
    "?q=%F0%28%8C%28",
    "?e=1",
    "?e=1&p=77",
    "?all=1",
    "?_to_field=password",
    "?_to_field=id&_popup=1",
    "?_facets=True",
    "?_changelist_filters=role%3Dking%26p%3Dx%26%25%25",
    "?" + "&".join(f"a{number}=1" for number in range(2000)),
    "?community=" + DIGITS,
    "?community=1&community=x",
    "?owner[]=1",
    "?%",
    "?=&=&&",
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:40])
def test_addresses_that_mean_nothing(root: Browser, places: dict[str, str], query: str) -> None:
    for page in PAGES:
        url = page.format(**places)
        check(root.client.get(url + query), url, query)
        if page in LISTS:
            check(root.client.post(url + query, {"action": "delete_selected"}), url, query)


@many
@given(page=st.sampled_from(PAGES), query=st.dictionaries(st.sampled_from(PARAMETERS), values, max_size=3))
def test_any_query(root: Browser, places: dict[str, str], page: str, query: dict[str, str]) -> None:
    url = page.format(**places)
    check(root.client.get(url, query), url, query)


@pytest.mark.parametrize(
    "ident",
    [
        "x",
        "0",
        "-1",
        "1.5",
        "9" * 30,
        "9" * 400,
        "9" * 5000,
        "_00",
        "_",
        "__",
        "%00",
        "%2F",
        "1_2F2",
        "٣",
        "null",
    ],
)
def test_ids_that_are_none(root: Browser, ident: str) -> None:
    for page in LISTS:
        for view in ("change", "delete", "history"):
            url = f"{page}{ident}/{view}/"
            for answer in (root.get(url), root.post(url, {"post": "yes", "name": "X"})):
                assert answer.status_code in (400, 403, 404), url
        check(root.get(f"{page}{ident}/"), ident)
    check(root.get(f"/admin/accounts/user/{ident}/password/"), ident)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:20])
def test_choices_and_actions_that_are_none(root: Browser, register: Register, value: str) -> None:
    for page in LISTS:
        for data in (
            {"action": "delete_selected", "_selected_action": value},
            {"action": "delete_selected", "_selected_action": value, "post": "yes", "reason": value},
            {"action": value, "_selected_action": "1", "index": "0"},
            {"action": "delete_selected", "_selected_action": "0", "index": value, "select_across": value},
        ):
            check(root.post(page, data), page, data)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:20])
def test_reasons_for_a_deletion(root: Browser, register: Register, value: str) -> None:
    asset = Asset.objects.create(owner=register.anna, name="X", asset_type="load")
    check(root.post(delete(asset), {"post": value, "reason": value, "_popup": value}), value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=%ED%A0%80&seen=%FF%00", "application/x-www-form-urlencoded"),
        (b"name=%zz&&&=;&%", "application/x-www-form-urlencoded"),
        (b"name=x", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"name=x", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (b"not multipart", "multipart/form-data; boundary=x"),
        (b"not multipart", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nb\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\xfe\x00\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (b'{"name": 1}', "application/json"),
        (b"\xff" * 100, "text/plain"),
        (b"", ""),
    ],
)
def test_bodies_that_are_none(root: Browser, places: dict[str, str], body: bytes, kind: str) -> None:
    for page in (*FORMS, *LISTS):
        url = page.format(**places)
        check(root.client.generic("POST", url, body, kind), url, body[:40], kind)


def test_every_method(root: Browser, places: dict[str, str]) -> None:
    for page in PAGES:
        url = page.format(**places)
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"):
            check(root.client.generic(method, url), method, url)


def test_the_net_catches_a_crash(root: Browser, register: Register, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.staff.crashing_urls"
    with pytest.raises(AssertionError):
        check(root.get("/crash/"))
