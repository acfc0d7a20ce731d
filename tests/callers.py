"""The five callers of every test, and the two communities in which they have something to say, or nothing."""

import pytest

from communities.models import Community, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level

from .factories import CommunityFactory, MemberFactory, UserFactory


@pytest.fixture
def community_a(db: None) -> Community:
    return CommunityFactory.create(key="alpha", name="Alpha")


@pytest.fixture
def community_b(db: None) -> Community:
    return CommunityFactory.create(key="beta", name="Beta")


@pytest.fixture
def manager_a(community_a: Community) -> User:
    return _staff("manager_a", community_a, Level.MANAGER)


@pytest.fixture
def viewer_a(community_a: Community) -> User:
    return _staff("viewer_a", community_a, Level.VIEWER)


@pytest.fixture
def manager_b(community_b: Community) -> User:
    return _staff("manager_b", community_b, Level.MANAGER)


@pytest.fixture
def member_a(community_a: Community) -> User:
    """The account of an active member of community A, who is ``member_a.memberships.get()``."""
    user = UserFactory.create(username="member_a")
    MemberFactory.create(community=community_a, key="own", name="Anna", user_id="member_a", account=user)
    return user


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, and nothing else."""
    return UserFactory.create(username="stranger")


def _staff(username: str, community: Community, level: Level) -> User:
    user = UserFactory.create(username=username)
    StaffRole.objects.create(user=user, community=community, level=level)
    return user
