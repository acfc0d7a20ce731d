"""Signing in with an OpenID Connect provider, over real HTTP."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from communities.models import Community
from members.models import Member
from recportal import environment
from recportal.accounts.models import User
from tests.factories import PASSWORD, MemberFactory

from .provider import RunningProvider, running_provider, settings_for

LOGIN = "/accounts/oidc/provider/login/"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(
    running: RunningProvider, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None
) -> RunningProvider:
    """The provider, switched on by environment variables as an operator would."""
    for name, value in settings_for(running.issuer).items():
        monkeypatch.setenv(name, value)
    read = environment.identity_provider()
    assert read is not None
    use(read, settings)
    return running


def use(read: environment.IdentityProvider, settings: Any) -> None:
    settings.OIDC = read
    app = {
        "provider_id": "provider",
        "name": read.name,
        "client_id": read.client_id,
        "secret": read.client_secret,
        "settings": {"server_url": read.issuer, "oauth_pkce_enabled": True},
    }
    own = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**own, "APPS": [app]}}


def start(client: Client, query: str = "") -> str:
    answer = client.get(LOGIN + query)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def come_back(client: Client, address: str) -> Any:
    """The provider's answer, brought back by the browser."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(provider: RunningProvider, subject: str, client: Client | None = None, **claims: Any) -> Client:
    client = client or Client()
    provider.knows(subject, **claims)
    answer = come_back(client, provider.consent(start(client), subject))
    assert answer.status_code == 302, answer.content.decode()
    return client


def who(client: Client) -> User | None:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk) if pk else None


def test_it_works(provider: RunningProvider) -> None:
    client = sign_in(provider, "s-1", preferred_username="anna", name="Anna A.")
    user = who(client)
    assert user is not None
    assert (user.username, user.name, user.has_usable_password()) == ("anna", "Anna A.", False)
    assert who(sign_in(provider, "s-1")) == user, "the second login is the same account"


def test_the_login_page_offers_it(provider: RunningProvider, client: Client) -> None:
    assert LOGIN in client.get("/accounts/login/").content.decode()


def test_the_claim_finds_the_membership(provider: RunningProvider, community_a: Community) -> None:
    member = MemberFactory.create(community=community_a, user_id="s-2")
    other = MemberFactory.create(community=community_a, user_id="s-other")
    client = sign_in(provider, "s-2")
    assert Member.objects.get(pk=member.pk).account == who(client)
    assert Member.objects.get(pk=other.pk).account is None
    assert client.get(f"/my/alpha/{member.key}/").status_code == 200


def test_another_claim_can_be_configured(
    provider: RunningProvider, community_a: Community, settings: Any
) -> None:
    settings.OIDC = settings.OIDC._replace(member_claim="member_number")
    member = MemberFactory.create(community=community_a, user_id="M-77")
    client = sign_in(provider, "s-3", member_number="M-77")
    assert Member.objects.get(pk=member.pk).account == who(client)


def test_another_subject_with_the_same_name_gets_nothing(
    provider: RunningProvider, community_a: Community, settings: Any
) -> None:
    settings.OIDC = settings.OIDC._replace(member_claim="preferred_username")
    member = MemberFactory.create(community=community_a, user_id="carla")
    first = sign_in(provider, "s-4", preferred_username="carla")
    second = sign_in(provider, "s-5", preferred_username="carla")
    assert Member.objects.get(pk=member.pk).account == who(first)
    assert who(first) != who(second)
    assert second.get(f"/my/alpha/{member.key}/").status_code == 404


def test_a_local_account_is_never_taken_over(provider: RunningProvider, db: None) -> None:
    root = User.objects.create_superuser("root", "root@example.org", "a password of the tests")
    client = sign_in(
        provider, "s-6", preferred_username="root", email="root@example.org", email_verified=True
    )
    user = who(client)
    assert user is not None
    assert user != root
    assert (user.is_superuser, user.email) == (False, "")
    root.refresh_from_db()
    assert root.check_password("a password of the tests")
    assert not SocialAccount.objects.filter(user=root).exists()


def test_a_signed_in_account_is_not_connected(provider: RunningProvider, member_a: User) -> None:
    client = Client()
    client.force_login(member_a)
    provider.knows("s-7")
    back = provider.consent(start(client, "?process=connect"), "s-7")
    assert come_back(client, back).status_code == 401
    assert not SocialAccount.objects.filter(user=member_a).exists()


def test_an_account_cannot_be_disconnected(provider: RunningProvider) -> None:
    client = sign_in(provider, "s-8")
    account = SocialAccount.objects.get(user=who(client))
    client.post("/accounts/3rdparty/", {"account": account.pk})
    assert SocialAccount.objects.filter(pk=account.pk).exists()


def test_a_forged_state_is_refused(provider: RunningProvider) -> None:
    client = Client()
    back = provider.consent(start(client), "s-9")
    forged = back.replace("state=", "state=x")
    come_back(client, forged)
    assert who(client) is None
    assert not User.objects.exists()


def test_an_answer_works_in_the_browser_that_asked_for_it_alone(provider: RunningProvider) -> None:
    attacker, victim = Client(), Client()
    back = provider.consent(start(attacker), "s-10")
    come_back(victim, back)
    assert who(victim) is None


def test_a_replayed_answer_is_refused(provider: RunningProvider) -> None:
    client = Client()
    back = provider.consent(start(client), "s-11")
    come_back(client, back)
    assert who(client) is not None
    client.post("/accounts/logout/")
    come_back(client, back)
    assert who(client) is None


@pytest.mark.parametrize("door", ["/accounts/logout/", "/admin/logout/"])
def test_logout_works(provider: RunningProvider, door: str) -> None:
    client = sign_in(provider, "s-12")
    answer = client.post(door)
    assert who(client) is None
    page = client.get(answer.headers["Location"]).content.decode()
    there = unescape(re.findall(rf'href="({provider.issuer}[^"]+)"', page)[0])
    assert requests.get(there, timeout=10).ok
    query = parse_qs(urlsplit(there).query)
    assert query == {
        "client_id": ["recportal"],
        "post_logout_redirect_uri": ["http://testserver/accounts/login/"],
    }
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


def test_who_came_by_a_password_is_sent_to_no_provider(provider: RunningProvider, member_a: User) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": member_a.username, "password": PASSWORD})
    assert who(client) == member_a
    assert client.post("/accounts/logout/").headers["Location"] == "/"


def test_a_provider_that_is_silent_hinders_nobody(provider: RunningProvider, settings: Any) -> None:
    client = sign_in(provider, "s-14")
    use(settings.OIDC._replace(issuer="http://127.0.0.1:9"), settings)
    answer = client.post("/accounts/logout/")
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "On a device that is not yours" in page.content.decode()


def test_an_inactive_account_stays_out(provider: RunningProvider) -> None:
    user = who(sign_in(provider, "s-13"))
    User.objects.filter(pk=user.pk if user else 0).update(is_active=False)
    assert who(sign_in(provider, "s-13")) is None


def test_without_a_provider_there_is_no_such_page(client: Client, db: None) -> None:
    assert client.get(LOGIN).status_code == 404


def test_the_same_subject_of_another_issuer_is_somebody_else(
    provider: RunningProvider, settings: Any
) -> None:
    first = who(sign_in(provider, "s-14"))
    with running_provider() as second_provider, pytest.MonkeyPatch.context() as patch:
        app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
        patch.setitem(app["settings"], "server_url", second_provider.issuer)
        assert who(sign_in(second_provider, "s-14")) != first
