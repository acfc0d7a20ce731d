"""Every page that a browser can open, as the URL configuration knows them: with all that opens on it open,
wide and narrow, light and dark, nothing is cut, covered, broken or too pale to read.

With ``RECPORTAL_SOAK=1`` also in Italian, whose words are longer.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as configuration
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page

from assets.models import Asset
from communities.models import ApiToken, Community, StaffRole
from members.corrections import propose
from members.invitations import invite, send
from members.models import Member
from recportal.accounts.models import User
from recportal.bundles.uploads import take
from tests.addresses import Route, routes
from tests.permissions.register import Place
from tests.proof.visitor import Look, Visitor
from tests.soak import soak

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
]

WIDTHS: Final = (1440, 1280, 375)
LANGUAGES: Final = soak(("en-GB", "it-IT"), ("en-GB",))
FLAWS: Final = (Path(__file__).parent / "looks.js").read_text()
CONTRAST: Final = {"runOnly": ["color-contrast"], "preload": False}
#: All folds of a page: those of one name shut each other, and are opened by turns elsewhere.
OPEN_FOLDS: Final = """() => {
    document.querySelectorAll("details").forEach(fold => { fold.removeAttribute("name"); fold.open = true; });
    document.querySelectorAll("input").forEach(input => input.blur());
}"""


@dataclass
class Opened:
    """A page and who opens it."""

    address: str
    name: str


@pytest.fixture(params=LANGUAGES)
def visitors(browser: Browser, live_server: Any, settings: Any, request: Any) -> Iterator[dict[str, Visitor]]:
    """Somebody without account, a superuser and a member, in a register of the demo community and another."""
    settings.DEBUG = True  # demo accounts are made in development only
    call_command("load_demo")
    settings.DEBUG = False
    found = {}
    for name in ("", "admin", "member"):
        visitor = Visitor(browser, live_server.url, Look(name, 1440, 900, language=request.param))
        if name:
            client = Client()
            client.force_login(User.objects.get(username=name))
            session = client.cookies[configuration.SESSION_COOKIE_NAME]
            visitor.context.add_cookies(
                [{"name": session.key, "value": session.value, "url": live_server.url}]
            )
        found[name] = visitor
    yield found
    for visitor in found.values():
        visitor.context.close()


def place() -> Place:
    """What the placeholders of addresses stand for: records of the demo community."""
    community = Community.objects.get()
    member = Member.objects.get(key="m-011")
    admin, viewer = (User.objects.get(username=name) for name in ("admin", "viewer"))
    asset = Asset.objects.get(key="pv-029")
    assert member.account
    for record in (community, member, asset):
        record.name = f"{record.name}, once more"
        record.save()
    correction = propose(member, member.account, member, ("extra", "phone"), "+39 0461 000", "New.")
    token, _secret = ApiToken.issue(admin, "A tool", community=community)
    table = "key;name;role;status\nm-012;Bakery at the bridge;;active\nm-999;Newcomer;consumer;\n"
    upload = take(admin, "members.csv", table.encode(), community.key, replace=False)
    role = StaffRole.objects.get(user=viewer)
    invitation, secret = invite(Member.objects.get(key="m-012"), admin, "m-012@example.org")
    send(invitation, f"https://register.example/invitations/{secret}/")
    assert invitation.mail
    found = Place(community, member, asset, viewer, role, token, correction, upload, invitation.mail)
    found.invitation = secret
    area = next(iter(community.areas))
    found.more = {"area": area, "node": community.topology[0]["id"], "key": area}
    _another_community()
    return found


def _another_community() -> None:
    """With it there is something to choose from, and a place whose sizes nobody knows."""
    other = Community.objects.create(key="another", name="Energiegemeinschaft Oberes Vinschgau und Umgebung")
    owner = Member.objects.create(community=other, key="m-1", name="Maria Oberrauch", role="prosumer")
    Asset.objects.create(owner=owner, key="pv-1", name="Roof", asset_type="pv")


def pages(values: Place) -> Iterator[Opened]:
    """What answers a GET with a page, each by whom it is for."""
    clients = {name: Client(raise_request_exception=False) for name in ("", "admin", "member")}
    for name in ("admin", "member"):
        clients[name].force_login(User.objects.get(username=name))
    seen = set()
    for route in routes():
        if route.address in seen or route.address.startswith("/api/"):
            continue
        seen.add(route.address)
        address = _filled(route, values)
        for name in (
            ("admin", "member", "") if route.address.startswith("/admin/") else ("member", "", "admin")
        ):
            answer = clients[name].get(address)
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            is_kept = "Content-Disposition" in answer.headers
            answer.close()
            if answer.status_code == 200 and is_page and not is_kept:
                yield Opened(address, name)
                break


def _filled(route: Route, values: Place) -> str:
    return route.filled(values.values(route.address))


def test_nothing_is_cut_covered_broken_or_too_pale(visitors: dict[str, Visitor], figure: Any) -> None:
    flaws: dict[str, set[str]] = {}
    opened = list(pages(place()))
    opened += [
        Opened("/admin/members/member/?status=active&q=a", "admin"),
        Opened("/admin/search/?q=a", "admin"),
    ]
    for each in opened:
        page = visitors[each.name].page
        page.goto(each.address)
        page.evaluate(OPEN_FOLDS)
        found = {flaw for width in WIDTHS for flaw in _flaws(page, width)}
        found |= {flaw for colours in ("light", "dark") for flaw in _pale(page, colours)}
        if folder := os.environ.get("RECPORTAL_LOOKS"):
            _keep(page, Path(folder), each.address)
        if found:
            flaws[f"{each.address} ({each.name or 'nobody'})"] = found
    figure("pages opened", len(opened))
    if folder := os.environ.get("RECPORTAL_LOOKS"):
        (Path(folder) / "pages.txt").write_text("\n".join(each.address for each in opened))
    assert not flaws, "\n".join(f"{name}: {flaw}" for name, found in flaws.items() for flaw in sorted(found))
    assert len(opened) > 80


def _keep(page: Page, folder: Path, address: str) -> None:
    """Pictures for whoever wants to look: wide, narrow and dark."""
    name = re.sub(r"\W+", "-", address).strip("-") or "home"
    for width, colours in ((1280, "light"), (375, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # one of two words
        page.evaluate("document.getAnimations().forEach(each => each.finish())")
        page.screenshot(path=folder / f"{name}-{width}-{colours}.png")


def _flaws(page: Page, width: int) -> Iterator[str]:
    page.set_viewport_size({"width": width, "height": 900})
    yield from (f"{width} px: {flaw}" for flaw in page.evaluate(FLAWS))


def _pale(page: Page, colours: Any, within: str | None = None) -> Iterator[str]:
    page.emulate_media(color_scheme=colours)
    page.evaluate("document.getAnimations().forEach(each => each.finish())")
    for violation in Axe().run(page, context=within, options=CONTRAST).response["violations"]:
        for node in violation["nodes"]:
            yield f"{colours}: {node['html'][:120]} {node['failureSummary'][-160:]}"


@pytest.mark.parametrize("address", ["/admin/", "/admin/members/member/", "/admin/members/member/add/"])
def test_the_palette_can_be_read(visitors: dict[str, Visitor], address: str) -> None:
    page = visitors["admin"].page
    page.goto(address)
    page.keyboard.press("Control+k")
    page.fill("#palette input", "salmolini")
    page.wait_for_selector("#palette [role=option]")
    found = {flaw for width in WIDTHS for flaw in _flaws(page, width)}
    for colours in ("light", "dark"):
        for option in page.locator("#palette [role=option]").all()[:2]:
            option.hover()
            found |= set(_pale(page, colours, "#palette"))
    assert not found, "\n".join(sorted(found))
