"""Giving and taking staff roles."""

from typing import Any

import pytest

from communities.models import StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.staff.browsing import Browser, change, delete, errors_on, form_on, text_of
from tests.staff.conftest import Register, user_with

LIST = "/admin/communities/staffrole/"
ADD = LIST + "add/"


def give(user: User, name: str, level: str = "viewer", community: Any = "") -> Any:
    return Browser(user).send(ADD, username=name, level=level, community=getattr(community, "pk", community))


def test_a_manager_gives_a_role(manager_a: User, stranger: User, register: Register) -> None:
    assert give(manager_a, "stranger", "editor", register.a).status_code == 302
    role = StaffRole.objects.get(user=stranger)
    assert (role.community, role.level) == (register.a, Level.EDITOR)


def test_a_manager_sees_the_roles_of_the_own_community_only(
    manager_a: User, viewer_a: User, manager_b: User, superuser: User
) -> None:
    user_with(Level.VIEWER, None, "everywhere")
    text = text_of(Browser(manager_a).get(LIST))
    assert "viewer_a" in text
    assert "beta" not in text
    assert "everywhere" not in text
    everything = text_of(Browser(superuser).get(LIST))
    assert "manager_b" in everything
    assert "everywhere" in everything


def test_a_manager_cannot_give_roles_elsewhere(manager_a: User, stranger: User, register: Register) -> None:
    assert errors_on(give(manager_a, "stranger", "viewer", register.b)) == {"community": ["invalid_choice"]}
    assert errors_on(give(manager_a, "stranger", "viewer", "")) == {"community": ["required"]}
    assert not StaffRole.objects.filter(user=stranger).exists()


def test_a_superuser_gives_roles_everywhere(superuser: User, stranger: User) -> None:
    assert give(superuser, "stranger", "manager").status_code == 302
    assert StaffRole.objects.get(user=stranger).community is None


def test_a_manager_of_all_communities_gives_roles_in_each_but_not_over_all(
    stranger: User, register: Register
) -> None:
    boss = user_with(Level.MANAGER, None, "boss")
    assert errors_on(give(boss, "stranger")) == {"community": ["required"]}
    assert give(boss, "stranger", "manager", register.b).status_code == 302
    own = boss.staff_roles.get()
    assert Browser(boss).get(change(own)).status_code == 404


@pytest.mark.parametrize("name", ["nobody", "Stranger", "gone", "%", "strange", "a" * 300])
def test_a_name_must_be_exact_and_the_answer_tells_nothing_else(
    manager_a: User, stranger: User, register: Register, name: str
) -> None:
    user_with(None, None, "gone")
    User.objects.filter(username="gone").update(is_active=False)
    expected = ["max_length"] if len(name) > 256 else ["unknown_account"]
    assert errors_on(give(manager_a, name, "viewer", register.a)) == {"username": expected}


def test_one_account_has_one_role_in_a_community(manager_a: User, viewer_a: User, register: Register) -> None:
    answer = give(manager_a, "viewer_a", "editor", register.a)
    assert "has a role there already" in text_of(answer)
    assert viewer_a.staff_roles.get().level == Level.VIEWER


def test_one_account_has_one_role_over_all(superuser: User, register: Register) -> None:
    user_with(Level.VIEWER, None, "boss")
    assert "has a role in all communities already" in text_of(give(superuser, "boss", "manager"))


def test_a_role_can_be_changed_and_taken(manager_a: User, viewer_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    role = viewer_a.staff_roles.get()
    assert form_on(browser.get(change(role))) == {"level": "viewer"}
    assert (
        browser.send(change(role), level="editor", community=register.b.pk, user=manager_a.pk).status_code
        == 302
    )
    role.refresh_from_db()
    assert (role.level, role.community, role.user) == (Level.EDITOR, register.a, viewer_a)
    assert browser.post(delete(role), {"post": "yes"}).status_code == 302
    assert not viewer_a.staff_roles.exists()


def test_a_level_that_there_is_not_is_refused(manager_a: User, stranger: User, register: Register) -> None:
    assert errors_on(give(manager_a, "stranger", "king", register.a)) == {"level": ["invalid_choice"]}


@pytest.mark.parametrize("caller", ["viewer_a", "editor_a"])
def test_lower_levels_see_none_of_it(caller: str, request: pytest.FixtureRequest, manager_a: User) -> None:
    browser = Browser(request.getfixturevalue(caller))
    role = manager_a.staff_roles.get()
    assert browser.get(LIST).status_code == 403
    assert browser.get(ADD).status_code == 403
    for url in (change(role), delete(role)):
        assert browser.get(url).status_code in (403, 404)
        assert browser.post(url, {"post": "yes", "level": "manager"}).status_code in (403, 404)
    assert manager_a.staff_roles.exists()


@pytest.mark.parametrize("caller", ["member_a", "stranger"])
def test_it_is_closed_to_whoever_has_no_role(caller: str, request: pytest.FixtureRequest) -> None:
    assert Browser(request.getfixturevalue(caller)).get(LIST).status_code == 302


def test_another_manager_does_not_find_it(manager_b: User, viewer_a: User) -> None:
    role = viewer_a.staff_roles.get()
    browser = Browser(manager_b)
    assert browser.get(change(role)).status_code == 404
    assert browser.post(delete(role), {"post": "yes"}).status_code == 404
    answer = browser.post(LIST, {"action": "delete_selected", "_selected_action": role.pk, "post": "yes"})
    assert answer.status_code == 302
    assert viewer_a.staff_roles.exists()
