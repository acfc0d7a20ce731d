"""What each of the five callers may see at all: the one answer that every door asks for."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from assets.models import Asset
from communities.models import Community, StaffRole
from members.models import Member, Status
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.factories import AssetFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

CALLERS = ("manager_a", "viewer_a", "manager_b", "member_a", "stranger")


@pytest.fixture
def callers(
    manager_a: User, viewer_a: User, manager_b: User, member_a: User, stranger: User
) -> dict[str, User]:
    """The callers, loaded anew, and around them: a neighbour and assets in A, a member with an asset in B."""
    own = member_a.memberships.get()
    AssetFactory.create(owner=own, key="own")
    neighbour = MemberFactory.create(community=own.community, key="neighbour")
    AssetFactory.create(owner=neighbour, key="neighbour")
    elsewhere = MemberFactory.create(community=manager_b.staff_roles.get().community, key="elsewhere")
    AssetFactory.create(owner=elsewhere, key="elsewhere")
    return {name: User.objects.get(username=name) for name in CALLERS}


def seen(user: Any) -> dict[str, set[str]]:
    models: list[Any] = [Community, Member, Asset]
    found = {model.__name__: list(model.objects.visible_to(user)) for model in models}
    assert all(len(set(records)) == len(records) for records in found.values())
    return {name: {record.key for record in records} for name, records in found.items()}


ALL_OF_A = {"Community": {"alpha"}, "Member": {"own", "neighbour"}, "Asset": {"own", "neighbour"}}
ALL_OF_B = {"Community": {"beta"}, "Member": {"elsewhere"}, "Asset": {"elsewhere"}}
OWN = {"Community": {"alpha"}, "Member": {"own"}, "Asset": {"own"}}
NOTHING: dict[str, set[str]] = {"Community": set(), "Member": set(), "Asset": set()}
EVERYTHING = {name: ALL_OF_A[name] | ALL_OF_B[name] for name in NOTHING}


def test_each_caller_sees_what_is_theirs(callers: dict[str, User]) -> None:
    assert {name: seen(user) for name, user in callers.items()} == {
        "manager_a": ALL_OF_A,
        "viewer_a": ALL_OF_A,
        "manager_b": ALL_OF_B,
        "member_a": OWN,
        "stranger": NOTHING,
    }


@pytest.mark.parametrize("status", Status.values)
def test_a_member_sees_the_own_record_in_every_status_and_all_else_while_active(
    callers: dict[str, User], status: str
) -> None:
    Member.objects.filter(key="own").update(status=status)
    rest = OWN if status == Status.ACTIVE else NOTHING
    assert seen(callers["member_a"]) == {**rest, "Member": {"own"}}
    assert seen(callers["manager_a"]) == ALL_OF_A


def test_a_visitor_sees_nothing(callers: dict[str, User]) -> None:
    assert seen(AnonymousUser()) == NOTHING


@pytest.mark.parametrize("name", CALLERS)
def test_an_inactive_account_sees_nothing(callers: dict[str, User], name: str) -> None:
    User.objects.update(is_active=False)
    assert seen(User.objects.get(username=name)) == NOTHING


@pytest.mark.parametrize("level", Level.values)
def test_a_role_in_all_communities_sees_everything(callers: dict[str, User], level: str) -> None:
    StaffRole.objects.create(user=callers["stranger"], level=level)
    assert seen(callers["stranger"]) == EVERYTHING


def test_a_superuser_sees_everything(callers: dict[str, User]) -> None:
    assert seen(UserFactory.create(is_superuser=True)) == EVERYTHING


def test_staff_who_are_members_elsewhere_see_both_sides(callers: dict[str, User]) -> None:
    Member.objects.filter(key="own").update(account=callers["manager_b"])
    assert seen(callers["manager_b"]) == {name: ALL_OF_B[name] | OWN[name] for name in NOTHING}
    assert seen(callers["member_a"]) == NOTHING


def test_staff_who_are_members_at_home_see_each_record_once(callers: dict[str, User]) -> None:
    Member.objects.filter(community__key="alpha").update(account=callers["viewer_a"])
    assert seen(callers["viewer_a"]) == ALL_OF_A


def test_the_same_user_id_or_a_role_as_a_member_grants_nothing(callers: dict[str, User]) -> None:
    Member.objects.filter(key="neighbour").update(user_id="stranger", role="admin")
    assert seen(callers["stranger"]) == NOTHING
    Member.objects.filter(key="own").update(role="admin")
    assert seen(callers["member_a"]) == OWN


@pytest.mark.parametrize(
    ("name", "level", "communities"),
    [
        ("manager_a", Level.MANAGER, {"alpha"}),
        ("manager_a", Level.VIEWER, {"alpha"}),
        ("viewer_a", Level.VIEWER, {"alpha"}),
        ("viewer_a", Level.EDITOR, set()),
        ("manager_b", Level.EDITOR, {"beta"}),
        ("member_a", Level.VIEWER, set()),
        ("stranger", Level.VIEWER, set()),
    ],
)
def test_what_a_user_works_on_as_staff(
    callers: dict[str, User], name: str, level: Level, communities: set[str]
) -> None:
    user = callers[name]
    assert {each.key for each in Community.objects.staffed_by(user, level)} == communities
    assert {each.community.key for each in Member.objects.staffed_by(user, level)} == communities
    assert {each.community.key for each in Asset.objects.staffed_by(user, level)} == communities
    assert not Community.objects.staffed_by(AnonymousUser(), level).exists()


def test_the_answer_is_part_of_one_query(
    callers: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    for name in CALLERS:
        user = callers[name]
        assert user.reach is user.reach
        assert user.member_statuses is user.member_statuses
        for model in (Community, Member, Asset):
            visible: Any = model.objects
            with django_assert_max_num_queries(1):  # none for a stranger, who sees nothing
                list(visible.visible_to(user).filter(key="own"))
