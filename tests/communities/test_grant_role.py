"""The command that gives an account a role."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def community() -> Community:
    community = Community(key="home", name="Home")
    community.save()
    return community


def grant(*arguments: str) -> str:
    out = StringIO()
    call_command("grant_role", *arguments, stdout=out)
    return out.getvalue()


def level_of(user: User, community: Community) -> Level | None:
    return User.objects.get(pk=user.pk).reach.level_in(community.pk)


def test_it_works(user: User, community: Community) -> None:
    said = grant("anna", "home", "editor")
    assert "anna" in said
    assert "home" in said
    assert level_of(user, community) == Level.EDITOR
    assert User.objects.get().is_staff


def test_a_role_that_is_there_is_changed(user: User, community: Community) -> None:
    grant("anna", "home", "manager")
    grant("anna", "home", "viewer")
    assert level_of(user, community) == Level.VIEWER
    assert StaffRole.objects.count() == 1


def test_a_role_in_all_communities(user: User, community: Community) -> None:
    grant("anna", "home", "manager")
    assert "all communities" in grant("anna", "all", "viewer")
    elsewhere = Community(key="later", name="Later")
    elsewhere.save()
    assert level_of(user, elsewhere) == Level.VIEWER
    assert level_of(user, community) == Level.MANAGER
    grant("anna", "all", "editor")
    assert StaffRole.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "home", "viewer"], "user name nobody"),
        (["Anna", "home", "viewer"], "user name Anna"),
        (["anna", "nowhere", "viewer"], "key nowhere"),
        (["anna", "home", "king"], "king"),
    ],
)
def test_it_refuses_what_it_does_not_know(
    user: User, community: Community, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        grant(*arguments)
    assert not StaffRole.objects.exists()


def test_a_community_called_all_is_not_taken_for_all_communities(user: User) -> None:
    Community(key="all", name="All for one").save()
    with pytest.raises(CommandError, match="all"):
        grant("anna", "all", "manager")
    assert not StaffRole.objects.exists()
