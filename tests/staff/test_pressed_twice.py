"""Save pressed twice: a form that creates takes the second click as the first one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from assets.models import Asset
from communities.models import ApiToken, Community, StaffRole
from members.corrections import propose
from members.invitations import invite
from members.models import Correction, Invitation, Member
from recportal.accounts.models import User
from recportal.once.models import Submission
from recportal.once.submissions import FIELD
from recportal.staff.base import StaffAdmin
from recportal.staff.site import site
from tests.addresses import routes
from tests.outbox import sent_mail
from tests.staff.browsing import Browser, form_on, page, text_of
from tests.staff.conftest import Register


@dataclass(frozen=True)
class Form:
    """A form that creates: where it is, what is typed into it, and how many of its kind there are."""

    address: Callable[[Register], str]
    typed: Callable[[Register], dict[str, Any]]
    count: Callable[[], int]


FORMS = {
    "community": Form(
        lambda lot: page("communities.community", "add"),
        lambda lot: {"key": "gamma", "name": "Gamma"},
        Community.objects.count,
    ),
    "member": Form(
        lambda lot: page("members.member", "add"),
        lambda lot: {"name": "Carla", "role": "consumer", "status": "active", "community": lot.a.pk},
        Member.objects.count,
    ),
    "member with a key": Form(
        lambda lot: page("members.member", "add"),
        lambda lot: {
            "key": "m-77", "name": "Carla", "role": "consumer", "status": "active", "community": lot.a.pk
        },
        Member.objects.count,
    ),
    "asset": Form(
        lambda lot: page("assets.asset", "add"),
        lambda lot: {"name": "Load", "asset_type": "load", "owner": lot.anna.pk},
        Asset.objects.count,
    ),
    "account": Form(
        lambda lot: page("accounts.user", "add"),
        lambda lot: {"username": "carla", "usable_password": "false"},
        User.objects.count,
    ),
    "role": Form(
        lambda lot: page("communities.staffrole", "add"),
        lambda lot: {"username": "passer-by", "community": lot.a.pk, "level": "viewer"},
        StaffRole.objects.count,
    ),
    "token": Form(
        lambda lot: page("communities.apitoken", "add"),
        lambda lot: {"name": "forecast", "community": lot.a.pk},
        ApiToken.objects.count,
    ),
    "area": Form(
        lambda lot: page("communities.community", "area_add", lot.a.pk),
        lambda lot: {"name": "West", "key": "west"},
        lambda: len(Community.objects.get(key="alpha").areas),
    ),
    "node": Form(
        lambda lot: page("communities.community", "node_add", lot.a.pk),
        lambda lot: {"id": "line-9", "type": "line"},
        lambda: len(Community.objects.get(key="alpha").topology),
    ),
    "invitation as a link": Form(
        lambda lot: page("members.member", "access", lot.anna.pk),
        lambda lot: {"link": "1"},
        Invitation.objects.count,
    ),
    "invitation by mail": Form(
        lambda lot: page("members.member", "access", lot.anna.pk),
        lambda lot: {"send": "1", "email": "anna@example.org"},
        Invitation.objects.count,
    ),
}  # fmt: skip


@pytest.fixture
def root(register: Register, superuser: User) -> Browser:
    User.objects.create_user("passer-by")
    return Browser(superuser)


def without_what_differs(text: str) -> str:
    """The page without the tokens of its forms."""
    return "\n".join(line for line in text.splitlines() if f'name="{FIELD}"' not in line)


@pytest.mark.parametrize("name", FORMS)
def test_the_second_click_leads_where_the_first_one_led(name: str, root: Browser, register: Register) -> None:
    form = FORMS[name]
    address, before = form.address(register), form.count()
    sent = {**form_on(root.get(address)), **form.typed(register)}
    assert sent[FIELD]
    first, second = root.post(address, sent), root.post(address, sent)
    assert form.count() == before + 1
    assert first.status_code == second.status_code
    assert first.status_code in (200, 201, 302)
    assert first.headers.get("Location") == second.headers.get("Location")
    if first.status_code != 302:
        assert not first.context.get("errors")
        assert without_what_differs(text_of(first)) == without_what_differs(text_of(second))
    assert len(sent_mail()) == (name == "invitation by mail")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_opened_anew_creates_another(name: str, root: Browser, register: Register) -> None:
    """Or is refused for its own reasons, such as a key that is taken."""
    form = FORMS[name]
    address, before = form.address(register), form.count()
    for _time in range(2):
        answer = root.post(address, {**form_on(root.get(address)), **form.typed(register)})
    refused = answer.status_code == 200 and not answer.context.get("link")
    assert form.count() == before + (1 if refused else 2)


def test_a_form_that_was_refused_can_be_sent_again(root: Browser, register: Register) -> None:
    address = page("members.member", "add")
    sent = {**form_on(root.get(address)), **FORMS["member with a key"].typed(register)}
    taken = Member.objects.create(community=register.a, key="m-77", name="First", role="consumer")
    assert root.post(address, sent).status_code == 200
    assert not Submission.objects.exists()
    taken.delete()
    assert root.post(address, sent).status_code == 302
    assert Member.objects.get(key="m-77").name == "Carla"


def test_who_goes_back_and_types_another_name_gets_another_record(root: Browser, register: Register) -> None:
    address = page("members.member", "add")
    sent = {**form_on(root.get(address)), **FORMS["member"].typed(register)}
    for name in ("Carla", "Dario", "Carla"):
        assert root.post(address, {**sent, "name": name}).status_code == 302
    assert Member.objects.filter(name__in=["Carla", "Dario"]).count() == 2


def test_save_and_add_another_and_popups_are_answered_again(root: Browser, register: Register) -> None:
    address = page("members.member", "add")
    for button in ({"_addanother": "1"}, {"_continue": "1"}, {"_popup": "1"}):
        before = Member.objects.count()
        sent = {**form_on(root.get(address)), **FORMS["member"].typed(register), **button}
        first, second = root.post(address, sent), root.post(address, sent)
        assert Member.objects.count() == before + 1
        assert first.headers.get("Location") == second.headers.get("Location")
        assert without_what_differs(text_of(first)) == without_what_differs(text_of(second))


def test_a_token_is_its_owners(root: Browser, register: Register, manager_a: User) -> None:
    """Nobody is led to what somebody else has made, whatever their form says."""
    address = page("members.member", "add")
    sent = {**form_on(root.get(address)), **FORMS["member"].typed(register)}
    assert root.post(address, sent).status_code == 302
    assert Browser(manager_a).post(address, sent).status_code == 302
    assert Member.objects.filter(name="Carla").count() == 2


def test_a_secret_is_shown_again_for_a_minute_only(root: Browser, register: Register) -> None:
    address = page("communities.apitoken", "add")
    sent = {**form_on(root.get(address)), **FORMS["token"].typed(register)}
    first = root.post(address, sent)
    assert "no-store" in first.headers["Cache-Control"]
    secret = first.context["token"].secret
    assert ApiToken.objects.get().digest == ApiToken.digest_of(secret)
    Submission.objects.update(made_at=timezone.now() - timedelta(seconds=61))
    later = root.client.post(address, sent, follow=True)
    assert ApiToken.objects.count() == 1
    assert secret not in text_of(later)
    assert "is not shown again" in text_of(later)


def test_no_secret_is_stored(root: Browser, register: Register, tmp_path: Any) -> None:
    """Neither that of a token, nor the link of an invitation, nor by what they could be computed."""
    secrets = []
    for name in ("token", "invitation as a link"):
        form = FORMS[name]
        address = form.address(register)
        sent = {**form_on(root.get(address)), **form.typed(register)}
        answer = root.post(address, sent)
        link = answer.context.get("link") or answer.context["token"].secret
        secrets += [sent[FIELD], link.rstrip("/").rpartition("/")[2].removeprefix("rp_")]
        assert secrets[-1] in text_of(answer)
    file = tmp_path / "everything.json"
    call_command("dumpdata", output=str(file))
    stored = file.read_text() + "".join(cookie.value for cookie in root.client.cookies.values())
    assert "forecast" in stored
    assert not [each for each in secrets if each in stored]


def test_old_rows_go(root: Browser, register: Register) -> None:
    old = Submission.objects.create(digest="x", made_at=timezone.now() - timedelta(days=2))
    young = Submission.objects.create(digest="y", made_at=timezone.now() - timedelta(hours=2))
    root.send(page("members.member", "add"), **FORMS["member"].typed(register))
    assert not Submission.objects.filter(pk=old.pk).exists()
    assert Submission.objects.filter(pk=young.pk).exists()


@pytest.mark.parametrize("model", [model._meta.label for model in site._registry])
def test_every_form_for_adding_carries_the_token(model: str, root: Browser) -> None:
    model_admin = next(each for key, each in site._registry.items() if key._meta.label == model)
    assert isinstance(model_admin, StaffAdmin)
    answer = root.get(page(model.lower(), "add"))
    if answer.status_code == 403:  # nobody adds these here
        return
    assert form_on(answer).get(FIELD)


def test_a_form_for_changing_carries_none(root: Browser, register: Register) -> None:
    assert FIELD not in form_on(root.get(page("members.member", "change", register.anna.pk)))


def test_pages_for_adding_are_known_here(register: Register) -> None:
    """A new address that ends in ``add/`` belongs into ``FORMS``."""
    nobody_adds = {page("members.correction", "add"), page("mail.mail", "add")}
    known = {form.address(register) for form in FORMS.values()} | nobody_adds
    values = {"object_id": register.a.pk}
    adding = {route.filled(values) for route in routes() if route.address.endswith("/add/")}
    assert adding <= known


# The pages of members


def test_a_correction_is_made_once(register: Register, member_a: User) -> None:
    member = Browser(member_a)
    address = "/my/alpha/own/corrections/new/"
    sent = {**form_on(member.get(address)), "message": "My name is spelt with two n."}
    first, second = member.post(address, sent), member.post(address, sent)
    assert first.headers["Location"] == second.headers["Location"] == "/my/alpha/own/corrections/"
    assert Correction.objects.count() == 1
    assert propose(register.anna, member_a, register.anna, message="Another.").pk


def test_an_account_is_made_once(register: Register) -> None:
    token = invite(register.anna, None)[1]
    visitor = Browser()
    sent = {
        **form_on(visitor.get(f"/invitations/{token}/")),
        "username": "anna",
        "password1": "a horse of the tests",
        "password2": "a horse of the tests",
    }
    address = f"/invitations/{token}/register/"
    first = visitor.post(address, sent)
    second = Browser().post(address, sent)  # the browser has not seen the first answer
    assert first.headers["Location"] == second.headers["Location"] == "/my/alpha/m-1/"
    assert User.objects.filter(username="anna").count() == 1


def test_an_invitation_is_accepted_once(register: Register, stranger: User) -> None:
    token = invite(register.anna, None)[1]
    browser = Browser(stranger)
    sent = form_on(browser.get(f"/invitations/{token}/"))
    address = f"/invitations/{token}/accept/"
    first, second = browser.post(address, sent), browser.post(address, sent)
    assert first.headers["Location"] == second.headers["Location"] == "/my/alpha/m-1/"
