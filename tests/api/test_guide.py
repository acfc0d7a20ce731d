"""The calls of docs/api.md, each run as a reader would paste it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from recportal.accounts.models import User
from recportal.settings import BASE_DIR

from .calling import token_of
from .conftest import Register

GUIDE = (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")


def pieces(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_calls_by_curl_and_by_python(
    live_server: LiveServer, register: Register, manager_a: User, tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    environment = {"PATH": "/usr/bin:/bin", "SITE": live_server.url, "TOKEN": token_of(manager_a)}
    shell = pieces("sh")
    assert len(shell) >= 5
    for piece in shell:
        # As pasted, but a refusal or a failure ends it; each answer's status on a line of its own.
        script = "set -e\n" + piece.replace("curl -s", "curl -s -w '\\n%{http_code}\\n'")
        ran = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        statuses = re.findall(r"^\d{3}$", ran.stdout, re.MULTILINE)
        assert len(statuses) == piece.count("curl -s")
        assert set(statuses) <= {"200", "201"}, ran.stdout
    script = f"SITE, TOKEN = {live_server.url!r}, {environment['TOKEN']!r}\n" + "\n".join(pieces("python"))
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[:6] == [
        "manager_a ['manager']",
        "3",
        "{'sensor-1': 'own', 'sensor-2': None}",
        "200",
        "412",
        "another_person",
    ]
    assert sorted(line.split()[:2] for line in said[6:]) == [
        ["foreign_property", "/properties/capacity_kwh"],
        ["too_large", "/properties/tilt"],
    ]


def test_the_commands_are_those_that_there_are() -> None:
    options = set(re.findall(r"--[a-z-]+", "".join(re.findall(r"create_api_token.*", GUIDE))))
    help_text = subprocess.run(
        [sys.executable, "manage.py", "create_api_token", "--help"],
        cwd=BASE_DIR, capture_output=True, text=True, check=True, env={"DEBUG": "1", "PATH": "/usr/bin:/bin"},
    ).stdout  # fmt: skip
    assert options <= set(re.findall(r"--[a-z-]+", help_text))
