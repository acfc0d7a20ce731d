"""Accounts, which are for superusers."""

import pytest

from communities.models import ApiToken
from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, errors_on, form_on, page, text_of

LIST = "/admin/accounts/user/"
ADD = LIST + "add/"
SECRET = "correct horse battery"
NEW = {"username": "Carla", "usable_password": "true", "password1": SECRET, "password2": SECRET}


def test_a_superuser_makes_an_account(superuser: User) -> None:
    assert Browser(superuser).send(ADD, **NEW).status_code == 302
    carla = User.objects.get(username="Carla")
    assert carla.check_password(SECRET)
    assert (carla.is_active, carla.is_superuser) == (True, False)


def test_an_account_can_be_without_a_password(superuser: User) -> None:
    typed = {"username": "carla", "usable_password": "false"}
    assert Browser(superuser).send(ADD, **typed).status_code == 302
    assert not User.objects.get(username="carla").has_usable_password()


def test_names_are_compared_exactly(superuser: User, stranger: User) -> None:
    browser = Browser(superuser)
    assert browser.send(ADD, **{**NEW, "username": "Stranger"}).status_code == 302
    assert errors_on(browser.send(ADD, **{**NEW, "username": "stranger"})) == {"username": ["unique"]}


def test_a_weak_password_is_refused(superuser: User) -> None:
    answer = Browser(superuser).send(ADD, **{**NEW, "password1": "12345", "password2": "12345"})
    assert "password_too_short" in errors_on(answer)["password2"]


def test_an_account_is_made_inactive_and_super(superuser: User, stranger: User) -> None:
    browser = Browser(superuser)
    data = form_on(browser.get(change(stranger)))
    data.pop("is_active")
    assert browser.post(change(stranger), {**data, "is_superuser": "on"}).status_code == 302
    stranger.refresh_from_db()
    assert (stranger.is_active, stranger.is_superuser) == (False, True)


def test_nobody_locks_themselves_out(superuser: User) -> None:
    browser = Browser(superuser)
    assert not {"is_active", "is_superuser"} & form_on(browser.get(change(superuser))).keys()
    assert browser.send(change(superuser), name="Root").status_code == 302
    superuser.refresh_from_db()
    assert (superuser.is_active, superuser.is_superuser, superuser.name) == (True, True, "Root")


def test_a_password_is_changed(superuser: User, stranger: User) -> None:
    url = f"/admin/accounts/user/{stranger.pk}/password/"
    data = {"password1": SECRET, "password2": SECRET, "usable_password": "true", "set-password": "1"}
    assert Browser(superuser).post(url, data).status_code == 302
    stranger.refresh_from_db()
    assert stranger.check_password(SECRET)


def test_an_account_is_not_deleted(superuser: User, stranger: User) -> None:
    browser = Browser(superuser)
    assert browser.post(page("accounts.user", "delete", stranger.pk), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": stranger.pk, "post": "yes"}
    browser.post(LIST, data)
    assert User.objects.filter(pk=stranger.pk).exists()


def test_an_account_of_the_demo_is_deleted_with_all_it_may(superuser: User, manager_a: User) -> None:
    ApiToken.issue(manager_a, "a tool")
    User.objects.filter(pk=manager_a.pk).update(is_demo=True)
    browser = Browser(superuser)
    url = page("accounts.user", "delete", manager_a.pk)
    assert url in text_of(browser.get(change(manager_a)))
    assert "manager_a" in text_of(browser.get(url))
    assert browser.post(url, {"post": "yes"}).headers["Location"] == LIST
    assert not User.objects.filter(pk=manager_a.pk).exists()
    assert not ApiToken.objects.exists()


def test_members_of_a_deleted_account_are_let_go_by_the_write_path(superuser: User, member_a: User) -> None:
    User.objects.filter(pk=member_a.pk).update(is_demo=True)
    member = member_a.memberships.get()
    Browser(superuser).post(page("accounts.user", "delete", member_a.pk), {"post": "yes"})
    version, member.version = member.version, 0
    member.refresh_from_db()
    assert (member.account, member.version) == (None, version + 1)
    row = member.history.first()
    assert (row.history_user, row.history_door, row.version) == (superuser, "admin", version + 1)


def test_nobody_deletes_the_own_account_of_the_demo(superuser: User) -> None:
    User.objects.filter(pk=superuser.pk).update(is_demo=True)
    url = page("accounts.user", "delete", superuser.pk)
    assert Browser(superuser).post(url, {"post": "yes"}).status_code == 403


def test_it_finds_and_filters(superuser: User, stranger: User) -> None:
    browser = Browser(superuser)
    assert "stranger" in text_of(browser.get(LIST, q="strang"))
    assert "stranger" not in text_of(browser.get(LIST, is_superuser="1"))
    assert "stranger" in text_of(browser.get(LIST, is_active="1", is_demo="0"))


@pytest.mark.parametrize("caller", ["manager_a", "editor_a", "viewer_a", "manager_b"])
def test_staff_without_that_right_see_none_of_it(
    caller: str, request: pytest.FixtureRequest, stranger: User
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    pages = (
        LIST,
        ADD,
        change(stranger),
        page("accounts.user", "delete", stranger.pk),
        f"{LIST}{stranger.pk}/password/",
    )
    for url in pages:
        assert browser.get(url).status_code == 403
        assert browser.post(url, {**NEW, "is_superuser": "on", "post": "yes"}).status_code == 403
    assert not User.objects.filter(username="Carla").exists()


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(caller: str, request: pytest.FixtureRequest) -> None:
    assert Browser(request.getfixturevalue(caller)).get(LIST).status_code == 302
