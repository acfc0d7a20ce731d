"""Tokens for external tools in the admin: made by managers for themselves, revoked at once."""

import re

from communities.models import ApiToken, StaffRole
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.api.calling import token_of
from tests.staff.browsing import Browser, change, errors_on, history, listing, page, text_of
from tests.staff.conftest import Register, user_with

ADD = page("communities.apitoken", "add")
LIST = listing("communities.apitoken")


def test_it_works(register: Register, manager_a: User) -> None:
    browser = Browser(manager_a)
    answer = browser.send(ADD, name="forecast", community=register.a.pk, read_only="on")
    assert answer.status_code == 201
    found = re.search(r"rp_[\w-]{43}", text_of(answer))
    assert found
    token = ApiToken.objects.get()
    assert (token.user, token.community, token.read_only) == (manager_a, register.a, True)
    assert token.digest == ApiToken.digest_of(found[0])
    assert found[0] not in text_of(browser.get(LIST))
    assert found[0] not in text_of(browser.get(change(token)))


def test_a_managers_token_is_for_a_community_of_theirs(register: Register, manager_a: User) -> None:
    browser = Browser(manager_a)
    assert errors_on(browser.send(ADD, name="all", community=""))["community"] == ["required"]
    assert errors_on(browser.send(ADD, name="b", community=register.b.pk))["community"] == ["invalid_choice"]
    assert not ApiToken.objects.exists()


def test_the_only_community_of_a_manager_is_chosen_beforehand(register: Register, manager_a: User) -> None:
    for model in ("apitoken", "staffrole"):
        form = text_of(Browser(manager_a).get(page(f"communities.{model}", "add")))
        assert f'<option value="{register.a.pk}" selected>' in form
        assert "Empty: all" not in form


def test_no_page_leads_to_a_history_that_is_not_kept(register: Register, manager_a: User) -> None:
    token_of(manager_a, register.a)
    browser = Browser(manager_a)
    for record in (ApiToken.objects.get(), StaffRole.objects.get(user=manager_a)):
        assert "historylink" not in text_of(browser.get(change(record)))
    for kept in (register.a, register.anna, register.pv):
        assert history(kept) in text_of(browser.get(change(kept)))


def test_who_sees_it(
    register: Register, manager_a: User, viewer_a: User, manager_b: User, member_a: User, stranger: User
) -> None:
    token_of(viewer_a, register.a)
    token = ApiToken.objects.get()
    seen = {
        user.username: Browser(user).get(change(token)).status_code
        for user in (manager_a, viewer_a, manager_b, member_a, stranger)
    }
    # Its owner, and who manages its community.
    assert [name for name in seen if seen[name] == 200] == ["manager_a", "viewer_a"]
    assert token.prefix not in text_of(Browser(manager_b).get(LIST))
    editor = user_with(Level.EDITOR, register.a, "editor_too")
    assert Browser(editor).get(ADD).status_code in (302, 403, 404)


def test_it_is_revoked_at_once_and_stays_to_be_seen(
    register: Register, manager_a: User, manager_b: User
) -> None:
    token_of(manager_a, register.a)
    token = ApiToken.objects.get()
    chosen = {"action": "revoke", "_selected_action": str(token.pk)}
    Browser(manager_b).post(LIST, chosen)
    token.refresh_from_db()
    assert token.is_open
    assert Browser(manager_a).post(LIST, chosen).status_code == 302
    token.refresh_from_db()
    assert not token.is_open
    assert (
        Browser(manager_a).post(page("communities.apitoken", "delete", token.pk), {"post": "yes"}).status_code
        == 403
    )


def test_a_manager_of_all_communities_sees_no_tokens_of_whole_accounts(
    register: Register, manager_a: User, superuser: User
) -> None:
    """Those of communities, and the own ones; what opens all that another account sees is another's."""
    for user, community in ((manager_a, register.a), (superuser, None), (manager_a, None)):
        token_of(user, community)
    wide = user_with(Level.MANAGER, None, "wide")
    token_of(wide, None)
    browser = Browser(wide)
    answers = {
        (token.user.username, token.community and token.community.key): browser.get(change(token)).status_code
        for token in ApiToken.objects.all()
    }
    assert answers == {
        ("manager_a", "alpha"): 200,
        ("root", None): 404,
        ("manager_a", None): 404,
        ("wide", None): 200,
    }
    listed = browser.get(LIST).context["cl"].result_list
    assert {(each.user.username, bool(each.community)) for each in listed} == {
        ("manager_a", True),
        ("wide", False),
    }
    others = ApiToken.objects.filter(user=superuser)
    browser.post(LIST, {"action": "revoke", "_selected_action": [each.pk for each in others]})
    assert all(each.is_open for each in others)


def test_a_viewer_of_all_communities_sees_the_own_tokens_only(register: Register, manager_a: User) -> None:
    token_of(manager_a, register.a)
    wide = user_with(Level.VIEWER, None, "wide")
    token_of(wide, None)
    answers = {
        token.user.username: Browser(wide).get(change(token)).status_code for token in ApiToken.objects.all()
    }
    assert answers == {"manager_a": 404, "wide": 200}
