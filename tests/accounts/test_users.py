"""Accounts: names are compared exactly and can be seen; nothing hostile reaches the database."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from members.models import Member
from recportal.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name", ["anna", "Anna Rossi", "auth0|4711", "anna@example.org", "è" * 256, "太陽", " anna "]
)
def test_a_name_is_any_text_that_can_be_seen(name: str) -> None:
    user = User.objects.create_user(name, password=PASSWORD)
    assert user.username == name.strip()
    assert authenticate(username=name.strip(), password=PASSWORD) == user


def test_what_cannot_be_seen_is_left_out_of_a_name() -> None:
    assert User.objects.create_user("a\u200bb\u202e").username == "ab"
    with pytest.raises(ValidationError):
        User.objects.create_user("\ufeffab")


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 257, "a\x00", "\ud800", "a\nb", "\u200b", "\x1b[2J", "a\u2028b"]
)
def test_a_name_that_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        User.objects.create_user(name, password=PASSWORD)
    assert set(caught.value.error_dict) == {"username"}
    assert not User.objects.exists()


def test_names_are_compared_exactly() -> None:
    anna, other = UserFactory.create(username="anna"), UserFactory.create(username="Anna")
    assert User.objects.get_by_natural_key("anna") == anna
    assert User.objects.get_by_natural_key("Anna") == other
    with pytest.raises(ValidationError, match="An account with this user name exists"):
        User.objects.create_user("anna")


def test_a_name_is_the_same_however_its_accents_are_made() -> None:
    UserFactory.create(username="Nicolo\u0300")
    assert User.objects.get().username == "Nicol\u00f2"
    with pytest.raises(ValidationError):
        User.objects.create_user("Nicol\u00f2")


@pytest.mark.parametrize("name", ["\x00", "a\x00", "\ud800", "x" * 100_000, "nobody", None])
def test_signing_in_with_anything_is_answered(name: Any) -> None:
    UserFactory.create(username="anna")
    assert authenticate(username=name, password=PASSWORD) is None
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(name)


def test_an_account_without_a_password_cannot_sign_in_with_one() -> None:
    user = User.objects.create_user("anna")
    assert not user.has_usable_password()
    assert authenticate(username="anna", password="") is None


def test_an_inactive_account_cannot_sign_in() -> None:
    UserFactory.create(username="anna", is_active=False)
    assert authenticate(username="anna", password=PASSWORD) is None


def test_a_user_has_a_name_and_an_address() -> None:
    user = UserFactory.create(username="anna", name="Anna Rossi", email="Anna@EXAMPLE.org")
    assert (str(user), user.get_full_name(), user.email) == ("anna", "Anna Rossi", "Anna@example.org")
    assert UserFactory.create(username="b").get_short_name() == "b"


def test_a_deleted_account_leaves_its_member(member_a: User) -> None:
    member_a.delete()
    assert Member.objects.get().account is None


@pytest.mark.parametrize("name", ["nobody", "a\0", "\udcff", "x" * 300, ""])
def test_a_name_that_no_database_looks_up_is_nobodys(member_a: User, name: str) -> None:
    """Commands get bytes of the shell that are no text, and forms what anybody sends."""
    assert User.objects.named(name) is None
    for command in (["grant_role", name, "alpha", "viewer"], ["reset_second_factor", name]):
        with pytest.raises(CommandError):
            call_command(*command)
    root = Client()
    root.force_login(UserFactory.create(is_superuser=True))
    address = f"/admin/members/member/{Member.objects.get().pk}/access/"
    form = urlencode({"bind": "", "username": name}, errors="surrogateescape")
    answer = root.post(address, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 302
