"""Invitations: sent or copied, opened, accepted once; and what they never do."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from communities.models import Community
from members.invitations import invite
from members.models import Invitation, Member
from recportal.accounts.models import User
from tests.outbox import sent_mail

from .conftest import Lot, signed_in

PASSWORD = "a password of the tests"


def link_of(member: Member, email: str = "") -> str:
    return f"/invitations/{invite(member, None, email)[1]}/"


def account_of(member: Member) -> User | None:
    return Member.objects.get(pk=member.pk).account


def access(member: Member) -> str:
    return f"/admin/members/member/{member.pk}/access/"


def sent_link() -> str:
    found = re.search(r"http://testserver(/invitations/\S+)", str(sent_mail()[-1].body))
    assert found
    return found[1]


def test_it_works_by_mail(lot: Lot, manager_a: User, client: Client) -> None:
    staff = signed_in(manager_a)
    answer = staff.post(access(lot.neighbour), {"send": "1", "email": "nora@example.org"}, follow=True)
    link = sent_link()
    assert link not in answer.content.decode(), "whoever has the link proves the mailbox"
    assert sent_mail()[-1].to == ["nora@example.org"]
    page = client.get(link).content.decode()
    assert "Neighbour Nora" in page
    assert client.post(link + "register/", {}).headers["Location"] == "/my/alpha/nearby/"
    user = account_of(lot.neighbour)
    assert user is not None
    assert (user.username, user.has_usable_password()) == ("nora@example.org", False)
    assert client.get("/my/alpha/nearby/").status_code == 200


def test_it_works_with_a_link_to_copy_and_an_account_of_ones_own(
    lot: Lot, manager_a: User, stranger: User
) -> None:
    page = signed_in(manager_a).post(access(lot.neighbour), {"link": "1"}).content.decode()
    found = re.search(r"http://testserver(/invitations/[^\"]+)", page)
    assert found
    before = User.objects.get(pk=stranger.pk).password
    theirs = signed_in(stranger)
    assert theirs.post(found[1] + "accept/").headers["Location"] == "/my/alpha/nearby/"
    assert account_of(lot.neighbour) == stranger
    assert User.objects.get(pk=stranger.pk).password == before
    entry = lot.neighbour.history.order_by("-history_id").first()
    assert (entry.history_user, entry.history_door) == (stranger, "page")


def test_the_mail_speaks_the_members_language(lot: Lot, manager_a: User) -> None:
    lot.neighbour.extra = {**lot.neighbour.extra, "language": "it"}
    lot.neighbour.save()
    signed_in(manager_a).post(access(lot.neighbour), {"send": "1", "email": "nora@example.org"})
    assert sent_mail()[-1].subject == "Il tuo posto in Alpha"


def test_it_works_once(lot: Lot, stranger: User, manager_b: User) -> None:
    link = link_of(lot.neighbour)
    signed_in(stranger).post(link + "accept/")
    second = signed_in(manager_b)
    assert second.post(link + "accept/").headers["Location"] == link
    assert account_of(lot.neighbour) == stranger
    assert second.get(link).status_code == 410


def test_it_expires_and_offers_a_new_one_to_the_same_address(
    lot: Lot, manager_a: User, stranger: User, client: Client
) -> None:
    link = link_of(lot.neighbour, "nora@example.org")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    signed_in(stranger).post(link + "accept/")
    assert account_of(lot.neighbour) is None
    assert "Send me a new invitation" in client.get(link).content.decode()
    client.post(link + "renew/")
    assert sent_mail()[-1].to == ["nora@example.org"]
    client.post(link + "renew/")
    assert len(sent_mail()) == 1, "one click, one message"
    signed_in(stranger).post(sent_link() + "accept/")
    assert account_of(lot.neighbour) == stranger


def test_it_is_withdrawn(lot: Lot, manager_a: User, stranger: User) -> None:
    link = link_of(lot.neighbour)
    signed_in(manager_a).post(access(lot.neighbour), {"withdraw": "1"})
    client = signed_in(stranger)
    client.post(link + "accept/")
    assert client.get(link).status_code == 410
    assert account_of(lot.neighbour) is None


def test_a_new_one_makes_the_old_one_useless(lot: Lot, stranger: User) -> None:
    old, new = link_of(lot.neighbour), link_of(lot.neighbour)
    client = signed_in(stranger)
    client.post(old + "accept/")
    assert account_of(lot.neighbour) is None
    client.post(new + "accept/")
    assert account_of(lot.neighbour) == stranger


def test_opening_it_does_nothing(lot: Lot, stranger: User) -> None:
    """Programs that look at mail open every link in it."""
    link = link_of(lot.neighbour)
    client = signed_in(stranger)
    client.get(link)
    assert client.get(link + "accept/").status_code == 405
    assert account_of(lot.neighbour) is None


def test_it_never_sets_a_password_on_an_account_that_exists(lot: Lot, client: Client) -> None:
    existing = User.objects.create_user("nora", "Nora@Example.org", PASSWORD)
    link = link_of(lot.neighbour, "nora@example.org")
    assert "register" not in client.get(link).content.decode()
    client.post(link + "register/", {"password1": "another password", "password2": "another password"})
    existing.refresh_from_db()
    assert existing.check_password(PASSWORD)
    assert User.objects.filter(email__iexact="nora@example.org").count() == 1
    assert account_of(lot.neighbour) is None


def test_a_copied_link_proves_no_address(lot: Lot, client: Client) -> None:
    link = link_of(lot.neighbour)
    form = {"username": "nora", "password1": PASSWORD, "password2": PASSWORD, "email": "boss@example.org"}
    client.post(link + "register/", form)
    user = account_of(lot.neighbour)
    assert user is not None
    assert user.email == ""


def test_a_taken_user_name_is_an_error_of_the_form(lot: Lot, stranger: User, client: Client) -> None:
    link = link_of(lot.neighbour)
    form = {"username": "stranger", "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post(link + "register/", form)
    assert answer.status_code == 422
    assert "exists" in answer.content.decode()
    assert account_of(lot.neighbour) is None
    form["username"] = "someone"
    form["password2"] = "something else"
    assert client.post(link + "register/", form).status_code == 422
    assert not User.objects.filter(username="someone").exists()


def test_only_a_digest_is_kept(lot: Lot) -> None:
    invitation, token = invite(lot.neighbour, None)
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


@pytest.mark.parametrize(
    ("caller", "status"), [("viewer_a", 403), ("manager_b", 404), ("member_a", 302), ("stranger", 302)]
)
def test_only_managers_of_the_community_invite(
    lot: Lot, caller: str, status: int, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(caller))
    assert client.post(access(lot.neighbour), {"link": "1"}).status_code == status
    assert not Invitation.objects.exists()


def test_only_a_superuser_gives_a_member_to_an_account(lot: Lot, manager_a: User, stranger: User) -> None:
    form = {"bind": "1", "username": "stranger"}
    assert signed_in(manager_a).post(access(lot.neighbour), form).status_code == 403
    assert account_of(lot.neighbour) is None
    signed_in(User.objects.create_superuser("root")).post(access(lot.neighbour), form)
    assert account_of(lot.neighbour) == stranger


def test_a_member_is_taken_away_from_its_account(lot: Lot, manager_a: User, member_a: User) -> None:
    signed_in(manager_a).post(access(lot.own), {"remove": "1"})
    assert signed_in(member_a).get("/my/alpha/own/").status_code == 404


def test_taking_over_gains_nothing(lot: Lot, community_b: Community, manager_b: User, member_a: User) -> None:
    """The manager of B writes the names of A's member and of the superuser on members of B, and accepts."""
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
    client = signed_in(manager_b)
    for number, name in enumerate(("member_a", "root")):
        lure = Member.objects.create(
            community=community_b, key=f"lure-{number}", name="Lure", role="consumer", user_id=name
        )
        client.post(link_of(lure) + "accept/")
        assert account_of(lure) == manager_b
    assert set(
        client.get("/").context["memberships"][0][0].__class__.objects.filter(account=manager_b)
    ) == set(Member.objects.filter(key__startswith="lure"))
    for address in (
        "/my/alpha/own/",
        "/my/alpha/own/data/json/",
        f"/admin/members/member/{lot.own.pk}/change/",
    ):
        assert client.get(address).status_code == 404
    assert not User.objects.get(pk=manager_b.pk).is_superuser
    assert account_of(lot.own) == member_a
    root.refresh_from_db()
    assert root.check_password(PASSWORD)
    assert not root.memberships.exists()


def test_an_unknown_link_is_not_there(client: Client, db: None) -> None:
    assert client.get("/invitations/nothing/").status_code == 404
    assert client.get(f"/invitations/{'x' * 300}/").status_code == 404
