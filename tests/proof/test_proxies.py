"""The reverse proxies, with the configurations of `deploy/`, in front of a real server.

Each runs where its program is installed, or named by `RECPORTAL_NGINX` or `RECPORTAL_CADDY`.
"""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from tests.installation import HOST as HOST_OF_TESTS
from tests.installation import Answer, Installation, Server
from tests.postgres import free_port

from . import slow

pytestmark = [pytest.mark.proof, pytest.mark.once]

HOST = "register.example.org"
POINT = "IT999E55443322"
#: Nothing that a visitor sends may be in a proxy's log.
NEEDLES = ["ermenegilda", "rossi", POINT.lower(), "55443322", "127.0.0.2", "203.0.113.9", HOST]


def found(name: str) -> str:
    program = os.environ.get(f"RECPORTAL_{name.upper()}") or shutil.which(
        name, path=f"{os.defpath}:/usr/sbin"
    )
    if not program:
        pytest.skip(f"{name} is not installed")
    return program


@contextlib.contextmanager
def running(command: list[str], port: int, folder: Path, **variables: str) -> Iterator[None]:
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **variables}, cwd=folder, stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + 20
        while True:
            assert process.poll() is None, (folder / "output.log").read_text()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, method: str, url: str, *, tls: bool, body: bytes | None = None) -> Answer:
    """A visitor who lies about where they come from, and by what."""
    headers = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
        "X-Request-ID": "f" * 32,
        "Referer": f"https://{HOST}/{POINT}",
        "User-Agent": "Ermenegilda",
        "Authorization": f"Bearer {POINT}",
    }
    # The certificate is made by this test, and by nobody to be trusted.
    context = ssl._create_unverified_context()
    options: dict[str, Any] = {"timeout": 20, "source_address": ("127.0.0.2", 0)}
    connection = (
        HTTPSConnection("127.0.0.1", port, context=context, **options)
        if tls
        else HTTPConnection("127.0.0.1", port, **options)
    )
    with contextlib.closing(connection):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read what is too long
            connection.request(method, url, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def visits(port: int, server: Server, *, tls: bool) -> Answer:
    """All that may leave something in a log; gives the answer of the sign-in page."""
    page = ask(port, "GET", f"/admin/login/?next=/{POINT}", tls=tls)
    for url in (f"/{POINT}/Rossi/?q=Rossi", f"/static/{POINT}.css", f"/api/members/{POINT}/", "/Rossi"):
        assert ask(port, "GET", url, tls=tls).status_code < 500
    ask(port, "ROSSI", "/admin/", tls=tls)
    too_long = ask(port, "POST", f"/admin/{POINT}/", tls=tls, body=b"x" * 75_000_000)
    assert too_long.status_code == 413
    server.kill()
    away = ask(port, "GET", f"/admin/{POINT}/?q=Rossi", tls=tls)
    assert away.status_code == 502
    return page


def nobody_waits_for_slow_clients(port: int, *let_go: str) -> None:
    """Half heads and half bodies, over plain HTTP: others are served, and the slow ones of some kinds go."""
    for kind in ("head", "body"):
        start = slow.KINDS[kind].replace(f"Host: {HOST_OF_TESTS}", f"Host: {HOST}")
        with slow.SlowClients.at(("127.0.0.1", port), kind, 16, start) as clients:
            time.sleep(1)
            began = time.monotonic()
            assert ask(port, "GET", "/accounts/login/", tls=False).status_code < 400
            assert time.monotonic() - began < 3
            until = time.monotonic() + 15
            while kind in let_go and len(clients.ended) < 16 and time.monotonic() < until:
                time.sleep(0.1)
        assert len(clients.ended) == (16 if kind in let_go else 0), kind


def check_logs(folder: Path, server: Server) -> None:
    logs = "".join(file.read_text().casefold() for file in folder.rglob("*.log"))
    assert [needle for needle in NEEDLES if needle in logs] == []
    assert '"/admin' in logs, "the door is told"
    assert "502" in logs
    ids = {line["request"] for line in server.lines() if "request" in line}
    assert "f" * 32 not in ids, "the proxy sets an id of its own"
    assert [needle for needle in NEEDLES if needle in server.log.read_text().casefold()] == []


@pytest.fixture
def site(installation: Installation) -> Installation:
    return Installation(
        installation.folder, {**installation.environment, "ALLOWED_HOSTS": f"{HOST},127.0.0.1"}
    )


def test_nginx_passes_on_what_is_true_and_logs_nobodys_data(site: Installation, tmp_path: Path) -> None:
    program = found("nginx")
    with site.served() as server:
        plain, tls, unsafe = free_port(), free_port(), free_port()
        configuration = Path("deploy/nginx.conf").read_text()
        for ours, theirs in (
            (r"listen (\[::\]:)?80;", f"listen 127.0.0.1:{plain};"),
            (r"listen (\[::\]:)?443 ", f"listen 127.0.0.1:{tls} "),
            (r"127\.0\.0\.1:8000", f"127.0.0.1:{server.port}"),
            (r"/var/log/nginx/", f"{tmp_path}/"),
            (r"/etc/letsencrypt/live/[^/]+/", f"{tmp_path}/"),
        ):
            configuration, count = re.subn(ours, theirs, configuration)
            assert count, ours
        # Two addresses of one family may not be the same.
        configuration = re.sub(r"(listen \S+:\d+[^;]*;\n\s*)\1?(listen [^;]*;\n)", r"\1", configuration)
        assert configuration.count("_timeout 30s;") == 3
        configuration = configuration.replace("_timeout 30s;", "_timeout 3s;")
        # TLS costs a slow client more than it costs this test: the same site without it, for them.
        configuration = configuration.replace("http2;", f"http2;\n    listen 127.0.0.1:{unsafe};", 1)
        (tmp_path / "site.conf").write_text(configuration)
        scratch = [
            f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/nginx.pid; daemon off; error_log {tmp_path}/error.log; events {{}}\n"
            f"http {{ {' '.join(scratch)} include {tmp_path}/site.conf; }}\n"
        )
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}",
             "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        with running([program, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], tls, tmp_path):
            redirect = ask(plain, "GET", "/admin/?x=1", tls=False)
            assert (redirect.status_code, redirect.headers["Location"]) == (301, f"https://{HOST}/admin/?x=1")
            # Between two pieces of a body it waits for so long, and has no time for the whole of it.
            nobody_waits_for_slow_clients(unsafe, "head")
            page = visits(tls, server, tls=True)
    assert page.status_code in (200, 302)
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["X-Request-ID"] in (tmp_path / "recportal.log").read_text()
    check_logs(tmp_path, server)


def test_caddy_passes_on_what_is_true_and_logs_nobodys_data(site: Installation, tmp_path: Path) -> None:
    program = found("caddy")
    with site.served() as server:
        port = free_port()
        configuration = Path("deploy/Caddyfile").read_text()
        assert configuration.count("application:8000") == 1
        configuration = configuration.replace("application:8000", f"127.0.0.1:{server.port}")
        # No certificates are to be had here: TLS is left out, and with it what is said of it.
        configuration = configuration.replace(
            "\t# What the proxy says", "\tadmin off\n\t# What the proxy says", 1
        )
        (tmp_path / "Caddyfile").write_text(configuration)
        variables = {"SITE_HOST": f"http://{HOST}:{port}", "HOME": str(tmp_path)}
        variables |= {"HEAD_TIMEOUT": "3s", "BODY_TIMEOUT": "3s"}
        variables |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        command = [program, "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        with running(command, port, tmp_path, **variables):
            nobody_waits_for_slow_clients(port, "head", "body")
            page = visits(port, server, tls=False)
    # The visitor came by plain HTTP and said otherwise.
    assert page.status_code == 301
    check_logs(tmp_path, server)
