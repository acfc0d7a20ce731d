"""The memory of one worker: at rest, and at its highest after all pages and answers of the other benches.

python -m tests.bench memory [-- --sizes 1000000]
"""

from __future__ import annotations

import resource
import shutil
import sys
from pathlib import Path

# First, for it sets Django up.
from .pages import PAGES, places, session_of  # isort: skip
from django.core.wsgi import get_wsgi_application
from django.db import connection

from communities.models import ApiToken
from recportal.accounts.models import User
from tests.settings import FOLDER

from .api import own_cases
from .measuring import options, sender, settings_of_an_installation, table_head, table_row
from .registers import Registers


def megabytes_now() -> float:
    """What of this process is in memory. Linux alone tells; elsewhere 0."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6


def megabytes_at_most() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    given = options(__doc__)
    settings_of_an_installation("tests.bench.floor")
    size = max(given.sizes)
    registers = Registers([size])
    registers.use(size)
    application = get_wsgi_application()
    named = {**places(), "last": size // 50}
    cookies = {caller: session_of(caller) for caller in ("manager", "root", "member")}
    sender(application, "GET", "/admin/", {"HTTP_COOKIE": cookies["manager"]})()
    rest = megabytes_now()
    for page in PAGES:
        for caller in page.callers:
            sender(application, "GET", page.address.format(**named), {"HTTP_COOKIE": cookies[caller]})()
    pages = megabytes_at_most()
    token = ApiToken.issue(User.objects.get(username="manager"), "bench")[1]
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    for case in own_cases():
        sender(application, case.method, case.path, headers, case.body)()
    sender(application, "GET", "/api/bundles/zone-00001/", headers)()
    print(f"\n## Memory of one worker on {connection.vendor}")
    table_head(
        "assets", "at rest, after one page, MB", "peak after all pages, MB", "after all of the API, MB"
    )
    table_row(f"{size:,}", f"{rest:.0f}", f"{pages:.0f}", f"{megabytes_at_most():.0f}")
    registers.close()
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
