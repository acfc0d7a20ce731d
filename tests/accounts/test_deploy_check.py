"""What `check --deploy` says of demo accounts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from recportal.accounts.checks import demo_accounts_are_gone
from recportal.accounts.models import User


def ids(*, deploy: bool = True) -> set[str | None]:
    return {message.id for message in run_checks(tags=["security"], include_deployment_checks=deploy)}


@pytest.mark.django_db
def test_it_works() -> None:
    assert "accounts.E001" not in ids()
    User.objects.create_user("admin", is_demo=True)
    assert "accounts.E001" in ids()
    with pytest.raises(SystemCheckError, match=r"demo accounts.*: admin"):
        call_command("check", "--deploy")


@pytest.mark.django_db
def test_an_account_that_cannot_sign_in_counts_too() -> None:
    """It can be made active by one click, and its password is still known."""
    User.objects.create_user("viewer", is_demo=True, is_active=False)
    assert "accounts.E001" in ids()


@pytest.mark.django_db
def test_other_accounts_are_fine() -> None:
    User.objects.create_superuser("founder", password="only I know it")
    assert "accounts.E001" not in ids()


@pytest.mark.django_db
def test_development_is_left_alone() -> None:
    User.objects.create_user("admin", is_demo=True)
    assert "accounts.E001" not in ids(deploy=False)


@pytest.mark.django_db
def test_a_database_without_tables_is_left_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user RENAME TO somewhere_else")
        assert demo_accounts_are_gone() == []
        cursor.execute("ALTER TABLE somewhere_else RENAME TO accounts_user")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    database = tmp_path / "none.sqlite3"
    done = _check(f"sqlite:///{database}")
    assert "accounts." not in done.stderr
    assert not database.exists()


def test_a_database_that_does_not_answer_is_a_warning(tmp_path: Path) -> None:
    done = _check("postgres://nobody:nothing@127.0.0.1:1/nowhere")
    assert "accounts.W001" in done.stderr
    assert "Traceback" not in done.stderr


def _check(url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "recportal.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
