"""A real OpenID Connect provider, in a process of its own, for tests and for trying things out.

Its library warns on import of what it will have to change, which the suite takes for an error.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests

_PROGRAM: Final = """
import sys, warnings
warnings.simplefilter("ignore")
from oidc_provider_mock import run_server_in_thread
with run_server_in_thread() as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""


class RunningProvider:
    """The provider at ``issuer``, and a browser in front of it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def knows(self, subject: str, **claims: Any) -> None:
        """Tell the provider what it says of a person."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def consent(self, address: str, subject: str) -> str:
        """Sign in at the provider as ``subject`` and agree; the address that the browser is sent back to."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    assert process.stdin
    try:
        port = process.stdout.readline().strip()
        assert port, "the provider did not start"
        yield RunningProvider(f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=20)


def settings_for(issuer: str) -> dict[str, str]:
    """The environment of an installation that uses the provider."""
    return {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "recportal", "OIDC_CLIENT_SECRET": "secret"}
