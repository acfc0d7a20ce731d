"""What the identity provider says may have any shape: a person gets a page, and nobody a 5xx."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from communities.models import Community
from members.models import Member
from recportal import environment
from recportal.accounts.models import User
from tests.factories import MemberFactory
from tests.soak import soak

from .odd_provider import ABSENT, OddProvider, odd_provider
from .provider import settings_for
from .test_identity_provider import start, use, who

VALUES: Final = {
    "absent": ABSENT,
    "null": None,
    "empty": "",
    "blank": " ",
    "300 characters": "x" * 300,
    "NUL": "a\0b",
    "surrogate": "a\ud800",
    "line break": "a\nb",
    "a list": ["a"],
    "a list with NUL": ["a\0"],
    "an object": {"a": "b"},
    "an object with NUL": {"a\0": {"b": "\ud800"}},
    "zero": 0,
    "a number": 7,
    "a large number": 10**400,
    "beyond all years": 10**15,
    "a number as text": "4102444800",
    "NaN": float("nan"),
    "infinity": float("inf"),
    "true": True,
    "false": False,
}
#: What ours reads, and what allauth and its library for tokens read.
CLAIMS: Final = (
    ("sub",),
    ("iss",),
    ("aud",),
    ("exp",),
    ("iat", "nbf"),
    ("jti",),
    ("preferred_username",),
    ("member_number",),
    ("name",),
    ("email",),
    ("email_verified",),
    ("given_name", "family_name", "picture", "user_id", "phone", "nonce", "locale"),
)
PLACES: Final = soak(("id_token", "userinfo", "both"), ("both",))


@pytest.fixture(scope="module")
def running() -> Iterator[OddProvider]:
    with odd_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: OddProvider, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> OddProvider:
    for name, value in settings_for(running.issuer).items():
        monkeypatch.setenv(name, value)
    read = environment.identity_provider()
    assert read is not None
    use(read._replace(member_claim="member_number"), settings)
    running.reset()
    return running


def come_back(client: Client) -> Any:
    state = parse_qs(urlsplit(start(client)).query)["state"][0]
    return client.get("/accounts/oidc/provider/login/callback/", {"state": state, "code": "any"})


@pytest.mark.parametrize("claims", CLAIMS, ids=" ".join)
def test_a_claim_of_any_shape_gets_a_page(provider: OddProvider, claims: tuple[str, ...]) -> None:
    for place in PLACES:
        for shape, value in VALUES.items():
            odd = dict.fromkeys(claims, value)
            provider.says(odd if place != "userinfo" else {}, odd if place != "id_token" else {})
            answer = come_back(Client())
            assert answer.status_code in (302, 401), (place, shape, answer.status_code)
    for account in SocialAccount.objects.select_related("user"):
        assert str(account)
        assert account.user.username
    client = Client()
    client.force_login(User.objects.order_by("pk").last() or User.objects.create_user("someone"))
    assert client.get("/accounts/3rdparty/").status_code == 200
    assert client.get("/account/").status_code == 200


def test_an_ordinary_person_gets_in(provider: OddProvider) -> None:
    client = Client()
    assert come_back(client).status_code == 302
    assert who(client) == User.objects.get(username="someone")


@pytest.mark.parametrize("value", [ABSENT, None, "", "a\0", ["a"], 7, {"a": 1}])
def test_who_has_no_subject_gets_no_account(provider: OddProvider, value: Any) -> None:
    provider.says({"sub": value}, {"sub": value})
    assert come_back(Client()).status_code == 401
    assert not User.objects.exists()


@pytest.mark.parametrize("value", ["M-77\0", ["M-77"], {"M-77": 1}, "M-77\ud800"])
def test_a_claim_that_cannot_be_kept_is_no_other_ones(
    provider: OddProvider, community_a: Community, value: Any
) -> None:
    MemberFactory.create(community=community_a, user_id="M-77")
    provider.says({"member_number": value}, {})
    assert come_back(Client()).status_code == 302
    assert Member.objects.get().account is None


@pytest.mark.parametrize("email", ["@", "a b@example.org", "x" * 300 + "@example.org", "a@b@example.org"])
def test_an_address_that_is_none_is_not_taken(provider: OddProvider, email: str) -> None:
    provider.says({"email": email, "email_verified": True}, {})
    assert come_back(Client()).status_code == 302
    assert User.objects.get().email == ""


ANSWERS: Final = {
    "no JSON": b"<html>",
    "nothing": b"",
    "not UTF-8": b'{"a": "\xff"}',
    "null": None,
    "a list": ["access_token", "sub"],
    "a text": "access_token",
    "a number": b"7",
    "an empty object": {},
    "status 500": 500,
    "odd values": {
        "access_token": ["a"],
        "sub": ["a"],
        "token_endpoint": 7,
        "authorization_endpoint": [],
        "token_endpoint_auth_methods_supported": 7,
    },
    "an odd address": {"token_endpoint": "http://[", "authorization_endpoint": "http://["},
}


@pytest.mark.parametrize("shape", ANSWERS)
@pytest.mark.parametrize("endpoint", ["userinfo", "token", "discovery"])
def test_an_answer_of_any_shape_gets_a_page(provider: OddProvider, endpoint: str, shape: str) -> None:
    client = Client()
    state = parse_qs(urlsplit(start(client)).query)["state"][0]
    setattr(provider, endpoint, ANSWERS[shape])
    answer = client.get("/accounts/oidc/provider/login/callback/", {"state": state, "code": "any"})
    assert answer.status_code == 401
    assert not User.objects.exists()
    if endpoint == "discovery":
        assert Client().get("/accounts/oidc/provider/login/").status_code == 401


@pytest.mark.parametrize(
    ("name", "value"), [("expires_in", "soon"), ("expires_in", ["a"]), ("id_token", None), ("id_token", "")]
)
def test_odd_parts_of_a_token_that_do_not_matter(provider: OddProvider, name: str, value: Any) -> None:
    provider.token = {**provider.token_of("any"), name: value}
    assert come_back(Client()).status_code == 302


@pytest.mark.parametrize("value", [7, ["a"], "a.b", {"a": 1}, "a.b.c"])
def test_an_identity_token_of_any_shape_gets_a_page(provider: OddProvider, value: Any) -> None:
    provider.token = {**provider.token_of("any"), "id_token": value}
    assert come_back(Client()).status_code == 401


def test_a_provider_that_is_away_gets_a_page(provider: OddProvider, settings: Any) -> None:
    use(settings.OIDC._replace(issuer="http://127.0.0.1:9"), settings)
    assert Client().get("/accounts/oidc/provider/login/").status_code == 401
