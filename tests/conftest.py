"""What every test can rely on."""

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
from django.db import connection, connections
from django.utils import translation

from tests import figures
from tests import settings as test_settings
from tests.callers import (  # noqa: F401  # fixtures
    community_a,
    community_b,
    manager_a,
    manager_b,
    member_a,
    stranger,
    viewer_a,
)
from tests.figures import figure  # noqa: F401  # a fixture

# The machine may be busy: a slow example is not a wrong one. Everybody sees the same examples; others are
# looked for with RECPORTAL_RANDOM, so that what they find fails whoever looks, and not whoever comes next.
hypothesis.settings.register_profile(
    "recportal", deadline=None, print_blob=True, derandomize="RECPORTAL_RANDOM" not in os.environ
)
hypothesis.settings.load_profile("recportal")


def pytest_configure(config: pytest.Config) -> None:
    test_settings.FOLDER.mkdir(exist_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(test_settings.FOLDER, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    return f"engine: {test_settings.ENGINE}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    figures.show(terminalreporter)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language to the thread, and so to the next test."""
    yield
    translation.activate(test_settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, or that of `RECPORTAL_CHROMIUM`, for pytest-playwright."""
    # Playwright's event loop runs in this thread, and Django takes it for a reason to refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    names = [os.environ.get("RECPORTAL_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    # Chromium refuses its sandbox to root, who runs many a build machine.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": found, "args": arguments}


@pytest.fixture(scope="session")
def browser(browser: Any) -> Iterator[Any]:
    """Pytest-playwright's, at whose end the database is let go.

    While its event loop runs, this thread has connections of its own. Nobody could close them after
    it, and PostgreSQL would not drop the test's database.
    """
    yield browser
    connections.close_all()


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a process of its own (`manage.py …`) that works on this test's database."""
    database: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{quote(str(database['NAME']))}"
    else:
        user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
        url = f"postgres://{user}:{password}@{database['HOST']}:{database['PORT']}/{quote(database['NAME'])}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "recportal.settings"}
