"""Names, codes and keys are typed letter by letter: no keyboard capitalizes, corrects or underlines them."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from members.invitations import invite
from members.models import Member
from recportal.accounts.models import User
from tests.factories import PASSWORD, AssetFactory, UserFactory
from tests.outbox import sent_mail

INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>")
WANTED = ('autocapitalize="none"', 'autocorrect="off"', 'spellcheck="false"')
#: Prose, whose first letter may well be a capital.
PROSE = {"name", "reason", "description", "message"}


def lines(page: str) -> list[str]:
    """The inputs that a keyboard of a phone would help with."""
    shown = [each for each in INPUT.findall(page) if each.startswith("<input") or "lines" in each]
    kinds = [re.search(r'type="(\w+)"', each) for each in shown]
    return [
        each
        for each, kind in zip(shown, kinds, strict=True)
        if (kind is None or kind[1] in ("text", "search"))
        and " readonly" not in each
        and " disabled" not in each
    ]


def check(answer: Any, *names: str) -> None:
    assert answer.status_code == 200, answer.status_code
    found = {}
    for each in lines(answer.content.decode()):
        name = re.search(r'name="([^"]*)"', each)
        if name and name[1] not in PROSE:
            found[name[1]] = each
            assert all(each.count(wanted) == 1 for wanted in WANTED), each
    assert set(names) <= set(found), sorted(found)


def test_signing_in(client: Client, db: None) -> None:
    user = UserFactory.create(username="anna", email="anna@example.org")
    check(client.get("/accounts/login/"), "login")
    client.post("/accounts/login/code/", {"email": user.email})
    assert sent_mail()
    check(client.get("/accounts/login/code/confirm/"), "code")


def test_the_second_factor(client: Client, db: None) -> None:
    user = UserFactory.create(username="anna")
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    check(client.get("/accounts/2fa/totp/activate/"), "code")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    check(client.get("/accounts/2fa/reauthenticate/"), "code")
    other = Client()
    other.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    check(other.get("/accounts/2fa/authenticate/"), "code")


def test_an_invitation(client: Client, member_a: User) -> None:
    member = Member.objects.get()
    Member.objects.update(account=None)
    check(client.get(f"/invitations/{invite(member, None)[1]}/"), "username")


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("accounts/user/add/", ["username"]),
        ("accounts/user/", ["q"]),
        ("communities/community/add/", ["key"]),
        ("communities/community/{community}/change/", []),
        ("communities/staffrole/add/", ["username"]),
        ("members/member/add/", ["key", "user_id"]),
        ("members/member/{member}/change/", ["user_id"]),
        ("members/member/{member}/access/", ["username"]),
        ("members/member/{member}/purge/", ["key"]),
        ("assets/asset/add/", ["key", "sensor_id"]),
        ("assets/asset/{asset}/change/", ["sensor_id"]),
    ],
)
def test_the_admin(client: Client, member_a: User, address: str, names: list[str]) -> None:
    member = Member.objects.get()
    if "access" in address:
        Member.objects.update(account=None)
    asset = AssetFactory.create(owner=member, community=member.community)
    client.force_login(UserFactory.create(is_superuser=True))
    places = {"member": member.pk, "asset": asset.pk, "community": member.community.pk}
    answer = client.get(f"/admin/{address.format(**places)}", follow=True)
    check(answer, *names)
