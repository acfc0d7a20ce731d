"""The admin's page of mails: who sees which, and what nobody reads there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from communities.models import Community, StaffRole
from members.invitations import invite, send
from members.models import Member
from recportal.accounts.models import User
from recportal.mail.models import Mail
from tests.outbox import sent_mail
from tests.pages.conftest import signed_in

LIST = "/admin/mail/mail/"


@pytest.fixture
def mails(community_a: Community, community_b: Community) -> dict[str, Mail]:
    """A sign-in code, and an invitation of each community."""
    found = {}
    for community in (community_a, community_b):
        member = Member.objects.create(community=community, key="new", name="New", role="consumer")
        invitation, token = invite(member, None, f"new@{community.key}.example")
        send(invitation, f"http://testserver/invitations/{token}/")
        assert invitation.mail
        found[community.key] = invitation.mail
    User.objects.create_user("anna", "anna@example.org")
    Client().post("/accounts/login/code/", {"email": "anna@example.org"})
    return {**found, "code": Mail.objects.get(template="login_code")}


def wide_manager() -> User:
    user = User.objects.create_user("wide")
    StaffRole.objects.create(user=user, community=None, level="manager")
    return user


def test_who_invited_sees_what_became_of_the_mail(mails: dict[str, Mail], manager_a: User) -> None:
    mail = mails["alpha"]
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.FAILED)
    member = Member.objects.get(community__key="alpha", key="new")
    page = signed_in(manager_a).get(f"/admin/members/member/{member.pk}/access/").content.decode()
    assert f'<a href="{LIST}{mail.pk}/change/">failed</a>' in page


def test_its_page_shows_moments_as_people_write_them(mails: dict[str, Mail], manager_a: User) -> None:
    page = signed_in(manager_a).get(f"{LIST}{mails['alpha'].pk}/change/").content.decode()
    assert str(mails["alpha"].next_try_at.year) in page
    assert "+00:00" not in page


@pytest.mark.parametrize(
    ("caller", "seen"),
    [("manager_a", {"alpha"}), ("manager_b", {"beta"}), ("wide", {"alpha", "beta"}), ("root", None)],
)
def test_managers_see_the_invitations_of_their_communities(
    mails: dict[str, Mail], caller: str, seen: set[str] | None, request: pytest.FixtureRequest
) -> None:
    made: dict[str, Callable[[], User]] = {
        "wide": wide_manager,
        "root": lambda: User.objects.create_superuser("root"),
    }
    user = made[caller]() if caller in made else request.getfixturevalue(caller)
    client = signed_in(user)
    page = client.get(LIST).content.decode()
    for name, mail in mails.items():
        is_seen = seen is None or name in seen
        assert (mail.address in page) == is_seen
        assert client.get(f"{LIST}{mail.pk}/change/").status_code == (200 if is_seen else 404)


@pytest.mark.parametrize(("caller", "status"), [("viewer_a", 403), ("member_a", 302), ("stranger", 302)])
def test_nobody_else_has_the_page(caller: str, status: int, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(caller)).get(LIST).status_code == status


def test_nobody_reads_what_a_mail_says(mails: dict[str, Mail], settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    sent_mail()  # nobody takes them
    parameters = set(Mail.objects.values_list("parameters", flat=True))
    assert "" not in parameters
    Mail.objects.update(state=Mail.State.FAILED)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client = signed_in(User.objects.create_superuser("root"))
    pages = [client.get(f"{LIST}{mail.pk}/change/").content.decode() for mail in mails.values()]
    pages += [client.get(LIST).content.decode()]
    assert "ConnectionRefusedError" in pages[-1]
    form = {"action": "try_again", "_selected_action": [mail.pk for mail in mails.values()]}
    assert "3 mails are tried again." in client.post(LIST, form, follow=True).content.decode()
    sent = sent_mail()
    assert len(sent) == 3
    lines = {line for each in sent for line in str(each.body).splitlines() if len(line) > 8}
    for page in pages:
        assert not {line for line in lines if line in page}
        assert not {text for text in parameters if text in page}


def test_only_what_has_failed_and_has_not_expired_is_tried_again(mails: dict[str, Mail]) -> None:
    client = signed_in(User.objects.create_superuser("root"))
    sent_mail()
    Mail.objects.filter(pk=mails["code"].pk).update(
        state=Mail.State.FAILED, parameters="x", expires_at=timezone.now() - timedelta(seconds=1)
    )
    form = {"action": "try_again", "_selected_action": [mail.pk for mail in mails.values()]}
    page = client.post(LIST, form, follow=True).content.decode()
    assert "3 mails were skipped" in page
    assert not Mail.objects.filter(state=Mail.State.WAITING).exists()


def test_a_manager_tries_no_mail_of_others_again(mails: dict[str, Mail], manager_a: User) -> None:
    Mail.objects.update(state=Mail.State.FAILED)
    form = {"action": "try_again", "_selected_action": [mail.pk for mail in mails.values()]}
    signed_in(manager_a).post(LIST, form)
    waiting = Mail.objects.filter(state=Mail.State.WAITING)
    assert list(waiting) == [mails["alpha"]]
