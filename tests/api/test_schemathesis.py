"""The whole description against the running server, with all checks of schemathesis."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from pytest_django.live_server_helper import LiveServer

from recportal.api import authentication
from recportal.settings import BASE_DIR
from tests.factories import UserFactory

from .calling import token_of
from .conftest import Register

#: Requests, at least. Most are made from the bounds of the schemas, whatever the number of examples is.
CASES: Final = 2000
CONFIG = BASE_DIR / "tests" / "api" / "schemathesis.toml"


# It takes eight minutes, a third of what all else takes together, so it runs when it is asked for:
# RECPORTAL_SCHEMATHESIS=1 .venv/bin/python -m pytest -m proof tests/api/test_schemathesis.py
@pytest.mark.proof
@pytest.mark.skipif(
    "RECPORTAL_SCHEMATHESIS" not in os.environ, reason="asked for by RECPORTAL_SCHEMATHESIS=1"
)
def test_the_description_and_the_server_agree(
    live_server: LiveServer,
    register: Register,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[..., None],
) -> None:
    root = UserFactory.create(username="root", is_superuser=True)
    # Half of the requests come with a wrong token on purpose: the limit on those has a test of its own.
    monkeypatch.setattr(authentication, "MOST_FAILURES", 10**9)
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", f"{live_server.url}/api/openapi.json", "--checks", "all", "--max-examples", "3"),
            *("--header", f"Authorization: Bearer {token_of(root)}"),
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2000:]
    cases = re.search(r"(\d+) generated", ran.stdout)
    assert cases, ran.stdout
    figure("requests made from the API's description", int(cases[1]))
    assert int(cases[1]) >= CASES
