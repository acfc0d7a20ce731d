"""Saves that wait for a lock: each for a short time, few at once, and nobody else for them."""

import contextlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.installation import Installation, Visitor, empty_database
from tests.staff.browsing import form_on

from . import slow

pytestmark = pytest.mark.proof

SAVES = 16
LONGEST = 3.0
PASSWORD = "correct horse battery staple"
ADD = "/admin/members/member/add/"
SETUP = """
from communities.models import Community
Community.objects.create(key="alpha", name="Alpha")
"""


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else has the community's row, or SQLite's one lock, in a transaction that does not end."""
    if url.startswith("sqlite"):
        other: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(url)
        other.execute("SELECT * FROM communities_community WHERE key = 'alpha' FOR UPDATE")
    with contextlib.closing(other):
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def site(program: Installation, tmp_path: Path) -> Iterator[tuple[Installation, str]]:
    with empty_database(tmp_path) as url:
        installation = Installation(program.folder, {"DATABASE_URL": url})
        installation.manage("migrate", "--verbosity", "0")
        installation.manage("shell", "--verbosity", "0", "--command", SETUP)
        installation.manage(
            "createsuperuser", "--no-input", "--username", "anna", "--email", "anna@example.org",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )  # fmt: skip
        yield installation, url


def test_nobody_waits_for_saves_that_wait(
    site: tuple[Installation, str], figure: Callable[..., None]
) -> None:
    installation, url = site
    with installation.served() as server:
        visitor = Visitor(server)
        visitor.sign_in("anna", PASSWORD)
        form = form_on(visitor.get(ADD))  # type: ignore[arg-type]  # has what it reads
        answers: list[tuple[float, int, str | None]] = []

        def save(number: int) -> None:
            typed = {"name": f"Newcomer {number}", "role": "consumer", "status": "active", "community": "1"}
            began = time.monotonic()
            answer = visitor.post(ADD, {**form, **typed})
            answers.append((time.monotonic() - began, answer.status_code, answer.headers["Retry-After"]))

        urls = ("/healthz", "/readyz", "/admin/members/member/")
        watch = slow.Watch(server, {each: slow.asking(server, each, visitor.cookies) for each in urls})
        with locked(url):
            saves = [threading.Thread(target=save, args=[number]) for number in range(SAVES)]
            for thread in saves:
                thread.start()
            with watch.looking():
                for thread in saves:
                    thread.join()
        waits = sorted(seconds for seconds, _status, _retry in answers)
        figure("saves behind a lock", SAVES)
        figure("… longest wait of /healthz meanwhile, ms", round(watch.longest["/healthz"] * 1000))
        figure("… longest wait of a list meanwhile, ms", round(watch.longest[urls[2]] * 1000))
        figure("… longest wait of a save, ms", round(waits[-1] * 1000))
        figure("… half of the saves were answered within, ms", round(waits[SAVES // 2] * 1000))
        assert Counter((status, retry) for _seconds, status, retry in answers) == {(503, "5"): SAVES}
        assert watch.unwanted() == []
        assert max(watch.longest.values()) < LONGEST
        # Two of the four threads wait for 3 s, and all others are told at once.
        assert sum(seconds > 2.5 for seconds in waits) <= 4
        assert waits[-1] < 8
        save(99)
        assert answers[-1][1] == 302
