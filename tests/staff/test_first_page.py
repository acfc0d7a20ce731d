"""Who is let in, and the first page."""

import pytest
from django.contrib.admin.models import LogEntry

from recportal.accounts.models import User
from tests.staff.browsing import Browser, change, text_of
from tests.staff.conftest import Register


def test_a_role_lets_in(manager_a: User, viewer_a: User) -> None:
    assert Browser(manager_a).get("/admin/").status_code == 200
    assert Browser(viewer_a).get("/admin/").status_code == 200


def test_whoever_is_not_signed_in_is_asked_to(db: None) -> None:
    answer = Browser().get("/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/?next=/admin/")


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_whoever_has_no_role_is_told_so_and_whom_to_ask(caller: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(caller)
    browser = Browser(user)
    sent_to = browser.get("/admin/").headers["Location"]
    answer = browser.get(sent_to)
    assert answer.status_code == 403  # and not a form that would go round in a circle
    assert f"<strong>{user.username}</strong>" in text_of(answer)
    assert "Ask a manager of your community" in text_of(answer)
    assert 'action="/admin/logout/"' in text_of(answer)
    browser.post("/admin/logout/", {})
    assert browser.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    assert browser.get("/account/").headers["Location"].startswith("/accounts/login/")


def test_a_withdrawn_role_shuts_the_door_at_once(manager_a: User) -> None:
    browser = Browser(manager_a)
    assert browser.get("/admin/").status_code == 200
    manager_a.staff_roles.all().delete()
    assert browser.get("/admin/").status_code == 302


def test_an_inactive_account_does_not_get_in(manager_a: User) -> None:
    browser = Browser(manager_a)
    User.objects.filter(pk=manager_a.pk).update(is_active=False)
    assert browser.get("/admin/").status_code == 302


def test_the_first_page_offers_what_the_level_allows(
    manager_a: User, viewer_a: User, superuser: User, register: Register
) -> None:
    pages = {
        user.username: text_of(Browser(user).get("/admin/")) for user in (manager_a, viewer_a, superuser)
    }
    for text in pages.values():
        assert "/admin/members/member/" in text
        assert "/admin/auth/group/" not in text
    assert "/admin/communities/staffrole/" in pages["manager_a"]
    assert "/admin/communities/staffrole/" not in pages["viewer_a"]
    assert "/admin/members/member/add/" not in pages["viewer_a"]
    assert "/admin/accounts/user/" not in pages["manager_a"]
    assert "/admin/accounts/user/" in pages["root"]


def test_nothing_keeps_a_log_that_names_records(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    assert browser.send(change(register.anna), name="Anna II").status_code == 302
    assert not LogEntry.objects.exists()
    browser.get("/admin/")  # shows the message that it was saved, once
    assert "Anna" in text_of(browser.get("/admin/"))  # among the recent changes of the community
    manager_a.staff_roles.update(community=register.b)
    assert "Anna" not in text_of(browser.get("/admin/"))


def test_there_is_no_way_from_a_content_type_to_any_object(manager_a: User, register: Register) -> None:
    assert Browser(manager_a).get(f"/admin/r/1/{register.beta.pk}/").status_code == 404
