"""Where somebody lands who signs in."""

import pytest
from django.test import Client

from members.models import Member
from recportal.accounts.models import User

from .conftest import BASE, Lot, signed_in


def test_the_only_membership_opens_by_itself(lot: Lot, member_a: User) -> None:
    assert signed_in(member_a).get("/").headers["Location"] == BASE


def test_of_several_one_is_chosen(lot: Lot, member_a: User) -> None:
    Member.objects.filter(pk=lot.beta.pk).update(account=member_a)
    page = signed_in(member_a).get("/").content.decode()
    assert BASE in page
    assert "/my/beta/beta-m/" in page


@pytest.mark.parametrize("caller", ["manager_a", "viewer_a", "manager_b"])
def test_staff_go_to_the_admin(lot: Lot, caller: str, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get("/").headers["Location"] == "/admin/"


def test_staff_who_are_members_go_to_their_membership(lot: Lot, viewer_a: User) -> None:
    Member.objects.filter(pk=lot.neighbour.pk).update(account=viewer_a)
    assert signed_in(viewer_a).get("/").headers["Location"] == "/my/alpha/nearby/"


def test_a_stranger_is_told_that_there_is_no_membership(lot: Lot, stranger: User) -> None:
    page = signed_in(stranger).get("/").content.decode()
    assert "No membership yet" in page
    assert "Alpha" not in page


def test_the_language_is_switched_by_hand(lot: Lot, member_a: User) -> None:
    client = signed_in(member_a)
    answer = client.post("/language/", {"language": "it", "next": BASE})
    assert answer.headers["Location"] == BASE
    assert 'lang="it"' in client.get(BASE).content.decode()


def test_nobody_signs_in_at_the_admins_own_form(lot: Lot, client: Client) -> None:
    User.objects.create_superuser("root", password="a password of the tests")
    answer = client.post("/admin/login/", {"username": "root", "password": "a password of the tests"})
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session
