"""The project's settings as the suite and mypy load them, for one engine.

`RECPORTAL_TEST_ENGINE` is `sqlite` (the default) or `postgresql`. PostgreSQL is the server of
`TEST_DATABASE_URL`, or a throw-away one that lives as long as this process; the workers of pytest-xdist find
its address in their environment.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.postgres import StartError, server_of_this_process

ENGINE = os.environ.get("RECPORTAL_TEST_ENGINE", "sqlite")
# Made and removed by conftest.py; a path only, because mypy loads this file too.
FOLDER = Path(tempfile.gettempdir()) / f"recportal-tests-{os.getpid()}"

if ENGINE == "sqlite":
    database_url = f"sqlite:///{FOLDER}/recportal.sqlite3"
elif ENGINE == "postgresql":
    if "TEST_DATABASE_URL" not in os.environ:
        try:
            os.environ["TEST_DATABASE_URL"] = server_of_this_process()
        except StartError as error:
            sys.exit(f"The PostgreSQL half of the suite cannot run: {error}")
    database_url = os.environ["TEST_DATABASE_URL"]
else:
    sys.exit(f"RECPORTAL_TEST_ENGINE is {ENGINE!r}: it must be sqlite or postgresql.")

# What the developer's shell says is not for tests, least of all its database.
for name in (
    "SECRET_KEY_FALLBACKS",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "TRUSTED_PROXY",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "OIDC_ISSUER",
    "OIDC_ONLY",
    "OIDC_CLIENT_ID",
):
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
for name, value in (
    ("DATABASE_URL", database_url),
    ("DEBUG", "1"),
    # Half of them may wait for locks, and tests with many threads are one process.
    ("WEB_THREADS", "64"),
    ("SECRET_KEY", "a key that only the tests know, and that guards nothing at all"),
):
    os.environ.pop(f"{name}_FILE", None)
    os.environ[name] = value

from recportal.settings import *  # noqa: E402, F403
from recportal.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE  # noqa: E402

if ENGINE == "sqlite":
    # A real file: an in-memory database has one connection, and so neither locks nor a write-ahead log.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}

INSTALLED_APPS += ["zeal"]
MIDDLEWARE += ["tests.queries.repeated_queries_raise"]

# Real hashing costs 0.2 s a user, and is Django's to test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest-django turns DEBUG off; static files are still found where they lie, not in a collected folder.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
