"""The commands of docs/operations.md, run out of that page, one block after the other, in a folder."""

import os
import pty
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from recportal import __version__
from tests import settings as test_settings
from tests.installation import ROOT, checkout_files
from tests.postgres import installed_programs, postgres_server, wheel_programs

pytestmark = pytest.mark.proof

SQLITE = test_settings.ENGINE == "sqlite"
PASSWORD = "correct horse battery staple"
#: Another account owns the release that it makes here, which the deployment check does not like.
ROOT_RUNS_THIS = os.geteuid() == 0

#: What is not run here, by a word of the block, and why.
NOT_RUN = {
    "docker compose": "needs a container engine",
    "apt-get": "changes the whole machine",
    "createuser": "the throw-away server has the account and the database",
    "nginx -t": "changes the whole machine",
    "recportal-backup.timer": "changes the whole machine",
    "reset_second_factor": "refuses an account that has none, and is run by a test of its own",
    "changepassword": "asks on a terminal, and is run by a test of its own",
}

#: The machine that the page has in mind, as far as a folder can be one. `sudo` changes to nobody, and files
#: belong to whoever runs this.
PRELUDE = r"""
set -euo pipefail
sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }
systemctl() { echo "$*" >>"$CALLS"; }
python3() { ln -s "$SUITE" .venv; }
install() {
    local arguments=() argument
    for argument in "$@"; do
        case $argument in --owner=* | --group=*) ;; *) arguments+=("$argument") ;; esac
    done
    command install "${arguments[@]}"
}
"""


@dataclass(frozen=True)
class Block:
    headings: tuple[str, ...]
    text: str

    @property
    def reason(self) -> str | None:
        """Why it is not run, if it is not."""
        other = "PostgreSQL" if SQLITE else "SQLite"
        if other in self.headings or (SQLITE and "sudo -u postgres" in self.text):
            return "for the other engine"
        return next((reason for word, reason in NOT_RUN.items() if word in self.text), None)


def blocks() -> list[Block]:
    """Every block of commands, with the headings that it is under."""
    found: list[Block] = []
    headings = [""] * 7
    lines: list[str] | None = None
    for line in (ROOT / "docs/operations.md").read_text(encoding="utf-8").splitlines():
        if lines is not None:
            if line == "```":
                found.append(Block(tuple(headings), "\n".join(lines) + "\n"))
                lines = None
            else:
                lines.append(line)
        elif line == "```sh":
            lines = []
        elif heading := re.match(r"(#+) (.+)", line):
            level = len(heading[1])
            headings[level:] = [heading[2]] + [""] * (6 - level)
    return found


@dataclass
class Machine:
    """A folder in place of a machine: releases, their configuration, data, backups, and calls of systemd."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def current(self) -> Path:
        """The release that runs. Before there is one, the folder where its archive lies."""
        release = self.folder / "srv" / "current"
        return release if release.exists() else self.folder

    def run(self, text: str) -> str:
        for place, ours in (
            ("/srv/recportal", "srv"),
            ("/etc/recportal", "etc"),
            ("/var/lib/recportal-backup", "backup"),
            ("/var/lib/recportal", "data"),
        ):
            text = text.replace(place, str(self.folder / ours))
        if not ROOT_RUNS_THIS:
            text = text.replace("--fail-level WARNING", "--fail-level CRITICAL")
        # Nothing is sent, nothing is installed into the suite's own packages, nobody is asked.
        text = text.replace("smtp+tls://register:password@mail.example.org", "console:")
        text = re.sub(r"^(\.venv/bin/pip install .*)$", r"\1 --dry-run --quiet", text, flags=re.MULTILINE)
        text = text.replace(" createsuperuser", " createsuperuser --no-input")
        # The page's own is a socket; without one it is SQLite.
        url = f"DATABASE_URL='{self.environment['URL']}'\n" if "URL" in self.environment else ""
        text = re.sub(r"^DATABASE_URL=.*\n", url, text, flags=re.MULTILINE)
        done = subprocess.run(
            ["bash", "-c", PRELUDE + text],
            cwd=self.current,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with tarfile.open(tmp_path / f"recportal-{__version__}.tar.gz", "w:gz", compresslevel=1) as archive:
        for name in checkout_files():
            if not name.startswith(("tests/", "docs/screenshots/")):
                archive.add(ROOT / name, f"recportal-{__version__}/{name}")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        **kept,
        "RECPORTAL_ENV": str(tmp_path / "etc" / "recportal.env"),
        "CALLS": str(tmp_path / "calls"),
        "SUITE": sys.prefix,
        "DJANGO_SUPERUSER_USERNAME": "anna",
        "DJANGO_SUPERUSER_EMAIL": "anna@example.org",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    if SQLITE:
        yield Machine(tmp_path, environment)
        return
    with postgres_server() as url:
        address = urlsplit(url)
        assert (address.username, address.path) == ("recportal", "/recportal")  # as the page has it
        programs = [*installed_programs(), *wheel_programs()][0]
        environment |= {
            "URL": url,
            "PATH": f"{programs}:{environment['PATH']}",
            "PGHOST": str(address.hostname),
            "PGPORT": str(address.port),
            "PGUSER": str(address.username),
            "PGPASSWORD": str(address.password),
        }
        yield Machine(tmp_path, environment)


def test_the_page_leads_from_nothing_to_a_restored_register(machine: Machine) -> None:
    manage = "deploy/manage"
    exports: dict[str, str] = {}
    ran = 0
    for block in blocks():
        if block.reason:
            continue
        if "Restore" in block.headings:
            exports["backup"] = machine.run(f"{manage} export_bundle cer-val-lumarna")
            # What the restore has to undo.
            machine.run(
                f'{manage} shell --verbosity 0 --command "from assets.models import Asset;'
                ' Asset.objects.first().delete()"'
            )
            assert machine.run(f"{manage} export_bundle cer-val-lumarna") != exports["backup"]
        if "reset_second_factor" in block.text:
            machine.run(
                f'{manage} shell --verbosity 0 --command "from allauth.mfa.models import Authenticator;'
                " from recportal.accounts.models import User; anna = User.objects.get(username='anna');"
                " Authenticator.objects.create(user=anna, type='totp', data={})\""
            )
        said = machine.run(block.text)
        ran += 1
        if "check --deploy" in block.text:
            assert ("no issues" if ROOT_RUNS_THIS else "") in said
        if "migrate" in block.text and "Put a release in place" in block.headings:
            machine.run(f"{manage} load_demo --into-production --yes")
        if "sendtestemail" in block.text:
            assert "To: you@example.org" in said
            assert "From: register@example.org" in said
        if "Restore" in block.headings:
            assert "Everything stored holds" in said
            assert machine.run(f"{manage} export_bundle cer-val-lumarna") == exports["backup"]
            assert machine.calls()[-2:] == ["stop recportal recportal-work", "start recportal recportal-work"]
    assert exports
    assert ran >= 10
    key = machine.folder / "etc" / "secret-key"
    assert (len(key.read_text()), oct(key.stat().st_mode)[-3:]) == (80, "640")
    assert machine.run(f"{manage} check").startswith("System check identified no issues")
    modes = {name: oct((machine.folder / name).stat().st_mode)[-3:] for name in ("srv", "data", "backup")}
    assert modes == {"srv": "755", "data": "700", "backup": "700"}
    kept = list((machine.folder / "backup").iterdir())
    assert {oct(file.stat().st_mode)[-3:] for file in kept} == {"600"}
    release = (machine.folder / "srv" / "current").resolve()
    assert release.name == __version__
    open_to_others = [path for path in [release, *release.rglob("*")] if path.lstat().st_mode & 0o022]
    assert [path for path in open_to_others if not path.is_symlink()] == []


def test_every_block_is_run_or_has_its_reason() -> None:
    assert len(blocks()) > 20
    assert [word for word in NOT_RUN if not any(word in block.text for block in blocks())] == []


def test_a_password_is_changed_on_a_terminal(machine: Machine) -> None:
    (block,) = [block for block in blocks() if "changepassword" in block.text]
    before = [each for each in blocks() if not each.reason and "Install without containers" in each.headings]
    for each in before:
        machine.run(each.text)
    machine.run("deploy/manage createsuperuser")
    command = block.text.replace("sudo -u recportal ", "").split()
    # The terminal is that of the process, since passwords are asked for there and not on its input.
    takes = (
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", takes, *command], cwd=machine.current, env=machine.environment,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    for number in (1, 2):
        while said.count(b"Password") < number:
            said += os.read(ours, 1000)
        os.write(ours, b"another long password\n")
    assert process.wait(60) == 0, said
    os.close(ours)
    code = (
        "from recportal.accounts.models import User\n"
        "print(User.objects.get().check_password('another long password'))"
    )
    assert machine.run(f'deploy/manage shell --verbosity 0 --command "{code}"') == "True\n"
