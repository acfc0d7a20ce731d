"""What one worker process answers, and how far that is from a bare view with hand-written SQL.

    python -m tests.bench api [-- --sizes 1000,100000,1000000 --seconds 1 --only list]

Requests go through the whole WSGI application, middleware and token included; the floor's view stands behind
the same. All sizes and the floor are asked in turn, by the manager of the own ten communities.
"""

from __future__ import annotations

import os
import shutil

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402

from assets.models import Asset  # noqa: E402
from communities.models import ApiToken, Community  # noqa: E402
from recportal.accounts.models import User  # noqa: E402
from tests.settings import FOLDER  # noqa: E402

from . import floor  # noqa: E402
from .fiction import OWN_IDS  # noqa: E402
from .measuring import (  # noqa: E402
    MOST_GROWTH,
    Probe,
    growth,
    measure,
    options,
    sender,
    settings_of_an_installation,
    table_head,
    table_row,
)
from .registers import Registers  # noqa: E402


def own_cases() -> list[floor.Case]:
    own = Community.objects.get(pk=OWN_IDS + 1)
    asset = Asset.objects.filter(community=own)[100]
    sensors = list(
        Asset.objects.filter(pk__gt=OWN_IDS, sensor_id__isnull=False)
        .order_by("pk")
        .values_list("sensor_id", flat=True)[:500]
    )
    point = asset.owner.delivery_points[0]["id"]
    return floor.cases(own.pk, own.key, asset.key, point, [str(each) for each in sensors])


def remarks(case: floor.Case, ours: list[Probe], floors: list[Probe]) -> list[str]:
    """What falls short, at the largest size."""
    found = []
    share = ours[-1].rate / floors[-1].rate
    if share < case.wanted:
        found.append(f"short of {case.wanted} of the floor")
    if growth(ours) > MOST_GROWTH:
        found.append(f"grows more than {MOST_GROWTH}")
    return found


def main() -> None:
    given = options(__doc__)
    settings_of_an_installation("tests.bench.floor")
    registers = Registers(given.sizes)
    application = get_wsgi_application()
    tokens = {}
    for size in registers.sizes:
        registers.use(size)
        tokens[size] = ApiToken.issue(User.objects.get(username="manager"), "bench")[1]
    floor.statements = own_cases()
    print(f"\n## The API on {connection.vendor}, one worker")
    names = (
        "request",
        "assets",
        "answers/s",
        "median ms",
        "p99 ms",
        "queries",
        "floor/s",
        "of floor",
        "growth",
        "",
    )
    table_head(*names)
    for number, case in enumerate(floor.statements):
        if given.only not in case.name:
            continue
        ours, floors = [], []
        for size, token in tokens.items():
            headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
            ours.append(Probe(size, sender(application, case.method, case.path, headers, case.body)))
            floors.append(Probe(size, sender(application, "GET", f"/floor/{number}/", headers)))
        measure(registers, [each for pair in zip(ours, floors, strict=True) for each in pair], given.seconds)
        for one, bare in zip(ours, floors, strict=True):
            last = one is ours[-1]
            table_row(
                case.name, f"{one.size:,}", f"{one.rate:.0f}", f"{one.median:.2f}", f"{one.p99:.2f}",
                one.queries, f"{bare.rate:.0f}", f"{one.rate / bare.rate:.2f}",
                f"{growth(ours):.2f}" if last else "", "; ".join(remarks(case, ours, floors)) if last else "",
            )  # fmt: skip
    registers.close()
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
