"""What a user may do where: it follows from being active, being a superuser and staff roles; nothing else."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level, Reach
from recportal.records.querysets import reach_of
from tests.factories import CommunityFactory, UserFactory

VIEWER, EDITOR, MANAGER = Level.VIEWER, Level.EDITOR, Level.MANAGER


@pytest.mark.parametrize(
    ("reach", "in_1", "in_2", "everywhere"),
    [
        (Reach(), None, None, None),
        (Reach(None, {1: VIEWER}), VIEWER, None, None),
        (Reach(None, {1: MANAGER, 2: VIEWER}), MANAGER, VIEWER, None),
        (Reach(VIEWER), VIEWER, VIEWER, VIEWER),
        (Reach(EDITOR, {1: VIEWER, 2: MANAGER}), EDITOR, MANAGER, EDITOR),
        (Reach(MANAGER), MANAGER, MANAGER, MANAGER),
    ],
)
def test_the_highest_role_counts(
    reach: Reach, in_1: Level | None, in_2: Level | None, everywhere: Level | None
) -> None:
    assert (reach.level_in(1), reach.level_in(2), reach.level_in(None)) == (in_1, in_2, everywhere)
    for level in Level:
        for community, own in ((1, in_1), (2, in_2), (3, everywhere), (None, everywhere)):
            assert reach.allows(level, community) == (own is not None and own.rank >= level.rank)
        highest = max((own.rank for own in (in_1, in_2, everywhere) if own), default=-1)
        assert reach.allows_somewhere(level) == (highest >= level.rank)
    assert bool(reach) == bool(in_1 or in_2 or everywhere)


def test_the_communities_of_a_level_are_those_of_it_and_above() -> None:
    reach = Reach(VIEWER, {1: VIEWER, 2: EDITOR, 3: MANAGER})
    assert reach.with_level(VIEWER) is None
    assert sorted(reach.with_level(EDITOR) or ()) == [2, 3]
    assert list(reach.with_level(MANAGER) or ()) == [3]
    assert Reach(None, {1: VIEWER}).with_level(EDITOR) == []


def test_levels_include_the_ones_before() -> None:
    assert [level.rank for level in (VIEWER, EDITOR, MANAGER)] == [0, 1, 2]


@pytest.mark.django_db
class TestUsers:
    def test_a_role_in_one_community(
        self, community_a: Community, community_b: Community, manager_a: User
    ) -> None:
        assert manager_a.reach.level_in(community_a.pk) == MANAGER
        assert manager_a.reach.level_in(community_b.pk) is None
        assert manager_a.is_staff
        assert manager_a.has_module_perms("members")
        assert not manager_a.has_perm("members.change_member")

    def test_a_role_in_all_communities(self, community_a: Community, stranger: User) -> None:
        StaffRole.objects.create(user=stranger, level=EDITOR)
        assert stranger.reach.level_in(community_a.pk) == EDITOR
        assert stranger.reach.level_in(CommunityFactory.create().pk) == EDITOR
        assert not stranger.reach.allows(MANAGER, community_a.pk)

    def test_a_superuser_is_a_manager_everywhere(self, community_a: Community) -> None:
        user = User.objects.create_superuser("root", password="x")
        StaffRole.objects.create(user=user, community=community_a, level=VIEWER)
        assert user.reach.level_in(community_a.pk) == MANAGER
        assert user.reach.with_level(MANAGER) is None
        assert user.has_perm("members.change_member")
        assert user.has_perms(["a.b", "c.d"])

    @pytest.mark.parametrize("superuser", [False, True])
    def test_an_inactive_account_reaches_nothing(self, community_a: Community, superuser: bool) -> None:
        user = UserFactory.create(is_active=False, is_superuser=superuser)
        StaffRole.objects.create(user=user, community=community_a, level=MANAGER)
        assert not user.reach
        assert not user.is_staff
        assert not user.has_perm("members.change_member")
        assert not user.has_module_perms("members")

    def test_a_member_and_a_stranger_have_no_role(self, member_a: User, stranger: User) -> None:
        for user in (member_a, stranger, AnonymousUser()):
            assert not reach_of(user)
            assert not getattr(user, "is_staff", False)

    def test_a_new_role_counts_at_once_and_a_withdrawn_one_no_more(
        self, community_a: Community, stranger: User
    ) -> None:
        assert not stranger.reach
        role = StaffRole.objects.create(user=stranger, community=community_a, level=VIEWER)
        assert stranger.reach.level_in(community_a.pk) == VIEWER
        role.level = MANAGER
        role.save()
        assert stranger.reach.level_in(community_a.pk) == MANAGER
        role.delete()
        assert not stranger.reach
        StaffRole.objects.bulk_create([StaffRole(user=stranger, community=community_a, level=VIEWER)])
        assert not stranger.reach
        stranger.refresh_from_db()
        assert stranger.reach

    def test_the_roles_are_read_once(self, manager_a: User) -> None:
        user = User.objects.get(pk=manager_a.pk)
        with CaptureQueriesContext(connection) as queries:
            for _time in range(3):
                assert user.reach
                assert user.is_staff
        assert len(queries) == 1

    def test_a_role_names_itself(self, manager_a: User) -> None:
        assert str(manager_a.staff_roles.get()) == "manager_a: manager, alpha"
        assert str(StaffRole(user=manager_a, level=VIEWER)) == "manager_a: viewer, all communities"
