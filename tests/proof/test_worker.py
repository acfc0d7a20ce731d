"""The worker beside the web server: killed, locked out, told to stop; no mail is lost, none comes too late.

``RECPORTAL_SOAK=1`` for the numbers of docs/proofs.md; fewer show the same in less time.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from django.db import connection, transaction

from recportal.mail.models import Mail
from recportal.mail.outbox import queue
from tests.installation import ROOT
from tests.postgres import free_port
from tests.smtp import MailServer
from tests.soak import IS_SOAK, soak

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

KILLS: Final = soak(100, 10)
#: Seconds for which somebody else writes. An import takes a minute.
LOCKED: Final = soak(65.0, 6.0)
LEASE: Final = 2.0


def queued(address: str, seconds: float) -> Mail:
    told = {"site": "register.example", "email": address, "code": "QRST-VWXZ", "minutes": 10}
    return queue(Mail.Template.LOGIN_CODE, address, told, lifetime=timedelta(seconds=seconds))


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


@pytest.fixture
def start(
    child_environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts workers, and ends those that still run."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(url: str, **more: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", "work", "--lease", str(LEASE)],
                    cwd=ROOT,
                    env={**child_environment, "EMAIL_URL": url, **more},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )
        return started[-1]

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_killed_at_any_moment_each_mail_is_sent(
    start: Callable[..., subprocess.Popen[bytes]], figure: Callable[..., None]
) -> None:
    """Two workers: one after the other is killed at a moment of its own, the second sees to what it left."""
    chance = random.Random(11)
    late = [queued(f"late-{number}@example.org", chance.uniform(0, KILLS * 0.5)) for number in range(KILLS)]
    mails = [queued(f"person-{number}@example.org", 3600) for number in range(KILLS * 3)]
    by_id = {mail.message_id: mail for mail in (*mails, *late)}
    with MailServer(delay=0.03).running() as server:
        for _kill in range(KILLS):
            process, had = start(server.url), len(server.taken)
            wait_until(lambda had=had: len(server.taken) > had or not _waiting())  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
        last = start(server.url)
        wait_until(lambda: not _waiting(), 60 + KILLS)
        last.terminate()
        assert last.wait(10) == 0
        times = Counter(taken.message["Message-ID"] for taken in server.taken)
        assert {mail.message_id for mail in mails} <= set(times)
        too_late = [
            taken
            for taken in server.taken
            if taken.at > by_id[taken.message["Message-ID"]].expires_at.timestamp() + 0.5
        ]
        assert not too_late
        states = Counter(Mail.objects.values_list("state", flat=True))
        assert set(states) <= {"sent", "expired"}
        assert not Mail.objects.exclude(parameters="").exists()
        figure("workers killed", KILLS)
        figure("mails sent", len(set(times)))
        figure("mails sent twice", sum(count > 1 for count in times.values()))
        figure("mails that expired unsent", states["expired"])
        figure("mails sent after they expired", len(too_late))


def _waiting() -> bool:
    return Mail.objects.filter(state=Mail.State.WAITING).exists()


def test_it_lives_through_a_long_import(
    start: Callable[..., subprocess.Popen[bytes]], figure: Callable[..., None]
) -> None:
    """Somebody writes for longer than the engine waits; on SQLite nobody else can."""
    url = ""
    if connection.vendor == "sqlite" and not IS_SOAK:
        url = f"sqlite:///{connection.settings_dict['NAME']}?timeout=1"
    with MailServer().running() as server:
        process = start(server.url, **({"DATABASE_URL": url} if url else {}))
        queued("before@example.org", 3600)
        wait_until(lambda: len(server.taken) == 1)
        queued("within@example.org", 3600)
        with transaction.atomic():
            queued("after@example.org", 3600)
            time.sleep(LOCKED)
            assert process.poll() is None
        wait_until(lambda: not _waiting())
        assert process.poll() is None
        to = Counter(taken.to for taken in server.taken)
        assert set(to) == {"before@example.org", "within@example.org", "after@example.org"}
        assert to["after@example.org"] == 1
        process.terminate()
        assert process.wait(10) == 0
        figure("seconds that the worker was locked out", LOCKED, most=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_it_end_what_it_does(
    start: Callable[..., subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    mail = queued("anna@example.org", 3600)
    queued("bruno@example.org", 3600)
    with MailServer(delay=2).running() as server:
        process = start(server.url)
        wait_until(lambda: Mail.objects.get(pk=mail.pk).attempts == 1)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert [taken.to for taken in server.taken] == ["anna@example.org"]
    assert Mail.objects.get(pk=mail.pk).state == Mail.State.SENT


@pytest.mark.once
def test_make_run_starts_it_and_ends_it(child_environment: dict[str, str], tmp_path: Path) -> None:
    """The recipe of the Makefile, as make gives it to the shell, without what comes before it."""
    recipe = (ROOT / "Makefile").read_text()
    begin = recipe.index("@trap 'kill")
    shell = recipe[begin + 1 : recipe.index("wait $$server", begin) + len("wait $$server")]
    port = str(free_port())
    shell = (
        shell.replace("$$", "$").replace("$(MANAGE)", f"{sys.executable} manage.py").replace("$(PORT)", port)
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        with (tmp_path / "run.log").open("wb") as log:
            process = subprocess.Popen(
                ["sh", "-c", shell],
                cwd=ROOT,
                env={**child_environment, "DEBUG": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A shell cannot trap what was ignored when it began, as SIGINT is for jobs in the background.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        mail = queued(f"person-{number}@example.org", 3600)
        wait_until(lambda mail=mail: Mail.objects.get(pk=mail.pk).state == Mail.State.SENT)  # type: ignore[misc]
        os.killpg(process.pid, number)
        process.wait(20)
        group = process.pid
        wait_until(lambda group=group: not _lives(group))  # type: ignore[misc]


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
