"""How an installation starts: with what it was given, or with a sentence. Each start is its own process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
KEY = "a-key-of-more-than-fifty-characters-for-the-check-of-the-deployment-0123456789"


def start(*command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in an environment that holds these variables and little else."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        env={**kept, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def values(*names: str, **variables: str) -> list[str]:
    """The values of settings, as text, in an installation that was given the variables."""
    code = f"from recportal import settings\nfor name in {names!r}: print(getattr(settings, name))"
    done = start("-c", code, SECRET_KEY=KEY, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_production_without_a_secret_key_is_refused() -> None:
    done = start("manage.py", "check")
    assert done.returncode == 1
    assert done.stderr == "SECRET_KEY is not set: give it, or SECRET_KEY_FILE with the path of a file.\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "oracle://db/x"),
        ("EMAIL_URL", "pigeon://loft"),
        ("TRUSTED_PROXY", "10.0.0.1"),
        ("ALLOWED_HOSTS_FILE", "/no/such/file"),
        ("OIDC_ISSUER", "login.example.org"),
        ("OIDC_CLIENT_ID", "without an issuer"),
        ("OIDC_ONLY", "1"),
    ],
)
def test_a_value_that_cannot_be_read_stops_the_start_with_a_sentence(name: str, value: str) -> None:
    done = start("manage.py", "check", **{"SECRET_KEY": KEY, name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(name)
    assert done.stderr.count("\n") == 1


def test_a_production_installation_passes_the_deployment_check(tmp_path: Path) -> None:
    given = {
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": "rec.example",
        # Not the one in var/, which has the demo's accounts in it once `make run` has been tried.
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
    }
    done = start("manage.py", "check", "--deploy", "--fail-level", "INFO", **given)
    assert done.returncode == 0, done.stderr


def test_production_is_the_default_and_is_closed() -> None:
    names = ("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "ALLOWED_HOSTS")
    assert values(*names) == ["False", "True", "True", "True", "[]"]


def test_development_works_over_plain_http() -> None:
    names = ("DEBUG", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert values(*names, DEBUG="1") == ["True", "False", "False", "0"]


def test_headers_of_a_proxy_count_only_when_it_is_trusted() -> None:
    names = ("SECURE_PROXY_SSL_HEADER", "REST_FRAMEWORK")
    distrusting = values(*names)
    assert distrusting[0] == "None"
    assert "'NUM_PROXIES': 0" in distrusting[1]
    trusting = values(*names, TRUSTED_PROXY="yes")
    assert trusting[0] == "('HTTP_X_FORWARDED_PROTO', 'https')"
    assert "'NUM_PROXIES': 1" in trusting[1]


def test_an_identity_provider_is_switched_on_by_variables_alone() -> None:
    names = ("OIDC", "SOCIALACCOUNT_ONLY")
    assert values(*names) == ["None", "False"]
    given = {
        "OIDC_ISSUER": "https://login.example.org/rec/",
        "OIDC_CLIENT_ID": "recportal",
        "OIDC_ONLY": "yes",
    }
    provider, only = values(*names, **given)
    assert "issuer='https://login.example.org/rec'" in provider
    assert "member_claim='sub'" in provider
    assert only == "True"


def test_pages_load_pictures_from_the_tile_server_and_from_nowhere_else() -> None:
    assert "img-src" not in values("CONTENT_SECURITY_POLICY")[0]
    policy = values("CONTENT_SECURITY_POLICY", TILE_URL="https://tiles.example.org/{z}/{x}/{y}.png")[0]
    assert "'img-src': [\"'self'\", 'https://tiles.example.org']" in policy


def test_mail_goes_where_the_url_says() -> None:
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "DEFAULT_FROM_EMAIL")
    given = {"EMAIL_URL": "smtp+tls://mail.example", "DEFAULT_FROM_EMAIL": "rec@rec.example"}
    assert values(*names, **given) == ["mail.example", "587", "True", "rec@rec.example"]


@pytest.mark.django_db
def test_the_database_keeps_its_guarantees(settings: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:

        def says(question: str) -> Any:
            cursor.execute(question)
            return cursor.fetchone()[0]

        if connection.vendor == "sqlite":
            assert says("PRAGMA journal_mode") == "wal"
            assert says("PRAGMA foreign_keys") == 1
            assert says("PRAGMA synchronous") == 2
            assert says("PRAGMA busy_timeout") == 3_000
            assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        else:
            assert says("SHOW lock_timeout") == "3s"
            assert says("SHOW timezone") == "UTC"
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False
