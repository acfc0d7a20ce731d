"""Records with valid values, each saved through the one write path."""

from typing import Any

from factory import declarations
from factory.django import DjangoModelFactory

from assets.models import Asset, AssetType
from communities.models import Community
from members.models import Member, Role, Status
from recportal.accounts.models import User

#: The library has types for its factories, none for what is declared in them.
declare: Any = declarations

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    username = declare.Sequence(lambda n: f"user-{n}")
    email = declare.Sequence(lambda n: f"user-{n}@example.org")
    password = PASSWORD

    class Meta:
        model = User

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **values: Any) -> User:
        return model_class.objects.create_user(**values)


class CommunityFactory(DjangoModelFactory[Community]):
    key = declare.Sequence(lambda n: f"rec-{n}")
    name = declare.Sequence(lambda n: f"Community {n}")
    areas = declare.LazyFunction(lambda: {"north": {"name": "North"}, "south": {"name": "South"}})

    class Meta:
        model = Community


class MemberFactory(DjangoModelFactory[Member]):
    community = declare.SubFactory(CommunityFactory)
    key = declare.Sequence(lambda n: f"m-{n:04}")
    name = declare.Sequence(lambda n: f"Member {n}")
    role = Role.CONSUMER.value
    status = Status.ACTIVE.value

    class Meta:
        model = Member


class AssetFactory(DjangoModelFactory[Asset]):
    owner = declare.SubFactory(MemberFactory)
    community = declare.SelfAttribute("owner.community")
    key = declare.Sequence(lambda n: f"a-{n:04}")
    name = declare.Sequence(lambda n: f"Asset {n}")
    asset_type = AssetType.PV.value

    class Meta:
        model = Asset


def pod(number: int) -> dict[str, str]:
    """A delivery point of nobody: the grid operator 999 does not exist."""
    return {"id": f"IT999E{number:08}", "type": "pod"}
