"""Two communities, of which every word can be told from the other's, and all who may ask for them.

Community A is "quercia", B is "zirbel": each text of a community has its word in it. In A there are the
member "ginevra", who asks, the suspended "ottavia", who asks too, and "tiberio", who does not. The numbers of
B, its ids and how many members there are, occur nowhere by chance.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from assets.models import Asset
from communities.models import ApiToken, Community, StaffRole
from members.corrections import propose
from members.invitations import invite, send
from members.models import Correction, Invitation, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.bundles.models import Upload
from recportal.bundles.uploads import take
from recportal.mail.models import Mail
from tests.pages.conftest import asset, furnish, grown

#: As the columns of the table stand, which says who they are.
CALLERS: Final = (
    "nobody", "stranger", "member", "suspended", "viewer", "editor", "manager", "other", "root",
    "wide_viewer", "wide_manager", "reader", "limited", "expired",
)  # fmt: skip

_FIRST_ID_A: Final = 6_100_001
_FIRST_ID_B: Final = 7_700_001
#: What is made later, also by the requests themselves, is nobody's secret.
_FIRST_ID_OF_NOBODY: Final = 8_800_001
_CROWD: Final = 463

OF_A: Final = ("quercia", "IT001E00000001", "IT001E00000002", "IT001E00000003", "IT 001 E 0000000")
OF_OTHERS_IN_A: Final = ("tiberio", "IT001E00000002", "quercia-chief", "quercia-clerk", "quercia-guest")
OF_B: Final = ("zirbel", "IT001E00000099")
#: Ids of B, how many members it has, how many there are in A and B together, and what its plant can do.
#: Behind a point they are a part of a second.
_NUMBERS_OF_B: Final = re.compile(rf"(?<!\.)\b(77000\d\d|{_CROWD}|{_CROWD + 3}|7[.,’]?654)\b")


@dataclass
class Place:
    """What the placeholders of an address stand for in one community."""

    community: Community
    member: Member
    asset: Asset
    staff: User
    role: StaffRole
    token: ApiToken
    correction: Correction
    upload: Upload
    mail: Mail
    invitation: str = "nothing"
    #: Beside these, for routes that name others: placeholder → value.
    more: dict[str, Any] = field(default_factory=dict)

    def values(self, address: str) -> dict[str, Any]:
        """Placeholder → value, for one address."""
        return {
            "community": self.community.pk if "/export/" in address else self.community.key,
            "member": self.member.key,
            "asset": self.asset.key,
            "area": "north",
            "node": f"{self.community.key}-feeder",
            "point": self.member.delivery_points[0]["id"],
            "pk": self._pk_in(address),
            "community_id": self.community.pk,
            "upload": self.upload.pk,
            "records": "members",
            "form": self._form_in(address),
            "id": self.staff.pk,
            "object_id": self._id_in(address),
            "token": self.invitation,
            "name": "members/extra",
            "provider_id": "provider",
            "key": "nothing" if "/accounts/" in address else "north",
            "uidb36": "1",
            "app_label": "members",
            "url": "nothing",
            "anything": "nothing/",
            **self.more,
        }

    def _pk_in(self, address: str) -> Any:
        """The id of what hangs on a record: a row of its history, something it holds, a correction."""
        if "/undo/" in address:
            record: Any = self._record_in(address)
            return record.history.filter(history_type="~").latest("history_id").pk
        return self.member.holdings.earliest("pk").pk if "/holdings/" in address else self.correction.pk

    def _form_in(self, address: str) -> str:
        return "json" if "/community/" in address else "csv"

    def _id_in(self, address: str) -> Any:
        record = self._record_in(address)
        return record.pk if record else 1

    def _record_in(self, address: str) -> Any:
        """This place's record of the kind that an address of the admin is about."""
        records: dict[str, Any] = {
            "communities/community": self.community,
            "communities/staffrole": self.role,
            "communities/apitoken": self.token,
            "members/member": self.member,
            "members/correction": self.correction,
            "mail/mail": self.mail,
            "assets/asset": self.asset,
            "accounts/user": self.staff,
        }
        return records.get("/".join(address.split("/")[2:4]))


@dataclass
class Filled:
    """The register, and a client for each caller."""

    places: dict[str, Place]
    clients: dict[str, Client]


def filled() -> Filled:
    _count_from(_FIRST_ID_A)
    a = Community.objects.create(key="quercia", name="Quercia")
    _with_a_grid(a)
    root = User.objects.create_superuser("root-of-all", password="x")
    users = {
        "stranger": User.objects.create_user("passer-by"),
        "member": User.objects.create_user("ginevra"),
        "suspended": User.objects.create_user("ottavia"),
        "viewer": _staff("quercia-guest", a, Level.VIEWER),
        "editor": _staff("quercia-clerk", a, Level.EDITOR),
        "manager": _staff("quercia-chief", a, Level.MANAGER),
        "root": root,
        "wide_viewer": _staff("guest-of-all", None, Level.VIEWER),
        "wide_manager": _staff("chief-of-all", None, Level.MANAGER),
    }
    own = _member(a, "ginevra", "IT001E00000001", users["member"])
    neighbour = _member(a, "tiberio", "IT001E00000002", None)
    held = _member(a, "ottavia", "IT001E00000003", users["suspended"])
    places = {
        "a": _place(a, own, users["viewer"], users["manager"]),
        "held": _place(a, held, users["viewer"], users["manager"]),
    }
    held.status = "suspended"
    held.save()
    places["a"].invitation = invite(neighbour, users["manager"])[1]
    _count_from(_FIRST_ID_B)
    b = Community.objects.create(key="zirbel", name="Zirbel")
    _with_a_grid(b)
    users["other"] = _staff("zirbel-chief", b, Level.MANAGER)
    theirs = _member(b, "zirbel-m", "IT001E00000099", User.objects.create_user("zirbel-person"))
    places["b"] = _place(b, theirs, users["other"], users["other"])
    places["b"].invitation = invite(_member(b, "zirbel-n", "IT001E00000098", None), users["other"])[1]
    _crowd(b)
    _count_from(_FIRST_ID_OF_NOBODY)
    return Filled(places, _clients(users, a, b))


def _with_a_grid(community: Community) -> None:
    feeder = f"{community.key}-feeder"
    community.topology = [{"id": feeder, "type": "feeder", "operator_id": f"{community.key}-grid"}]
    community.extra = {"operators": {f"{community.key}-grid": {"name": f"{community.name} Reti"}}}
    furnish(community)


def _staff(name: str, community: Community | None, level: Level) -> User:
    user = User.objects.create_user(name, email=f"{name}@example.org")
    StaffRole.objects.create(user=user, community=community, level=level)
    return user


def _member(community: Community, key: str, point: str, account: User | None) -> Member:
    """An active member with a pv and a meter."""
    name = f"{key.title()} of {community.name}" if account is None else key.title()
    member = Member.objects.create(
        community=community, key=key, name=name, role="prosumer", user_id=f"{key}-user", account=account
    )
    grown(member, point)
    power = 7654 if community.key == "zirbel" else 4.5
    asset(member, f"{key}-pv", "pv", properties={"capacity_kwp": power}, sensor_id=f"{key}-sensor")
    asset(member, f"{key}-meter", "meter", relationships={"measures": [f"{key}-pv"]})
    return member


def _place(community: Community, member: Member, staff: User, manager: User) -> Place:
    role = staff.staff_roles.get()
    token, _secret = ApiToken.issue(manager, f"{community.key} tool", community=community)
    account = member.account
    assert account is not None
    correction = propose(member, account, member, message=f"{member.key} says so.")
    pv = member.assets.get(asset_type="pv")
    pv.name = f"{pv.name} II"
    pv.save()
    content = json.dumps({"recportal": 1, "community": {"key": community.key, "name": community.name}})
    upload = take(manager, f"{community.key}.json", content.encode(), "", replace=False)
    mail = _invited_before(member)
    return Place(community, member, pv, staff, role, token, correction, upload, mail)


def _invited_before(member: Member) -> Mail:
    """The mail of an invitation that was withdrawn."""
    now = timezone.now()
    invitation = Invitation.objects.create(
        member=member,
        email=f"{member.key}@{member.community.key}.example",
        digest=member.key,
        expires_at=now + timedelta(days=14),
        withdrawn_at=now,
    )
    send(invitation, f"https://register.example/invitations/{member.key}/")
    assert invitation.mail is not None
    return invitation.mail


def _crowd(community: Community) -> None:
    """So many members that their number is one that occurs nowhere else."""
    there = community.members.count()
    Member.objects.bulk_create(
        Member(community=community, key=f"zirbel-{number}", name=f"Zirbel {number}", role="consumer")
        for number in range(_CROWD - there)
    )


def _count_from(number: int) -> None:
    """Let the next record of each class have this id: the ids of one community are none of the other's."""
    ours = ("accounts", "communities", "members", "assets", "bundles", "mail")
    with connection.cursor() as cursor:
        for table in (model._meta.db_table for model in apps.get_models() if model._meta.app_label in ours):
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number - 1])
                continue
            model = next(each for each in apps.get_models() if each._meta.db_table == table)
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)",
                [table, model._meta.pk.column, number],
            )


def _clients(users: dict[str, User], a: Community, b: Community) -> dict[str, Client]:
    clients = {"nobody": Client(raise_request_exception=False)}
    for name, user in users.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    manager, now = users["manager"], timezone.now()
    secrets = {
        "reader": ApiToken.issue(manager, "quercia reader", read_only=True)[1],
        "limited": ApiToken.issue(users["root"], "zirbel tool", community=b)[1],
        "expired": ApiToken.issue(manager, "quercia old", expires_at=now - timedelta(days=1))[1],
    }
    for name, secret in secrets.items():
        clients[name] = Client(raise_request_exception=False, headers={"authorization": f"Bearer {secret}"})
    return clients


def _words(*lists: Iterable[str]) -> frozenset[str]:
    return frozenset(word for words in lists for word in words)


#: What each caller must not be told.
SECRETS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("nobody", "stranger", "expired"), _words(OF_A, OF_B, OF_OTHERS_IN_A)),
    "member": _words(OF_B, OF_OTHERS_IN_A, ("ottavia", "IT001E00000003")),
    "suspended": _words(OF_B, OF_OTHERS_IN_A, ("ginevra", "IT001E00000001")),
    **dict.fromkeys(("viewer", "editor", "manager", "reader"), _words(OF_B)),
    **dict.fromkeys(("other", "limited"), _words(OF_A, OF_OTHERS_IN_A, ("ginevra", "ottavia"))),
    **dict.fromkeys(("root", "wide_viewer", "wide_manager"), frozenset()),
}


def told(caller: str, text: str, said: Iterable[str]) -> list[str]:
    """What ``text`` tells the caller of others, beside what the caller said itself: the address."""
    for word in sorted(filter(None, said), key=len, reverse=True):
        text = text.replace(word, "")
    lower = text.lower()
    found = [secret for secret in SECRETS[caller] if secret.lower() in lower]
    if "zirbel" in SECRETS[caller]:
        found += _NUMBERS_OF_B.findall(text)
    return sorted(found)
