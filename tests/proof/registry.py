"""What the proofs say of the whole database: that nothing in it is wrong, and that it is what it was."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.db import connection

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.bundles.exporting import bundle_of
from recportal.bundles.registry import RegistryCheck


def everything_holds() -> bool:
    """Asserts that `check_registry` finds no fault."""
    found = [str(finding) for finding in RegistryCheck().findings()]
    assert not found, found[:10]
    return True


def contents() -> dict[str, Any]:
    """All that the registry holds, in a form that can be compared: records, open holdings, rows of history.

    Ids, versions and times are left out, and closed holdings, of which each change leaves some.
    """
    found: dict[str, Any] = {}
    for community in Community.objects.order_by("key"):
        bundle = bundle_of(community)
        found[community.key] = (bundle.community, bundle.members, bundle.assets)
    held = Holding.objects.filter(until=None).order_by()
    found["holdings"] = Counter(held.values_list("kind", "code", "scope", "member__key", "asset__key"))
    return found


def history() -> Counter[tuple[str, str, int]]:
    """How many rows of history there are: (model, type of change, version of the record) → number."""
    return Counter(
        (model.__name__, *row)
        for model in (Community, Member, Asset)
        for row in model.history.values_list("history_type", "version")
    )


def await_the_end_of_others(seconds: float = 30) -> None:
    """Wait until nobody else is at work in this test's database: a server notices a dead client by and by."""
    if connection.vendor != "postgresql":
        return  # the system has taken its locks back by the time that the process is gone
    until = time.monotonic() + seconds
    others = -1
    while others and time.monotonic() < until:
        time.sleep(0.02)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            others = cursor.fetchone()[0]
    assert not others, f"{others} servers still work for dead clients after {seconds} s"
