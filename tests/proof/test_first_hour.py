"""The way of an outsider: the README's first command with an empty home, then its first hour as written.

The files are those of this checkout in a folder of their own. Nothing of the suite's environment is there: no
packages, no caches, no configuration but pip's.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.installation import ROOT, checkout_files
from tests.postgres import free_port
from tests.proof.visitor import Look, Visitor

# What it shows is the same on both engines: an outsider begins with SQLite.
pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.once]

PASSWORD = "correct horse battery staple"
SECTION = re.search(r"^## A first hour.*?(?=^## |^\| command)", (ROOT / "README.md").read_text(), re.S | re.M)
assert SECTION
HOUR = SECTION[0]
DESK = Look("desktop", 1280, 900)


def word(label: str) -> str:
    """A word of the pages that the README tells to look for."""
    assert f"**{label}**" in HOUR, label
    return label


@dataclass
class Outsider:
    folder: Path
    port: int
    environment: dict[str, str]

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paste(self, commands: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", commands.replace("http://127.0.0.1:8000", self.site)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def make_run(self) -> Iterator[str]:
        """`make run`, until the site answers; gives what it said until then."""
        log = self.folder.parent / "make-run.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                ["make", "run", f"PORT={self.port}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            until = time.monotonic() + 600
            while not self._answers():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.2)
            yield log.read_text()
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # an interrupt is not heard by what runs in the background
            process.wait(30)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"{self.site}/healthz", timeout=5).status == 200)
        return False


@pytest.fixture
def outsider(tmp_path: Path) -> Outsider:
    folder, home = tmp_path / "recportal", tmp_path / "home"
    home.mkdir()
    for name in checkout_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
    return Outsider(folder, free_port(), {**index, "HOME": str(home), "PATH": path})


@pytest.fixture
def window(browser: Browser, outsider: Outsider) -> Iterator[Callable[[], Visitor]]:
    """Opens windows that know nothing of each other."""
    opened: list[Visitor] = []

    def open_one() -> Visitor:
        opened.append(Visitor(browser, outsider.site, DESK))
        return opened[-1]

    yield open_one
    for each in opened:
        each.context.close()


def sign_in(visitor: Visitor, username: str, password: str) -> None:
    visitor.opens("/admin/")
    visitor.page.get_by_role("textbox", name="Login").fill(username)
    visitor.page.get_by_role("textbox", name="Password").fill(password)
    visitor.follows(visitor.page.get_by_role("button", name="Sign in"))


def test_the_first_hour_by_the_readme_alone(
    outsider: Outsider, window: Callable[[], Visitor], figure: Callable[..., None]
) -> None:
    (name, bundle), *others = re.findall(r"^```yaml (\S+)\n(.*?)^```$", HOUR, re.S | re.M)
    imports, programs = re.findall(r"^```sh\n(.*?)^```$", HOUR, re.S | re.M)
    assert not others
    began = time.monotonic()
    with outsider.make_run() as said:
        figure("seconds from fresh files to the demo", time.monotonic() - began, most=True)
        password = re.search(r"Sign in with the password (\S+) as", said)
        assert password

        (outsider.folder / name).write_text(bundle)
        assert "m-001" in outsider.paste(imports)

        chief = window()
        sign_in(chief, "admin", password[1])
        chief.follows(chief.page.get_by_role("link", name=word("Accounts"), exact=True).last)
        chief.follows(chief.page.get_by_role("link", name=word("Add account")))
        chief.page.get_by_label("User name").fill("anna")
        chief.page.get_by_label("Password:", exact=True).fill(PASSWORD)
        chief.page.get_by_label("Password confirmation").fill(PASSWORD)
        chief.follows(chief.page.get_by_role("button", name="Save", exact=True))
        expect(chief.page.get_by_text("was added successfully")).to_be_visible()

        assert '"pv-001"' in outsider.paste(programs)

        staff = window()
        sign_in(staff, "anna", PASSWORD)
        expect(staff.page.get_by_text("My Community").first).to_be_visible()
        assert "Lumarna" not in staff.page.content()
        staff.follows(staff.page.get_by_role("link", name=word("Members"), exact=True).last)
        staff.follows(staff.page.get_by_role("link", name="First Member"))
        staff.follows(staff.page.get_by_role("link", name=word("Invite")))
        staff.follows(staff.page.get_by_role("button", name=word("Make a link to copy")))
        link = re.search(r"http://\S+/invitations/[^\s\"<]+", staff.page.content())
        assert link

        member = window()
        member.opens(link[0])
        member.page.get_by_label("User name").fill("first")
        for field in member.page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        member.follows(member.page.get_by_role("button", name="Make an account and accept"))
        expect(member.page.get_by_role("heading", name="First Member")).to_be_visible()
        expect(member.page.get_by_text("Roof").first).to_be_visible()
        figure("seconds of the whole first hour", time.monotonic() - began, most=True)
        assert [visitor.faults for visitor in (chief, staff, member)] == [[], [], []]
