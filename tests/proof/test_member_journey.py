"""A member's whole way in a real browser, from the invitation to the answered correction.

With ``RECPORTAL_SCREENSHOTS=docs/screenshots`` it also takes the pictures of the documentation.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from assets.models import Asset
from members.models import Correction
from recportal.accounts.models import User
from tests.factories import PASSWORD
from tests.pages.conftest import Lot, lot  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: name, size of the window, colours, JavaScript
LOOKS = [
    ("phone", (375, 812), "light", True),
    ("phone-dark", (375, 812), "dark", False),
    ("desktop", (1280, 900), "light", False),
    ("desktop-dark", (1280, 900), "dark", True),
]


class Visitor:
    """Somebody with a browser of their own, who notices what a page should not do."""

    def __init__(self, browser: Browser, server: str, look: tuple[Any, ...]) -> None:
        self.name, (width, height), colours, self.scripts = look
        self.server = server
        self.context: BrowserContext = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            color_scheme=colours,
            java_script_enabled=self.scripts,
            locale="en-GB",
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.width = width
        self.weight = 0
        self.faults: list[str] = []
        self.page.on("response", self._weigh)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._listen)

    def _weigh(self, response: Response) -> None:
        if urlsplit(response.url).netloc != urlsplit(self.server).netloc:
            self.faults.append(f"asked another host: {response.url}")
        self.weight += int(response.headers.get("content-length", 0))

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "violates" in message.text:
            self.faults.append(message.text)

    def opens(self, address: str) -> None:
        self.weight = 0
        self.page.goto(address)

    def looks(self, step: str, within: str | None = None) -> None:
        """The page is narrow enough, without faults, and kept as a picture where that is asked for."""
        assert not self.faults, self.faults
        if self.scripts:
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= self.width, f"{step}: {wide} px wide"
            found = Axe().run(self.page, context=within).response["violations"]
            grave = [each for each in found if each["impact"] in ("serious", "critical")]
            assert not grave, (
                step,
                [(e["id"], n["html"][:300], n["failureSummary"][:300]) for e in grave for n in e["nodes"]],
            )
        folder = os.environ.get("RECPORTAL_SCREENSHOTS")
        if folder and self.scripts:  # without, it looks the same
            Path(folder).mkdir(parents=True, exist_ok=True)
            file = Path(folder) / f"{step}-{self.name}.jpg"
            self.page.screenshot(path=file, full_page=True, type="jpeg", quality=60)

    def is_light(self) -> None:
        """The page just opened, with all that it needs, is below 100 kB."""
        assert 0 < self.weight < 100_000, self.weight


@pytest.fixture(params=LOOKS, ids=[look[0] for look in LOOKS])
def look(request: pytest.FixtureRequest) -> Any:
    cache.clear()
    return request.param


@pytest.fixture
def staff(browser: Browser, live_server: Any, look: Any) -> Iterator[Visitor]:
    visitor = Visitor(browser, live_server.url, look)
    yield visitor
    visitor.context.close()


@pytest.fixture
def member(browser: Browser, live_server: Any, look: Any) -> Iterator[Visitor]:
    visitor = Visitor(browser, live_server.url, look)
    yield visitor
    visitor.context.close()


def test_a_member_is_invited_reads_takes_away_and_corrects(
    staff: Visitor,
    member: Visitor,
    lot: Lot,  # noqa: F811
    manager_a: User,
) -> None:
    neighbour = lot.neighbour
    desk, phone = staff.page, member.page

    # Staff sign in and invite
    staff.opens("/admin/")
    desk.get_by_role("textbox", name="Login").fill("manager_a")
    desk.get_by_role("textbox", name="Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.goto(f"/admin/members/member/{neighbour.pk}/change/")
    desk.get_by_role("link", name="Invite").click()
    desk.get_by_label("E-mail address").fill("nora@example.org")
    desk.get_by_role("button", name="Send the invitation by e-mail").click()
    expect(desk.get_by_text("The invitation is on its way")).to_be_visible()
    staff.faults.clear()  # the admin's own pages are another test's business
    link = re.search(r"(/invitations/\S+)", str(mail.outbox[-1].body))
    assert link

    # The member opens the link and gets in
    member.opens(link[1])
    expect(phone.get_by_text("Neighbour Nora")).to_be_visible()
    member.looks("invitation")
    member.is_light()
    phone.get_by_role("button", name="Make an account and accept").click()
    expect(phone.get_by_role("heading", name="Neighbour Nora")).to_be_visible()

    # Another day, with a code by mail
    phone.get_by_role("button", name="Sign out").click()
    member.opens("/")
    member.looks("sign-in")
    member.is_light()
    phone.get_by_role("link", name="Send me a code").click()
    phone.get_by_role("textbox", name="Email").fill("nora@example.org")
    phone.locator("main button").first.click()
    code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(mail.outbox[-1].body), re.M)
    assert code
    phone.get_by_role("textbox", name="Code").fill(code[1])
    phone.get_by_role("button", name="Confirm").click()
    expect(phone.get_by_role("heading", name="Neighbour Nora")).to_be_visible()

    # Reading
    member.opens("/my/alpha/nearby/")
    member.is_light()
    expect(phone.get_by_text("4.5 kWp").first).to_be_visible()
    expect(phone.get_by_role("link", name="+39 0000 1")).to_have_attribute("href", "tel:+3900001")
    member.looks("overview")
    phone.get_by_role("link", name="pv-nearby name").click()
    member.looks("asset")
    phone.get_by_role("link", name="Community", exact=True).click()
    member.looks("community")

    # Taking away
    phone.get_by_role("link", name="My data").click()
    member.looks("my-data")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="JSON").click()
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert taken["assets"][0]["key"] == "pv-nearby"

    # Correcting
    phone.goto("/my/alpha/nearby/assets/pv-nearby/")
    phone.get_by_role("link", name=re.compile("This is wrong.*Peak power")).click()
    phone.get_by_label("What is right?").fill("6.2")
    phone.get_by_label("Anything to add?").fill("Two panels came in May.")
    member.looks("correction")
    phone.get_by_role("button", name="Send to the community").click()
    expect(phone.get_by_text("Two panels came in May.")).to_be_visible()

    # Staff accept
    desk.goto("/admin/members/correction/?state=open")
    desk.locator("#result_list tbody a").first.click()
    expect(desk.locator("ins")).to_have_text("6.2")
    staff.faults.clear()
    staff.looks("answer", within="#content-main")  # what is around it is Django's own
    desk.get_by_label("Answer").fill("Thank you, Nora.")
    desk.get_by_role("button", name="Accept and write it").click()
    expect(desk.get_by_text("the record says it now")).to_be_visible()

    # The member sees it
    phone.goto("/my/alpha/nearby/corrections/")
    expect(phone.get_by_text("Thank you, Nora.")).to_be_visible()
    member.looks("answered")
    phone.goto("/my/alpha/nearby/")
    expect(phone.get_by_text("6.2 kWp").first).to_be_visible()
    assert Asset.objects.get(key="pv-nearby").properties["capacity_kwp"] == 6.2
    assert Correction.objects.get().state == "accepted"


def test_the_language_is_switched_by_hand(member: Visitor, lot: Lot, member_a: User) -> None:  # noqa: F811
    page = member.page
    member.opens("/")
    page.get_by_role("textbox", name="Login").fill("member_a")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Italiano").click()
    expect(page.get_by_role("heading", name="I tuoi apparecchi")).to_be_visible()
    member.looks("overview-it")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Esci")).to_be_hidden()
