"""A wrong password costs one password hash, whoever is named and at whatever door: its time tells nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from recportal.accounts.models import User

PASSWORD = "a password of the tests"
MADE: list[int] = []


class CountingHasher(PBKDF2PasswordHasher):
    """Notes the iterations of each hash that is made."""

    iterations = 100

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        MADE.append(iterations or self.iterations)
        return super().encode(password, salt, iterations)


@pytest.fixture(autouse=True)
def people(settings: Any, db: None) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    anna = User.objects.create_user("anna", "Anna@Example.org", PASSWORD)
    EmailAddress.objects.create(user=anna, email="anna@example.org", verified=True, primary=True)
    User.objects.create_user("given", "Given@Example.org", PASSWORD)
    User.objects.create_user("name@example.org", "", PASSWORD)
    User.objects.create_user("gone", "gone@example.org", PASSWORD, is_active=False)
    User.objects.create_user("code-only", "code-only@example.org")
    User.objects.create_user("Twin", "twins@example.org", PASSWORD)
    User.objects.create_user("tWIN", "twins@example.org", PASSWORD)
    MADE.clear()


LOGINS = (
    "anna",
    "ANNA",
    "anna@example.org",
    "Anna@EXAMPLE.org",
    "given",
    "given@example.org",
    "name@example.org",
    "gone",
    "gone@example.org",
    "code-only",
    "code-only@example.org",
    "twin",
    "Twin",
    "twins@example.org",
    "nobody",
    "nobody@example.org",
    "x" * 256,
    "x" * 300,
    "x" * 300 + "@example.org",
    "a b",
    "@",
)


@pytest.mark.parametrize("login", LOGINS)
def test_signing_in(login: str, client: Client) -> None:
    answer = client.post("/accounts/login/", {"login": login, "password": "wrong"})
    assert answer.status_code == 200
    assert MADE == [100]


@pytest.mark.parametrize("login", [*LOGINS, "a\0", "\ud800"])
@pytest.mark.parametrize("password", ["wrong", "wrong\0", "\ud800", "w" * 100_000])
def test_the_backend(login: str, password: str) -> None:
    assert authenticate(username=login, password=password) is None
    assert MADE == [100]


@pytest.mark.parametrize("login", ["anna", "ANNA", "anna@example.org", "given@example.org", "Twin"])
def test_the_right_password_costs_one_too(login: str, client: Client) -> None:
    assert client.post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302
    assert MADE == [100]


def reauthenticate(client: Client) -> Any:
    return client.post("/accounts/reauthenticate/", {"password": "wrong"})


def change(client: Client) -> Any:
    new = "another password of the tests"
    form = {"oldpassword": "wrong", "password1": new, "password2": new}
    return client.post("/accounts/password/change/", form)


@pytest.mark.parametrize("door", [reauthenticate, change])
@pytest.mark.parametrize("name", ["anna", "name@example.org"])
def test_the_pages_of_who_is_signed_in(door: Callable[[Client], Any], name: str, client: Client) -> None:
    client.force_login(User.objects.get(username=name))
    assert door(client).status_code == 200
    assert MADE == [100]


def test_a_hash_of_fewer_iterations_costs_as_much(client: Client) -> None:
    """Django makes up for what an old hash lacks, in a second step; a right password is hashed anew once."""
    old = CountingHasher().encode(PASSWORD, "salt" * 6, 40)
    User.objects.filter(username="anna").update(password=old)
    MADE.clear()
    client.post("/accounts/login/", {"login": "anna", "password": "wrong"})
    assert sum(MADE) == 100
    MADE.clear()
    client.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    assert MADE == [40, 100]
