"""Mails as rows: written with their act, sent by the worker at least once and never too late."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from recportal.jobs.leases import PAUSES
from recportal.mail.models import Mail
from recportal.mail.outbox import parameters_of, queue
from recportal.mail.sending import delete_old, empty_expired, send_next
from tests.outbox import sent_mail
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db
CODE = "QRST-VWXZ"


def queued(address: str = "anna@example.org", *, minutes: float = 10, **options: Any) -> Mail:
    parameters = {"site": "register.example", "email": address, "code": CODE, "minutes": 10}
    return queue(
        Mail.Template.LOGIN_CODE, address, parameters, lifetime=timedelta(minutes=minutes), **options
    )


def again(row: Mail) -> Mail:
    """The row as it is now, due at once."""
    Mail.objects.filter(pk=row.pk).update(next_try_at=timezone.now())
    row.refresh_from_db()
    return row


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer().running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def test_it_is_sent_with_its_message_id_and_forgotten(server: MailServer) -> None:
    row = queued()
    assert CODE not in json.dumps(row.parameters)
    assert parameters_of(row)["code"] == CODE
    assert send_next()
    assert not send_next()
    row.refresh_from_db()
    (taken,) = server.taken
    assert (row.state, row.parameters, row.attempts) == (Mail.State.SENT, "", 1)
    assert (taken.to, taken.message["Message-ID"]) == ("anna@example.org", row.message_id)
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert CODE in taken.text


def test_it_is_in_the_transaction_of_its_act() -> None:
    def act() -> None:
        with transaction.atomic():
            queued()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Mail.objects.exists()


def test_it_speaks_its_own_language() -> None:
    parameters = {"site": "r.example", "name": "Anna", "community": "Alpha", "url": "u", "days": 1}
    for language in ("it", "en"):
        address = f"{language}@example.org"
        queue(Mail.Template.INVITATION, address, parameters, lifetime=timedelta(days=1), language=language)
    assert [message.subject for message in sent_mail()] == ["Il tuo posto in Alpha", "Your place in Alpha"]


def test_it_is_text_and_no_markup() -> None:
    parameters = {"site": "r.example", "name": "O'Brien & <Co>", "community": "A&B", "url": "u", "days": 1}
    queue(Mail.Template.INVITATION, "a@example.org", parameters, lifetime=timedelta(days=1))
    (message,) = sent_mail()
    assert message.subject == "Your place in A&B"
    assert "O'Brien & <Co>" in str(message.body)


def test_a_server_that_is_away_is_tried_again_with_growing_pauses(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    row = queued(minutes=600)
    for number, pause in enumerate(PAUSES, start=1):
        before = timezone.now()
        assert send_next()
        row.refresh_from_db()
        assert (row.state, row.attempts) == (Mail.State.WAITING, number)
        assert pause - 1 < (row.next_try_at - before).total_seconds() < pause + 60
        assert row.fault.startswith("ConnectionRefusedError at ")
        assert not send_next(), "not before the pause is over"
        again(row)
    with MailServer(port=0).running() as server:
        settings.EMAIL_PORT = server.port
        assert send_next()
        assert [each.message["Message-ID"] for each in server.taken] == [row.message_id]


@pytest.mark.parametrize(
    ("command", "answer", "state"),
    [
        ("RCPT", "550 no such person", Mail.State.FAILED),
        ("RCPT", "451 later", Mail.State.WAITING),
        ("DATA", "554 spam", Mail.State.FAILED),
        ("DATA", "452 full", Mail.State.WAITING),
        ("MAIL", "550 who are you?", Mail.State.WAITING),
    ],
)
def test_what_the_server_refuses_for_good_has_failed(
    server: MailServer, command: str, answer: str, state: str
) -> None:
    server.answers[command] = answer
    row = queued()
    send_next()
    row.refresh_from_db()
    assert row.state == state
    assert row.fault.startswith("smtplib.SMTP")
    assert answer[4:] not in row.fault
    assert row.parameters, "it can be tried again until it expires"


def test_it_is_never_sent_after_it_expired(server: MailServer) -> None:
    row = queued(minutes=-1)
    assert not send_next()
    assert not sent_mail()
    row.refresh_from_db()
    assert (row.state, row.parameters) == (Mail.State.EXPIRED, "")
    assert not server.taken


def test_it_is_not_sent_when_it_expires_while_the_server_greets(server: MailServer) -> None:
    server.delay = 0.5
    row = queued(minutes=0.3 / 60)
    assert send_next()
    assert not server.taken
    empty_expired()
    row.refresh_from_db()
    assert row.state == Mail.State.EXPIRED


def test_what_failed_is_emptied_when_it_expires(server: MailServer) -> None:
    server.answers["RCPT"] = "550 no such person"
    row = queued()
    send_next()
    Mail.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    empty_expired()
    row.refresh_from_db()
    assert (row.state, row.parameters) == (Mail.State.FAILED, "")


def test_one_of_a_lost_secret_key_fails_and_holds_nobody_up(settings: Any) -> None:
    lost, key = queued(), settings.SECRET_KEY
    settings.SECRET_KEY = "another key, and nobody knows the one before"
    kept = queued("bruno@example.org")
    assert [message.to for message in sent_mail()] == [["bruno@example.org"]]
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.state, lost.fault, kept.state) == (Mail.State.FAILED, "unreadable", Mail.State.SENT)
    settings.SECRET_KEY_FALLBACKS = [key]
    Mail.objects.filter(pk=lost.pk).update(state=Mail.State.WAITING)
    assert CODE in str(sent_mail()[-1].body)


def test_a_fault_of_one_mail_holds_nobody_up() -> None:
    row = queued()
    Mail.objects.filter(pk=row.pk).update(template="there_is_none")
    queued("bruno@example.org")
    assert [message.to for message in sent_mail()] == [["bruno@example.org"]]
    row.refresh_from_db()
    assert row.state == Mail.State.FAILED
    assert row.fault.startswith("django.template.exceptions.TemplateDoesNotExist at django/template/")


def test_who_waits_for_a_code_comes_first() -> None:
    queued("later@example.org")
    queued("first@example.org", is_urgent=True)
    assert [message.to[0] for message in sent_mail()] == ["first@example.org", "later@example.org"]


def test_what_a_killed_worker_had_taken_is_due_again(monkeypatch: pytest.MonkeyPatch) -> None:
    row = queued()

    def killed(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", killed)
    with pytest.raises(KeyboardInterrupt):
        send_next()
    monkeypatch.undo()
    assert not send_next(), "the lease holds"
    again(row)
    assert send_next()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Mail.State.SENT, 2)


def test_old_ones_go() -> None:
    row = queued()
    sent_mail()
    month = timezone.now() - timedelta(days=31)
    Mail.objects.update(finished_at=month, expires_at=month)
    delete_old()
    assert not Mail.objects.filter(pk=row.pk).exists()
    assert len(mail.outbox) == 1
