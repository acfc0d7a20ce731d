"""How often a password may be tried: nobody is locked out by others, and nobody guesses for ever."""

from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client

from recportal.accounts.limits import COOKIE
from recportal.accounts.models import User
from tests.factories import PASSWORD
from tests.outbox import sent_mail

LOGIN = "/accounts/login/"


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna", "anna@example.org", PASSWORD)


def browser(address: str = "192.0.2.1") -> Client:
    return Client(REMOTE_ADDR=address)


def tries(client: Client, login: str = "anna", password: str = "wrong") -> bool:
    """Whether the password was looked at; with the right one, whether it let in."""
    answer = client.post(LOGIN, {"login": login, "password": password})
    if answer.status_code == 302:
        return True
    assert answer.status_code == 200, answer.status_code
    return "Too many failed" not in answer.content.decode()


def test_who_tried_too_often_is_shown_the_other_way_in(anna: User, client: Client) -> None:
    while tries(client):
        pass
    page = client.post(LOGIN, {"login": "anna", "password": "wrong"}).content.decode()
    assert "sign in with a code by e-mail" in page


def forgets(minutes: float) -> None:
    """What was counted is so much older now."""
    for key in cache_keys():
        history = cache.get(key)
        if isinstance(history, list):
            cache.set(key, [moment - 60 * minutes for moment in history], 86400)


def cache_keys() -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM shared_cache")
        return [row[0].removeprefix(":1:") for row in cursor.fetchall()]


def test_five_from_elsewhere_lock_nobody_out(anna: User) -> None:
    for _attempt in range(5):
        assert tries(browser("198.51.100.7"))
    assert not tries(browser("198.51.100.7"), password=PASSWORD)
    assert not tries(browser("198.51.100.200"), password=PASSWORD), "the same network"
    assert tries(browser("192.0.2.1"), password=PASSWORD)


@pytest.mark.parametrize(
    ("first", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:198.51.100.7", "198.51.100.99", "198.51.101.7"),
    ],
)
def test_a_network_is_a_24_or_a_64(anna: User, first: str, same: str, other: str) -> None:
    for _attempt in range(5):
        tries(browser(first))
    assert not tries(browser(same))
    assert tries(browser(other))


@pytest.mark.parametrize("spelling", ["ANNA", " anna ", "Anna"])
def test_another_spelling_is_the_same_name(anna: User, spelling: str) -> None:
    for _attempt in range(5):
        tries(browser())
    assert not tries(browser(), spelling)


@pytest.mark.parametrize("spelling", ["anna@\uff45xample.org", "Anna@e\uff38AMPLE.org"])
def test_another_spelling_is_the_same_address(anna: User, spelling: str) -> None:
    assert tries(browser(), spelling, PASSWORD), "it means the same account"
    for _attempt in range(5):
        tries(browser("198.51.100.7"), "anna@example.org")
    assert not tries(browser("198.51.100.7"), spelling)


@pytest.mark.parametrize("login", ["anna", "nobody", "nobody@example.org", "x" * 300])
def test_an_unknown_name_is_limited_like_a_known_one(anna: User, login: str) -> None:
    assert [tries(browser(), login) for _attempt in range(7)] == [True] * 5 + [False] * 2


def test_one_network_does_not_try_many_names(anna: User) -> None:
    assert [tries(browser(), f"name-{number}") for number in range(12)] == [True] * 10 + [False] * 2
    looked_at = 10
    for minute in range(15):
        forgets(1.01)
        looked_at += sum(tries(browser(), f"name-{minute}-{number}") for number in range(10))
    assert looked_at == 100


def test_many_networks_do_not_try_one_name(anna: User) -> None:
    known = browser("192.0.2.1")
    assert tries(known, password=PASSWORD)
    known.post("/accounts/logout/")
    looked_at = [tries(browser(f"10.0.{number}.1")) for number in range(35)]
    assert looked_at == [True] * 30 + [False] * 5
    assert not tries(browser("10.9.9.9"), password=PASSWORD)
    assert tries(known, password=PASSWORD), "a browser in which the account has signed in before"
    forgets(61)
    assert tries(browser("10.9.9.9"), password=PASSWORD)


def test_a_known_browser_passes_behind_a_network_of_attackers(anna: User) -> None:
    known = browser("198.51.100.7")
    tries(known, password=PASSWORD)
    known.post("/accounts/logout/")
    for _attempt in range(6):
        tries(browser("198.51.100.8"))
    assert tries(known, password=PASSWORD)


def test_a_known_browser_does_not_guess_for_ever(anna: User) -> None:
    known = browser()
    tries(known, password=PASSWORD)
    known.post("/accounts/logout/")
    assert [tries(known) for _attempt in range(6)] == [True] * 5 + [False]
    looked_at = 5
    for _round in range(20):
        forgets(6)
        looked_at += sum(tries(known) for _attempt in range(6))
    assert looked_at == 50


def test_a_known_browser_is_known_for_its_accounts_alone(anna: User) -> None:
    User.objects.create_user("eve", "", PASSWORD)
    eves = browser()
    tries(eves, "eve", PASSWORD)
    eves.post("/accounts/logout/")
    for number in range(30):
        tries(browser(f"10.0.{number}.1"))
    assert not tries(eves), "Eve's browser is nobody's for Anna"


@pytest.mark.parametrize(
    "value",
    ["", "x", "a:b:c", "another salt", "é", "x" * 4000],
    ids=["empty", "x", "abc", "salt", "é", "long"],
)
def test_a_forged_sign_is_none(anna: User, value: str) -> None:
    forger = browser()
    forger.cookies[COOKIE] = signing.dumps(["x", [anna.pk]], salt=value) if "salt" in value else value
    for _attempt in range(5):
        tries(forger)
    assert not tries(browser())


def test_a_browser_remembers_a_few_people(anna: User) -> None:
    shared = browser()
    names = [f"person-{number}" for number in range(12)]
    for name in names:
        User.objects.create_user(name, "", PASSWORD)
        assert tries(shared, name, PASSWORD)
        shared.post("/accounts/logout/")
    _secret, accounts = signing.loads(shared.cookies[COOKIE].value, salt=COOKIE)
    assert len(accounts) == 8
    assert shared.cookies[COOKIE]["httponly"]
    assert len(shared.cookies[COOKIE].value) < 200


def test_right_passwords_are_not_counted(anna: User) -> None:
    assert all(tries(browser(), password=PASSWORD) for _time in range(12))


def test_a_reset_by_mail_opens_the_name_again(anna: User) -> None:
    import re

    for number in range(31):
        tries(browser(f"10.0.{number}.1"))
    client = browser("192.0.2.1")
    assert not tries(client, password=PASSWORD)
    client.post("/accounts/password/reset/", {"email": "anna@example.org"})
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(sent_mail()[-1].body))
    assert found
    new = "a new password 123"
    client.post(client.get(found[1]).headers["Location"], {"password1": new, "password2": new})
    assert tries(client, password=new)


PASSWORD_PAGES = ("/accounts/password/change/", "/accounts/reauthenticate/")


def guess(client: Client, page: str, password: str = "wrong") -> Any:
    new = "another password of the tests"
    form = {"oldpassword": password, "password": password, "password1": new, "password2": new}
    return client.post(page, form)


def test_the_pages_of_who_is_signed_in_share_one_limit(anna: User) -> None:
    """30 of 30 were looked at: a session that somebody left open must not tell the password."""
    client = browser()
    client.force_login(anna)
    looked_at = 0
    for number in range(30):
        page = PASSWORD_PAGES[number % 2]
        answer = guess(client, page)
        looked_at += answer.status_code == 200 and "Too many failed" not in answer.content.decode()
    assert looked_at == 5
    anna.refresh_from_db()
    for page in PASSWORD_PAGES:
        guess(client, page, PASSWORD)
    assert anna.check_password(PASSWORD)
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_the_admin_has_no_page_of_its_own(manager_a: User, client: Client) -> None:
    client.force_login(manager_a)
    for ask in (client.get, client.post):
        answer = ask("/admin/password_change/")
        assert answer.headers["Location"] == "/accounts/password/change/?next=%2Fadmin%2F"
    assert client.get("/admin/password_change/done/").headers["Location"] == "/admin/"
    new = "another password of the tests"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new, "next": "/admin/"}
    assert client.post("/accounts/password/change/", form).headers["Location"] == "/admin/"
    manager_a.refresh_from_db()
    assert manager_a.check_password(new)


def test_strangers_do_not_keep_a_signed_in_person_from_changing_it(anna: User) -> None:
    client = browser()
    client.force_login(anna)
    for number in range(31):
        tries(browser(f"10.0.{number}.1"))
    assert guess(client, PASSWORD_PAGES[0], PASSWORD).status_code == 302
