"""Signing in with a local account: password, code by e-mail, reset, second factor, limits."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client

from recportal.accounts.addresses import accounts_of
from recportal.accounts.models import User
from tests.outbox import sent_mail

PASSWORD = "a password of the tests"
LOGIN = "/accounts/login/"


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna", "anna@example.org", PASSWORD)


def attempt(client: Client, login: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": login, "password": password})


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize("login", ["anna", "anna@example.org", "Anna@Example.org"])
def test_it_works_by_name_and_by_address(anna: User, client: Client, login: str) -> None:
    assert attempt(client, login).headers["Location"] == "/"
    assert who(client) == str(anna.pk)


@pytest.mark.parametrize(("login", "password"), [("anna", "wrong"), ("ANNA", "wrong"), ("bob", PASSWORD)])
def test_it_rejects_a_wrong_password_and_an_unknown_name(
    anna: User, client: Client, login: str, password: str
) -> None:
    attempt(client, login, password)
    assert who(client) is None


def test_names_that_differ_by_case_are_two_accounts(anna: User, client: Client) -> None:
    other = User.objects.create_user("Anna", "", "another password")
    attempt(client, "Anna", "another password")
    assert who(client) == str(other.pk)


def test_a_code_by_mail_works(anna: User, client: Client) -> None:
    client.post("/accounts/login/code/", {"email": "anna@example.org"})
    assert sent_mail()[-1].to == ["anna@example.org"]
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(sent_mail()[-1].body), re.M)
    assert found, sent_mail()[-1].body
    client.post("/accounts/login/code/confirm/", {"code": found[1]})
    assert who(client) == str(anna.pk)


@pytest.mark.parametrize("own", ["", "eve@example.org"])
def test_an_address_that_somebody_only_typed_is_not_theirs(anna: User, client: Client, own: str) -> None:
    """Else Anna's code would open Eve's account, and Anna would accept her invitation there."""
    User.objects.create_user("eve", own, PASSWORD)
    eve = Client()
    attempt(eve, "eve")
    eve.post("/accounts/reauthenticate/", {"password": PASSWORD})
    eve.post("/accounts/email/", {"email": "anna@example.org", "action_add": ""})
    assert EmailAddress.objects.filter(user__username="eve", email="anna@example.org").exists()
    sent_mail().clear()
    client.post("/accounts/login/code/", {"email": "anna@example.org"})
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(sent_mail()[-1].body), re.M)
    assert found
    client.post("/accounts/login/code/confirm/", {"code": found[1]})
    assert who(client) == str(anna.pk)
    assert accounts_of("Anna@example.org") == [anna]
    User.objects.filter(pk=anna.pk).delete()
    assert accounts_of("anna@example.org") == []


def test_a_forgotten_password_is_reset(anna: User, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": "anna@example.org"})
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(sent_mail()[-1].body))
    assert found
    form = client.get(found[1]).headers["Location"]
    client.post(form, {"password1": "a new password 123", "password2": "a new password 123"})
    anna.refresh_from_db()
    assert anna.check_password("a new password 123")


def test_nobody_signs_up(client: Client, db: None) -> None:
    form = {"username": "eve", "email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.exists()


def test_a_second_factor_is_asked_for(anna: User, client: Client) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(anna, generate_totp_secret())
    attempt(client, "anna")
    assert who(client) is None
    assert client.get("/admin/").status_code == 302


def test_the_secret_of_a_second_factor_is_encrypted(anna: User) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    stored = Authenticator.objects.get()
    assert "JBSWY3DPEHPK3PXP" not in str(stored.data)


def test_activating_a_second_factor_shows_its_code_as_a_drawing(anna: User, client: Client) -> None:
    attempt(client, "anna")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "<svg" in page
    assert "data:image" not in page


def test_failed_attempts_are_limited_across_workers(anna: User, client: Client) -> None:
    """Each attempt comes with a browser of its own, as from another worker: only the database is shared."""
    for _attempt in range(6):
        attempt(Client(), "anna", "wrong")
    attempt(client, "anna")
    assert who(client) is None, "the right password comes too late"
    assert "shared_cache" in connection.introspection.table_names()
    cache.clear()
    attempt(client, "anna")
    assert who(client) == str(anna.pk)


def test_the_limit_cannot_be_stepped_round_by_a_header(anna: User, client: Client) -> None:
    for number in range(6):
        Client(headers={"x-forwarded-for": f"10.0.0.{number}"}).post(
            LOGIN, {"login": "anna", "password": "wrong"}
        )
    attempt(client, "anna")
    assert who(client) is None


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b", "member_a", "stranger"])
def test_everybody_has_an_account_page(caller: str, request: pytest.FixtureRequest, client: Client) -> None:
    client.force_login(request.getfixturevalue(caller))
    for address in ("/account/", "/accounts/email/", "/accounts/2fa/", "/accounts/password/change/"):
        assert client.get(address, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("anna.b", "ANNA.B"), ("Élise", "élise"), ("Straße", "STRASSE"), ("AnnaB", " annab ")],
)
def test_a_name_is_found_whatever_its_case_when_one_account_fits(
    db: None, client: Client, stored: str, typed: str
) -> None:
    user = User.objects.create_user(stored, "", PASSWORD)
    attempt(client, typed)
    assert who(client) == str(user.pk)


def test_a_name_that_two_accounts_fit_is_neither(db: None, client: Client) -> None:
    users = {name: User.objects.create_user(name, "", PASSWORD) for name in ("Anna", "ANNA")}
    attempt(client, "anna")
    assert who(client) is None
    for name, user in users.items():
        browser = Client()
        attempt(browser, name)
        assert who(browser) == str(user.pk)
    User.objects.filter(username="ANNA").update(is_active=False)
    attempt(client, "anna")
    assert who(client) == str(users["Anna"].pk)


def test_a_renamed_account_is_found_by_its_new_name(anna: User, client: Client) -> None:
    anna.username = "Berta"
    anna.save(update_fields=["username"])
    attempt(client, "BERTA")
    assert who(client) == str(anna.pk)


def test_an_address_comes_before_a_name_that_looks_the_same(anna: User, client: Client) -> None:
    """Else whoever takes another's address for a name would keep them from signing in with it."""
    User.objects.create_user("anna@example.org", "", "another password")
    attempt(client, "anna@example.org")
    assert who(client) == str(anna.pk)


@pytest.mark.parametrize("typed", ["Carla@Example.org", "carla@example.org", "CARLA@EXAMPLE.ORG"])
def test_an_address_that_a_superuser_typed_with_capitals_signs_in(
    db: None, client: Client, typed: str
) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root", "", PASSWORD))
    form = {"username": "carla", "email": "Carla@Example.org", "usable_password": "true"}
    answer = root.post("/admin/accounts/user/add/", {**form, "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    carla = User.objects.get(username="carla")
    attempt(client, typed)
    assert who(client) == str(carla.pk)
    by_code = Client()
    by_code.post("/accounts/login/code/", {"email": typed})
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(sent_mail()[-1].body), re.M)
    assert found
    by_code.post("/accounts/login/code/confirm/", {"code": found[1]})
    assert who(by_code) == str(carla.pk)
