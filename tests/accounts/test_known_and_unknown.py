"""Who asks for a code or a link learns nothing of who has an account."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.invitations import invite
from members.models import Member
from recportal.accounts.mails import mailbox
from recportal.accounts.models import User
from recportal.mail.models import Mail
from tests.outbox import sent_mail
from tests.pages.conftest import Lot, lot, signed_in  # noqa: F401  # a fixture

CODE, RESET = "/accounts/login/code/", "/accounts/password/reset/"
CONFIRM = "/accounts/login/code/confirm/"
#: In order: an account's own address, a proved one, that of an account that is not active, nobody's.
ADDRESSES = ("anna@example.org", "proved@example.org", "closed@example.org", "nobody@example.org")
ASKS = pytest.mark.parametrize("ask", [CODE, RESET])


@pytest.fixture
def accounts(db: None) -> None:
    User.objects.create_user("anna", ADDRESSES[0], "a password of the tests")
    bruno = User.objects.create_user("bruno", "", "a password of the tests")
    EmailAddress.objects.create(user=bruno, email=ADDRESSES[1], verified=True, primary=True)
    User.objects.create_user("carla", ADDRESSES[2], "a password of the tests", is_active=False)


def shape(sql: str) -> str:
    """A statement without its values."""
    sql = re.sub(r'"s\d+_x\d+"', "savepoint", sql)
    return re.sub(r"(?<![\"\w])\d+(\.\d+)?|'(''|[^'])*'", "?", sql)


def asked(client: Client, ask: str, email: str, **more: str) -> tuple[Any, list[str]]:
    """The answer, and the shapes of its statements."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.post(ask, {"email": email, **more})
    return answer, [shape(each["sql"]) for each in captured]


def said(answer: Any, email: str) -> tuple[Any, ...]:
    """What somebody outside sees of an answer, but the address that they sent themselves."""
    names = sorted(answer.cookies)
    values = [re.sub(r"[\w+/=:-]{20,}", "", answer.cookies[name].value) for name in names]
    body = re.sub(r'value="\w{64}"', "", answer.content.decode()).replace(email, "")
    headers = sorted(set(answer.headers) - {"X-Request-ID"})
    return answer.status_code, answer.headers.get("Location"), headers, names, len(values), body


@ASKS
def test_the_answer_and_the_statements_are_the_same(accounts: None, ask: str) -> None:
    seen = []
    for email in ADDRESSES:
        cache.clear()
        Mail.objects.all().delete()
        answer, statements = asked(Client(), ask, email)
        page = Client()
        page.cookies = answer.client.cookies
        following = page.get(answer.headers["Location"])
        assert Mail.objects.count() == 1
        seen.append((said(answer, email), statements, said(following, email)))
    assert len(seen[0][1]) > 5
    for other in seen[1:]:
        assert other[0] == seen[0][0]
        assert other[1] == seen[0][1]
        assert other[2] == seen[0][2]


@ASKS
def test_an_address_without_account_is_told_so_by_mail_alone(accounts: None, ask: str) -> None:
    for email in ADDRESSES:
        asked(Client(), ask, email)
    subjects = {message.to[0]: message.subject for message in sent_mail()}
    without = "No account at testserver has this address"
    assert {email for email, subject in subjects.items() if subject == without} == set(ADDRESSES[2:])
    assert set(subjects) == set(ADDRESSES)


def test_the_page_for_the_code_is_the_same(accounts: None) -> None:
    """Three attempts, each with the same answer and statements; also a look at the page between."""
    seen = []
    for email in (ADDRESSES[0], ADDRESSES[3]):
        cache.clear()
        client = Client()
        asked(client, CODE, email)
        steps: list[Any] = []
        for code in ("WRNG-CODE", "WRNG-CODF", "WRNG-CODG", "WRNG-CODH"):
            with CaptureQueriesContext(connection) as captured:
                page = client.get(CONFIRM)
            steps += [said(page, email), [shape(each["sql"]) for each in captured]]
            with CaptureQueriesContext(connection) as captured:
                answer = client.post(CONFIRM, {"code": code})
            steps += [said(answer, email), [shape(each["sql"]) for each in captured]]
        seen.append(steps)
    for known, unknown in zip(*seen, strict=True):
        assert unknown == known


@pytest.mark.parametrize("code", ["", "0", "-", "BCDF-GHJK"])
def test_no_code_fits_an_address_without_account(accounts: None, client: Client, code: str) -> None:
    asked(client, CODE, ADDRESSES[3])
    client.post(CONFIRM, {"code": code})
    stored = client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]
    client.post(CONFIRM, {"code": stored["code"]})
    assert "_auth_user_id" not in client.session


@ASKS
@pytest.mark.parametrize("email", [ADDRESSES[0], ADDRESSES[3]])
def test_three_mails_an_hour_to_one_address_however_it_is_spelt(accounts: None, ask: str, email: str) -> None:
    local, _at, domain = email.partition("@")
    spellings = [email, email.upper(), f"{local}+1@{domain}", f'"{local}"@{domain}', f" {email} ", email]
    answers = [asked(Client(), ask, spelling)[0] for spelling in spellings]
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1
    assert Mail.objects.count() == 3
    asked(Client(), RESET if ask == CODE else CODE, email)
    assert Mail.objects.count() == 3, "a link and a code are two ways to the same mailbox"


def test_what_is_beyond_the_limit_is_the_same_known_and_unknown(accounts: None) -> None:
    seen = []
    for email in (ADDRESSES[0], ADDRESSES[3]):
        for _time in range(4):
            answer, statements = asked(Client(), CODE, email)
        seen.append((said(answer, email), statements))
    assert seen[0] == seen[1]


@ASKS
def test_twenty_mails_an_hour_from_one_network(accounts: None, ask: str) -> None:
    for number in range(19):
        Client(REMOTE_ADDR=f"198.51.100.{number}").post(CODE, {"email": f"person-{number}@example.org"})
    answers = [
        Client(REMOTE_ADDR="198.51.100.7").post(ask, {"email": email}).status_code
        for email in ("one@example.org", ADDRESSES[0], ADDRESSES[3])
    ]
    assert answers == [302, 302, 302]
    assert Mail.objects.count() == 20
    Client(REMOTE_ADDR="198.51.101.8").post(ask, {"email": ADDRESSES[0]})
    assert Mail.objects.count() == 21


@ASKS
@pytest.mark.parametrize(
    ("typed", "reached"),
    [
        ("anna@\uff45xample.org", "anna@example.org"),
        ("nobody+\u212a@example.org", "nobody+k@example.org"),
        ("clo\u017fed@example.org", "closed@example.org"),
        ("nobody@\ufdfa.org", "nobody@\ufdfa.org"),
    ],
)
def test_the_mail_goes_to_the_address_that_was_looked_up(
    accounts: None, client: Client, ask: str, typed: str, reached: str
) -> None:
    """Another spelling can be another mailbox, and may not get the code of the account's own."""
    assert client.post(ask, {"email": typed}).status_code == 302
    assert [mail.address for mail in Mail.objects.all()] == [reached]


def test_spellings_of_a_mailbox() -> None:
    assert mailbox("Anna@Straße.example") == mailbox("anna@strasse.example")  # as IDNA 2003 has it
    assert mailbox("anna@bücher.example") == mailbox("anna@xn--bcher-kva.example")
    assert mailbox("anna@a.example") != mailbox("annb@a.example")


def test_two_accounts_with_one_address_get_one_mail_with_two_links(db: None, client: Client) -> None:
    for name in ("anna", "anna-work"):
        User.objects.create_user(name, "anna@example.org", "a password of the tests")
    asked(client, RESET, "anna@example.org")
    (message,) = sent_mail()
    assert len(re.findall(r"/accounts/password/reset/key/\S+", str(message.body))) == 2
    assert "anna-work" in str(message.body)


def rows() -> Iterator[str]:
    """Each row of each table as text, and again with what is base64 in it made readable."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield f"{table}: {row}"
                for value in row:
                    yield from decoded(str(value))


def decoded(text: str) -> Iterator[str]:
    for word in re.findall(r"[\w+/=-]{16,}", text):
        with_padding = word.replace("+", "-").replace("/", "_").rstrip("=")
        with_padding += "=" * (-len(with_padding) % 4)
        try:
            data = base64.urlsafe_b64decode(with_padding)
        except ValueError:
            continue
        yield data.decode(errors="replace")
        try:
            yield zlib.decompress(data).decode(errors="replace")
        except zlib.error:
            continue


def secrets_in(text: str) -> set[str]:
    """The code or the end of the link that a mail has."""
    codes = re.findall(r"^\s*([A-Z]{4}-[A-Z]{4})\s*$", text, re.M)
    return {*codes, *re.findall(r"/(?:key|invitations|confirm-email)/([\w:-]{20,})/", text)}


def test_no_code_and_no_link_can_be_read_in_the_database(
    lot: Lot,  # noqa: F811
    manager_a: User,
) -> None:
    user = User.objects.create_user("anna", "anna@example.org", "a password of the tests")
    staff, own, other = signed_in(manager_a), signed_in(user), Client()
    staff.post(f"/admin/members/member/{lot.neighbour.pk}/access/", {"send": "1", "email": "n@example.org"})
    asked(other, CODE, "anna@example.org")
    asked(Client(), RESET, "anna@example.org")
    own.post("/accounts/reauthenticate/", {"password": "a password of the tests"})
    own.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    waiting = list(rows())
    found = set().union(*(secrets_in(str(message.body)) for message in sent_mail()))
    assert len(found) == 4, found
    readable = "\n".join([*waiting, *rows()])
    assert "anna@example.org" in readable, "the test looks into the rows"
    assert {secret for secret in found if secret in readable} == set()
    assert "asks for it" not in readable
    bodies = {line for message in sent_mail() for line in str(message.body).splitlines() if len(line) > 40}
    assert {line for line in bodies if line in readable} == set()


def test_the_dump_would_show_a_session_that_is_not_encrypted(settings: Any, client: Client, db: None) -> None:
    """The check of the check: with Django's own serializer, the code is there to be read."""
    settings.SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
    User.objects.create_user("anna", "anna@example.org", "a password of the tests")
    asked(client, CODE, "anna@example.org")
    (code,) = secrets_in(str(sent_mail()[0].body))
    assert code in "\n".join(rows())


def test_a_session_of_another_key_is_an_empty_one(client: Client, settings: Any, db: None) -> None:
    client.force_login(User.objects.create_user("anna"))
    assert client.get("/account/").status_code == 200
    settings.SECRET_KEY = "another key of this installation"
    assert client.get("/account/").status_code == 302
    assert "anna" not in json.dumps(list(Session.objects.values_list("session_data", flat=True)))


def test_an_invitation_and_its_mail_are_one(lot: Lot, manager_a: User, monkeypatch: Any) -> None:  # noqa: F811
    def away(*_arguments: Any, **_options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("members.invitation_admin.send", away)
    staff = signed_in(manager_a)
    staff.raise_request_exception = False
    staff.post(f"/admin/members/member/{lot.neighbour.pk}/access/", {"send": "1", "email": "n@example.org"})
    assert not Member.objects.get(pk=lot.neighbour.pk).invitations.exists()
    assert invite(lot.neighbour, None)[0].mail is None


def test_a_change_of_password_and_its_mail_are_one(db: None, monkeypatch: Any) -> None:
    user = User.objects.create_user("anna", "anna@example.org", "a password of the tests")
    EmailAddress.objects.create(user=user, email="anna@example.org", verified=True, primary=True)
    client = signed_in(user)
    form = {
        "oldpassword": "a password of the tests",
        "password1": "green boats 42",
        "password2": "green boats 42",
    }

    def away(*_arguments: Any, **_options: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("recportal.accounts.mails.queue", away)
        client.raise_request_exception = False
        assert client.post("/accounts/password/change/", form).status_code == 500
    user.refresh_from_db()
    assert user.check_password("a password of the tests")
    client = signed_in(user)
    client.post("/accounts/password/change/", form)
    user.refresh_from_db()
    assert user.check_password("green boats 42")
    (message,) = sent_mail()
    assert "Your password was changed." in str(message.body)
    assert "127.0.0.1" in str(message.body)
