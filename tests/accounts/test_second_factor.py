"""A second factor that nobody can read any more: a page that says so, and a way out for its owner."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client

from recportal.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.outbox import sent_mail

SECRET = "JBSWY3DPEHPK3PXP"
PAGE = "Your second factor cannot be read"


@pytest.fixture
def anna(db: None) -> User:
    user = UserFactory.create(username="anna", email="anna@example.org")
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


@pytest.fixture
def root(db: None) -> User:
    return UserFactory.create(username="root", is_superuser=True)


@pytest.fixture
def new_key(anna: User, settings: Any) -> None:
    settings.SECRET_KEY = "another key, and the old one is gone"
    settings.SECRET_KEY_FALLBACKS = []


def signs_in(client: Client) -> Any:
    return client.post("/accounts/login/", {"login": "anna", "password": PASSWORD})


@pytest.mark.parametrize("code", ["123456", "12345678", "", "x" * 300, "\0"])
def test_signing_in_gets_a_page(anna: User, new_key: None, client: Client, code: str) -> None:
    assert signs_in(client).headers["Location"].startswith("/accounts/2fa/authenticate/")
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert answer.status_code < 500
    if code.strip("\0"):
        assert answer.status_code == 409
        assert PAGE in answer.content.decode()
    assert "_auth_user_id" not in client.session


PAGES: dict[str, Callable[[Client], Any]] = {
    "index": lambda client: client.get("/accounts/2fa/"),
    "recovery codes": lambda client: client.get("/accounts/2fa/recovery-codes/"),
    "download": lambda client: client.get("/accounts/2fa/recovery-codes/download/"),
    "generate": lambda client: client.get("/accounts/2fa/recovery-codes/generate/"),
    "reauthenticate": lambda client: client.post("/accounts/2fa/reauthenticate/", {"code": "123456"}),
}


@pytest.mark.parametrize("page", PAGES)
def test_who_is_signed_in_gets_a_page_and_may_remove_it(
    anna: User, new_key: None, client: Client, page: str
) -> None:
    client.force_login(anna)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = PAGES[page](client)
    assert answer.status_code == 409
    assert "/accounts/2fa/totp/deactivate/" in answer.content.decode()
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()
    assert client.get("/accounts/2fa/").status_code == 200


def test_an_old_key_that_is_kept_still_reads_it(anna: User, settings: Any, client: Client) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    client.force_login(anna)
    assert client.get("/accounts/2fa/").status_code == 200


def change_form(user: User, **more: str) -> dict[str, str]:
    return {"username": user.username, "name": user.name, "email": user.email, "is_active": "on", **more}


def test_a_superuser_resets_it(anna: User, new_key: None, root: User, client: Client) -> None:
    client.force_login(root)
    address = f"/admin/accounts/user/{anna.pk}/change/"
    assert "reset_second_factor" in client.get(address).content.decode()
    assert client.post(address, change_form(anna)).status_code == 302
    assert Authenticator.objects.count() == 2
    assert client.post(address, change_form(anna, reset_second_factor="on")).status_code == 302
    assert not Authenticator.objects.exists()
    (notice,) = sent_mail()  # its owner hears of it, and not whose browser it was
    assert notice.to == [anna.email]
    assert "no code of the authenticator app any more" in notice.body
    assert "IP address" not in notice.body
    assert "reset_second_factor" not in client.get(address).content.decode()
    own = Client()
    assert signs_in(own).headers["Location"] == "/"
    assert "_auth_user_id" in own.session


def test_nobody_resets_their_own_or_without_the_right(
    anna: User, root: User, manager_a: User, client: Client
) -> None:
    TOTP.activate(root, SECRET)
    client.force_login(root)
    own = f"/admin/accounts/user/{root.pk}/change/"
    assert "reset_second_factor" not in client.get(own).content.decode()
    client.post(own, change_form(root, is_superuser="on", reset_second_factor="on"))
    client.force_login(manager_a)
    other = f"/admin/accounts/user/{anna.pk}/change/"
    assert client.post(other, change_form(anna, reset_second_factor="on")).status_code == 403
    assert Authenticator.objects.count() == 3


def test_the_command_resets_it(anna: User, new_key: None) -> None:
    said = StringIO()
    call_command("reset_second_factor", "anna", stdout=said)
    assert "anna" in said.getvalue()
    assert not Authenticator.objects.exists()
    for name in ("anna", "nobody", "\0"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)


def test_codes_are_limited_whatever_the_browser(anna: User) -> None:
    looked_at = 0
    for number in range(8):
        client = Client(REMOTE_ADDR=f"10.0.{number}.1")
        signs_in(client)
        answer = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
        assert answer.status_code == 200
        looked_at += "Incorrect code" in answer.content.decode()
    assert looked_at == 5
