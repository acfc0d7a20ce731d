"""What makes a row of its own when a person comes, done by many at once: one row, and nobody gets a 5xx.

With ``RECPORTAL_SOAK=1`` each race is run twenty times, else once.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client

from communities.models import ApiToken, Community, StaffRole
from members.invitations import invite
from members.models import Invitation, Member
from recportal.accounts.models import User
from recportal.desk.models import CommunityFigures
from recportal.desk.stored import count_again
from tests.accounts.odd_provider import OddProvider
from tests.accounts.test_odd_claims import provider, running  # noqa: F401  # fixtures
from tests.factories import PASSWORD, CommunityFactory, MemberFactory, UserFactory
from tests.soak import soak

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

ROUNDS: Final = soak(20, 1)
AT_ONCE: Final = 24


@pytest.fixture(autouse=True)
def fresh_cache(transactional_db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all in threads of their own at one moment; what they give, or the error that one raised."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(60)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(120) for future in [threads.submit(run, call) for call in calls]]


def posts(client: Client, address: str, form: dict[str, Any] | None = None) -> Callable[[], int]:
    return lambda: int(client.post(address, form or {}).status_code)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


class Visit:
    """One browser on its way through the provider, up to the moment before it comes back."""

    def __init__(self, server: str, code: str = "any") -> None:
        self.server, self.code, self.browser = server, code, requests.Session()
        address = f"{server}/accounts/oidc/provider/login/"
        start = self.browser.get(address, allow_redirects=False, timeout=60)
        self.state = parse_qs(urlsplit(start.headers["Location"]).query)["state"][0]

    def comes_back(self) -> int:
        address = f"{self.server}/accounts/oidc/provider/login/callback/"
        query = {"state": self.state, "code": self.code}
        return self.browser.get(address, params=query, allow_redirects=False, timeout=120).status_code

    def is_in(self) -> bool:
        page = self.browser.get(f"{self.server}/account/", allow_redirects=False, timeout=60)
        return page.status_code == 200


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_first_sign_in_by_the_provider(
    provider: OddProvider,  # noqa: F811
    live_server: Any,
    round_: int,
) -> None:
    MemberFactory.create(community=CommunityFactory.create(), user_id="M-77")
    proved = {"email": "anna@example.org", "email_verified": True}
    provider.says({"preferred_username": "anna", "member_number": "M-77", **proved}, {})
    visits = [Visit(live_server.url) for _number in range(AT_ONCE)]
    assert at_once(*(visit.comes_back for visit in visits)) == [302] * AT_ONCE
    account = SocialAccount.objects.get().user
    assert list(User.objects.all()) == [account]
    assert (account.username, account.email) == ("anna", "anna@example.org")
    assert EmailAddress.objects.filter(user=account).count() == 1
    assert Member.objects.get().account == account
    assert all(visit.is_in() for visit in visits)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_first_sign_ins_of_many_people_of_one_name_and_address(
    provider: OddProvider,  # noqa: F811
    live_server: Any,
    round_: int,
) -> None:
    same = {"preferred_username": "anna", "email": "anna@example.org", "email_verified": True}
    for number in range(AT_ONCE):
        person = {"sub": f"s-{number}", **same}
        provider.says(person, person, code=f"c-{number}")
    visits = [Visit(live_server.url, f"c-{number}") for number in range(AT_ONCE)]
    assert at_once(*(visit.comes_back for visit in visits)) == [302] * AT_ONCE
    names = {f"anna-{number}" for number in range(2, AT_ONCE + 1)} | {"anna"}
    assert set(User.objects.values_list("username", flat=True)) == names
    assert User.objects.filter(email="anna@example.org").count() == 1
    assert EmailAddress.objects.count() == 1
    assert all(visit.is_in() for visit in visits)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_an_invitation_is_accepted_once(transactional_db: None, round_: int) -> None:
    member = MemberFactory.create(community=CommunityFactory.create())
    token = invite(member, None)[1]
    users = UserFactory.create_batch(4)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    answers = at_once(
        *(posts(signed_in(user), f"/invitations/{token}/accept/") for user in users for _twice in range(2)),
        *(
            posts(
                Client(raise_request_exception=False),
                f"/invitations/{token}/register/",
                {**form, "username": name},
            )
            for name in ("a", "a", "b", "b")
        ),
    )
    assert all(status < 500 for status in answers), answers
    member.refresh_from_db()
    assert Invitation.objects.get().accepted_by == member.account is not None
    assert User.objects.exclude(pk__in=[user.pk for user in users]).count() <= 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_an_invitation_by_mail_makes_one_account(transactional_db: None, round_: int) -> None:
    token = invite(MemberFactory.create(community=CommunityFactory.create()), None, "anna@example.org")[1]
    form = {"password1": PASSWORD, "password2": PASSWORD}
    address = f"/invitations/{token}/register/"
    answers = at_once(*(posts(Client(raise_request_exception=False), address, form) for _number in range(6)))
    assert answers.count(302) == 6, answers
    assert EmailAddress.objects.get().user == User.objects.get() == Member.objects.get().account


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_role_is_given_once(transactional_db: None, round_: int) -> None:
    root = UserFactory.create(username="root", is_superuser=True)
    anna = UserFactory.create(username="anna")
    community = CommunityFactory.create(key="alpha")
    form = {"username": "anna", "community": community.pk, "level": "editor"}

    def grant(where: str) -> Callable[[], int]:
        def run() -> int:
            call_command("grant_role", "anna", where, "editor", stdout=StringIO())
            return 0

        return run

    answers = at_once(
        *(grant("alpha") for _number in range(4)),
        *(grant("all") for _number in range(4)),
        *(posts(signed_in(root), "/admin/communities/staffrole/add/", form) for _number in range(4)),
    )
    assert all(answer < 500 for answer in answers), answers
    assert {role.community for role in StaffRole.objects.filter(user=anna)} == {None, community}
    assert StaffRole.objects.count() == 2


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_an_account_of_one_name_is_added_once(transactional_db: None, round_: int) -> None:
    root = UserFactory.create(username="root", is_superuser=True)
    form = {"username": "new", "usable_password": "false", "name": "", "email": ""}
    answers = at_once(*(posts(signed_in(root), "/admin/accounts/user/add/", form) for _number in range(6)))
    assert answers.count(302) == 1, answers
    assert set(answers) <= {200, 302}, answers


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_addresses_are_changed_and_proved_at_once(transactional_db: None, round_: int) -> None:
    """Two accounts prove the same address, each in several browsers: it belongs to one of them."""
    browsers = []
    for user in UserFactory.create_batch(2):
        for _number in range(3):
            client = Client(raise_request_exception=False)
            client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
            client.post("/accounts/reauthenticate/", {"password": PASSWORD})
            browsers.append(client)
    form = {"email": "new@example.org", "action_add": ""}
    answers = at_once(*(posts(client, "/accounts/email/", form) for client in browsers))
    assert all(status < 500 for status in answers), answers
    pending = EmailAddress.objects.filter(email="new@example.org", verified=False)
    assert pending.count() == pending.values("user").distinct().count() == 2
    links = [f"/accounts/confirm-email/{EmailConfirmationHMAC(each).key}/" for each in pending]
    answers = at_once(*(posts(client, link) for link in links for client in browsers))
    assert all(status < 500 for status in answers), answers
    assert EmailAddress.objects.filter(email="new@example.org", verified=True).count() == 1
    assert User.objects.filter(email="new@example.org").count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_second_factor_is_set_up_once(transactional_db: None, round_: int) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    user = UserFactory.create(username="anna")
    browsers = []
    for _number in range(4):
        client = Client(raise_request_exception=False)
        client.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        client.get("/accounts/2fa/totp/activate/")
        counter = next(iter(yield_hotp_counters_from_time()))
        code = format_hotp_value(hotp_value(client.session["mfa.totp.secret"], counter))
        browsers.append((client, {"code": code}))
    answers = at_once(*(posts(client, "/accounts/2fa/totp/activate/", form) for client, form in browsers))
    assert all(status < 500 for status in answers), answers
    generate = "/accounts/2fa/recovery-codes/generate/"
    answers = at_once(*(posts(client, generate) for client, _form in browsers for _twice in range(2)))
    assert all(status < 500 for status in answers), answers
    assert Authenticator.objects.filter(user=user, type="totp").count() == 1
    assert Authenticator.objects.filter(user=user, type="recovery_codes").count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_account_signs_in_everywhere_at_once(transactional_db: None, round_: int) -> None:
    user = UserFactory.create(username="anna")
    form = {"login": "anna", "password": PASSWORD}
    clients = [Client(raise_request_exception=False) for _number in range(8)]
    answers = at_once(*(posts(client, "/accounts/login/", form) for client in clients))
    assert all(status < 500 for status in answers), answers
    for client, status in zip(clients, answers, strict=True):
        assert ("_auth_user_id" in client.session) == (status == 302)
    assert 302 in answers
    assert User.objects.get() == user


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_figures_are_counted_by_many_at_once(transactional_db: None, round_: int) -> None:
    for _number in range(5):
        MemberFactory.create(community=CommunityFactory.create())
    orders = ("pk", "-pk", "key", "-key")
    at_once(*(lambda order=order: list(count_again(Community.objects.order_by(order))) for order in orders))
    assert CommunityFigures.objects.count() == 5


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_tokens_are_made_by_many_at_once(transactional_db: None, round_: int) -> None:
    people = UserFactory.create_batch(4, is_superuser=True)
    form = {"name": "forecast", "community": "", "read_only": "on"}
    address = "/admin/communities/apitoken/add/"
    answers = at_once(*(posts(signed_in(user), address, form) for user in people for _twice in range(2)))
    assert answers == [201] * 8, answers
    assert ApiToken.objects.count() == ApiToken.objects.values("digest").distinct().count() == 8
