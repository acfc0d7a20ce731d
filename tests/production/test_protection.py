"""What a production installation promises to a browser, seen from outside: a real server behind a proxy."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie

import pytest

from tests.installation import HOST, SERVE, Answer, Installation, Server, Visitor, empty_database
from tests.postgres import free_port

pytestmark = pytest.mark.once  # no page or header depends on the engine

PASSWORD = "correct horse battery staple"
FOREVER = "max-age=315360000, public, immutable"


@dataclass
class Site:
    """A running installation, a superuser's browser, and the answer that let it in."""

    server: Server
    visitor: Visitor
    welcome: Answer


@pytest.fixture(scope="module")
def site(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with empty_database(tmp_path_factory.mktemp("database")) as url:
        installation = Installation(program.folder, {"DATABASE_URL": url})
        installation.manage("migrate", "--verbosity", "0")
        installation.manage(
            "createsuperuser", "--no-input", "--username", "root", "--email", "root@example.org",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )  # fmt: skip
        with installation.served() as server:
            visitor = Visitor(server)
            yield Site(server, visitor, visitor.sign_in("root", PASSWORD))


# The checks before a deployment


def test_the_deployment_check_has_nothing_to_say(installation: Installation) -> None:
    done = installation.tried("check", "--deploy", "--fail-level", "INFO", "--database", "default")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_it_fails_while_a_demo_account_exists(installation: Installation) -> None:
    installation.manage("load_demo", DEBUG="1")
    done = installation.tried("check", "--deploy")
    assert done.returncode == 1
    assert "accounts.E001" in done.stderr


def test_production_loads_the_demo_without_its_accounts(installation: Installation) -> None:
    refused = installation.tried("load_demo")
    assert refused.returncode == 1
    assert "DEBUG is off" in refused.stderr
    assert "Sign in" not in installation.manage("load_demo", "--into-production", "--yes")
    assert installation.tried("check", "--deploy").returncode == 0


# Answers


def test_cookies_travel_only_by_tls_and_are_not_for_scripts(site: Site) -> None:
    cookies: SimpleCookie = SimpleCookie()
    for header in site.welcome.headers.get_all("Set-Cookie") or []:
        cookies.load(header)
    assert {"sessionid", "csrftoken"} <= cookies.keys()
    for cookie in cookies.values():
        assert cookie["secure"], cookie.key
        assert cookie["samesite"] in ("Lax", "Strict"), cookie.key
        assert not cookie["domain"], cookie.key
    assert cookies["sessionid"]["httponly"]


def test_every_page_carries_the_protections(site: Site) -> None:
    urls = ("/admin/", "/admin/members/member/add/", "/no/such/page/")
    answers = [site.visitor.get(url) for url in urls]
    answers.append(Visitor(site.server).get("/admin/"))
    assert [answer.status_code for answer in answers] == [200, 200, 404, 302]
    for answer in answers:
        headers = answer.headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_of_people_are_kept_by_nobody(site: Site) -> None:
    answer = site.visitor.get("/admin/members/member/")
    assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", "))


def test_plain_http_is_sent_to_tls(site: Site) -> None:
    answer = Visitor(site.server).request("GET", "/admin/?x=1", headers={"X-Forwarded-Proto": "http"})
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}/admin/?x=1")


def test_without_a_trusted_proxy_its_headers_are_anybodys(program: Installation) -> None:
    # Also on loopback, whose word the server takes unless it is told otherwise. Needs no database.
    with program.served(TRUSTED_PROXY="0") as server:
        assert Visitor(server).get("/admin/").status_code == 301


@pytest.mark.parametrize("host", ["other.example", f"{HOST}.other.example", "127.0.0.1", ""])
def test_other_hosts_are_refused(site: Site, host: str) -> None:
    headers = {"X-Forwarded-Host": HOST}
    assert Visitor(site.server, host=host).request("GET", "/admin/", headers=headers).status_code == 400


def test_static_files_are_kept_forever_under_names_of_their_content(site: Site) -> None:
    page = site.visitor.get("/admin/").text
    named = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', page)))
    assert len(named) >= 3
    for url in named:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), url
        answer = site.visitor.request("GET", url, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOREVER), url
        assert "Set-Cookie" not in answer.headers
        if url.endswith(".css"):
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.content[:2] == b"\x1f\x8b"


def test_other_names_of_static_files_are_asked_for_again(site: Site) -> None:
    answer = site.visitor.get("/static/admin/css/base.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "max-age=60, public")


def test_a_key_that_is_missing_stops_the_start_with_a_sentence(program: Installation) -> None:
    done = program.run(SERVE, SECRET_KEY="", WEB_BIND=f"127.0.0.1:{free_port()}")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_second_factors_outlive_a_change_of_the_key(program: Installation) -> None:
    code = (
        "import django; django.setup()\n"
        "from recportal.accounts.adapters import SecondFactorAdapter\n"
        "print(SecondFactorAdapter().{}({!r}), end='')"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "recportal.settings", "SECRET_KEY": "the new key"}

    def said(verb: str, text: str, **variables: str) -> str:
        command = [sys.executable, "-c", code.format(verb, text)]
        return program.run(command, **settings, **variables).stdout

    kept = said("encrypt", "a secret", SECRET_KEY_FALLBACKS="")
    settings["SECRET_KEY"] = "a newer one"
    assert said("decrypt", kept) == ""
    assert said("decrypt", kept, SECRET_KEY_FALLBACKS="an old one, the new key") == "a secret"
