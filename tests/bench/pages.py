"""How long each page takes, for the manager of ten communities, a superuser and a member.

    python -m tests.bench pages [-- --sizes 1000,100000,1000000 --seconds 0.5 --only search]

All sizes are asked in turn. The manager's ten communities hold the same in each of them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402

from assets.models import Asset  # noqa: E402
from members.models import Member  # noqa: E402
from recportal.accounts.models import User  # noqa: E402
from tests.settings import FOLDER  # noqa: E402

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

#: What a page may take for a superuser, in milliseconds, at every size.
MOST_MS: Final = 2000


@dataclass(frozen=True)
class Page:
    """A page by its name and address; the address may name what ``places()`` knows. And who opens it."""

    name: str
    address: str
    callers: tuple[str, ...] = ("manager", "root")


_ASSETS = "/admin/assets/asset/"
_MEMBERS = "/admin/members/member/"
_COMMUNITIES = "/admin/communities/community/"
_MY = "/my/{community_key}/{member_key}/"
_MEMBER = ("member",)
_ROOT = ("root",)

#: All that is measured: a new page is a line here.
PAGES: Final = (
    Page("first page", "/admin/"),
    Page("communities", _COMMUNITIES),
    Page("communities, searched", f"{_COMMUNITIES}?q=community"),
    Page("community", _COMMUNITIES + "{community}/change/"),
    Page("community, history", _COMMUNITIES + "{community}/history/"),
    Page("members", _MEMBERS),
    Page("members, page 3", f"{_MEMBERS}?p=3"),
    Page("members, of a community", _MEMBERS + "?community={community}"),
    Page("members, by area", _MEMBERS + "?community={community}&area=north"),
    Page("members, by status", f"{_MEMBERS}?status=suspended"),
    Page("members, by role", f"{_MEMBERS}?role=producer"),
    Page("members, searched by name", f"{_MEMBERS}?q=moretti"),
    Page("members, searched by two words", f"{_MEMBERS}?q=anna+moretti"),
    Page("members, searched by delivery point", _MEMBERS + "?q={point}"),
    Page("members, searched by user id", _MEMBERS + "?q={user_id}"),
    Page("members, searched in vain", f"{_MEMBERS}?q=nobodyhasthis"),
    Page("members, searched by one letter", f"{_MEMBERS}?q=a"),
    Page("members, by name", f"{_MEMBERS}?o=2"),
    Page("members, by number of assets", f"{_MEMBERS}?o=6", ("manager",)),
    Page("member", _MEMBERS + "{member}/change/"),
    Page("member, history", _MEMBERS + "{member}/history/"),
    Page("member, access", _MEMBERS + "{member}/access/"),
    Page("member, new", f"{_MEMBERS}add/"),
    Page("member, deletion", _MEMBERS + "{member}/delete/"),
    Page("assets", _ASSETS),
    Page("assets, page 3", f"{_ASSETS}?p=3"),
    Page("assets, of a community", _ASSETS + "?community={community}"),
    Page("assets, of an owner", _ASSETS + "?owner={member}"),
    Page("assets, by type", f"{_ASSETS}?asset_type=storage"),
    Page("assets, with a sensor", f"{_ASSETS}?sensor=1"),
    Page("assets, searched by name", f"{_ASSETS}?q=roof"),
    Page("assets, searched by sensor", _ASSETS + "?q={sensor}"),
    Page("assets, searched by part of a sensor", _ASSETS + "?q={part}"),
    Page("assets, searched in vain", f"{_ASSETS}?q=nothinghasthis"),
    Page("assets, by name", f"{_ASSETS}?o=2"),
    Page("assets, by owner", f"{_ASSETS}?o=4"),
    Page("assets, last page", f"{_ASSETS}?p=" + "{last}"),
    Page("asset", _ASSETS + "{asset}/change/"),
    Page("asset, history", _ASSETS + "{asset}/history/"),
    Page("asset, new", f"{_ASSETS}add/"),
    Page("roles", "/admin/communities/staffrole/"),
    Page("role, new", "/admin/communities/staffrole/add/"),
    Page("tokens", "/admin/communities/apitoken/"),
    Page("accounts", "/admin/accounts/user/", _ROOT),
    Page("corrections", "/admin/members/correction/"),
    Page("owners to choose", "/admin/autocomplete/?app_label=assets&model_name=asset&field_name=owner"),
    Page(
        "owners to choose, typed",
        "/admin/autocomplete/?app_label=assets&model_name=asset&field_name=owner&term=moretti",
    ),
    Page("member's overview", _MY, _MEMBER),
    Page("member's asset", _MY + "assets/{asset_key}/", _MEMBER),
    Page("member's changes", _MY + "history/", _MEMBER),
    Page("member's asset, changes", _MY + "assets/{asset_key}/history/", _MEMBER),
    Page("member's community", _MY + "community/", _MEMBER),
    Page("member's data", _MY + "data/", _MEMBER),
    Page("member's data as JSON", _MY + "data/json/", _MEMBER),
    Page("member's corrections", _MY + "corrections/", _MEMBER),
)


def places() -> dict[str, object]:
    """What addresses name: records of the own communities, the same in registers of all sizes."""
    member = Member.objects.get(account__username="member")
    asset = Asset.objects.filter(owner=member, sensor_id=None)[0]
    other = Member.objects.filter(pk__gt=OWN_IDS).exclude(user_id="").order_by("pk")[10]
    sensor = str(Asset.objects.filter(owner=other, sensor_id__isnull=False)[0].sensor_id)
    return {
        "community": member.community_id, "community_key": member.community.key, "member": member.pk,
        "member_key": member.key, "asset": asset.pk, "asset_key": asset.key, "sensor": sensor,
        "part": sensor[6:-1], "point": other.delivery_points[0]["id"], "user_id": other.user_id,
    }  # fmt: skip


def session_of(username: str) -> str:
    """The cookie of somebody who has signed in."""
    user = User.objects.get(username=username)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def remark(caller: str, probes: list[Probe]) -> str:
    found = []
    if caller != "root" and growth(probes) > MOST_GROWTH:
        found.append(f"grows more than {MOST_GROWTH}")
    if caller == "root" and probes[-1].median > MOST_MS:
        found.append(f"more than {MOST_MS / 1000:.0f} s")
    if len({probe.queries for probe in probes}) > 1:
        found.append(f"queries {', '.join(str(probe.queries) for probe in probes)}")
    return "; ".join(found)


def main() -> None:
    given = options(__doc__)
    settings_of_an_installation("recportal.urls")
    registers = Registers(given.sizes)
    application = get_wsgi_application()
    cookies: dict[tuple[int, str], str] = {}
    named: dict[int, dict[str, object]] = {}
    for size in registers.sizes:
        registers.use(size)
        named[size] = {**places(), "last": size // 50}
        for caller in ("manager", "root", "member"):
            cookies[size, caller] = session_of(caller)
    for caller, title in (("manager", "the manager of ten"), ("root", "a superuser"), ("member", "a member")):
        print(f"\n## Pages of {title} on {connection.vendor}")
        sizes = [f"median ms at {size:,}" for size in registers.sizes]
        table_head("page", "queries", *sizes, "p99 ms", "growth", "")
        for page in PAGES:
            if caller not in page.callers or given.only not in page.name:
                continue
            probes = [
                Probe(
                    size,
                    sender(
                        application,
                        "GET",
                        page.address.format(**named[size]),
                        {"HTTP_COOKIE": cookies[size, caller]},
                    ),
                )
                for size in registers.sizes
            ]
            measure(registers, probes, given.seconds)
            medians = [f"{probe.median:.1f}" for probe in probes]
            last = probes[-1]
            table_row(
                page.name,
                last.queries,
                *medians,
                f"{last.p99:.1f}",
                f"{growth(probes):.2f}",
                remark(caller, probes),
            )
    registers.close()
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
