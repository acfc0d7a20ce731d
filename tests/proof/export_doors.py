"""Takes a large community out through every door of the application in this process, and measures it.

`python -m tests.proof.export_doors MEMBERS`, on the empty database of `DATABASE_URL`; each member has three
assets. A line of JSON for each door says how much memory it took, and how many records came out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from assets.models import Asset  # noqa: E402
from communities.models import ApiToken, Community  # noqa: E402
from members.models import Member  # noqa: E402
from recportal.accounts.models import User  # noqa: E402
from tests.proof.measured import Measured  # noqa: E402

_BATCH: Final = 2000
_ASSETS: Final = 3


def fill(members: int) -> Community:
    """A community whose records only lie there: without holdings and history."""
    home = Community(key="home", name="Home")
    home.save()
    for start in range(0, members, _BATCH):
        numbers = range(start, min(start + _BATCH, members))
        made = Member.objects.bulk_create(
            Member(
                community=home, key=f"m-{number:06}", name=f"Member {number}", role="consumer", version=1,
                delivery_points=[{"id": f"IT001E{number:08}"}], extra={"phone": "+39 041", "note": "x" * 80},
            )
            for number in numbers
        )  # fmt: skip
        Asset.objects.bulk_create(
            Asset(
                community=home, owner=owner, key=f"a-{owner.key}-{number}", name="Plant", asset_type="pv",
                properties={"capacity_kwp": 3.5, "tilt": 30}, device={"manufacturer": "Maker"}, version=1,
            )
            for owner in made
            for number in range(_ASSETS)
        )  # fmt: skip
    return home


def doors(home: Community) -> Iterator[tuple[str, Client, str, dict[str, str]]]:
    """Name, browser, address, headers."""
    user = User.objects.create(username="root", is_superuser=True)
    token = {"HTTP_AUTHORIZATION": f"Bearer {ApiToken.issue(user, 'doors')[1]}"}
    browser = Client(HTTP_HOST="register.example", HTTP_X_FORWARDED_PROTO="https")
    browser.force_login(user)
    for dialect in ("native", "celine"):
        for kind in ("application/json", "application/yaml"):
            yield (
                f"api {dialect} {kind}",
                Client(HTTP_HOST="register.example", HTTP_X_FORWARDED_PROTO="https"),
                f"/api/bundles/home/?format={dialect}",
                {**token, "HTTP_ACCEPT": kind},
            )
        for form in ("json", "yaml"):
            address = f"/admin/export/community/{home.pk}.{form}?format={dialect}"
            yield f"admin {dialect} {form}", browser, address, {}
    for records in ("members", "assets"):
        for form in ("csv", "json"):
            yield f"list {records} {form}", browser, f"/admin/export/{records}.{form}", {}


def main() -> None:
    members = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    home = fill(members)
    for name, client, address, headers in doors(home):
        client.get("/healthz")
        with Measured(name, address) as measured:
            answer: Any = client.get(address, **headers)  # type: ignore[arg-type]  # names of headers
            measured.heard(str(answer.status_code))
            length = 0
            for piece in answer.streaming_content if answer.streaming else [answer.content]:
                length += len(piece)
            announced = answer.headers.get("Content-Length")
            answer.close()
        print(json.dumps({**measured.told, "bytes": length, "announced": announced}), flush=True)


if __name__ == "__main__":
    main()
