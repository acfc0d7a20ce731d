"""Somebody at a browser who notices what a page should not do, and keeps pictures of pages.

Pictures go to the folder of ``RECPORTAL_SCREENSHOTS``; without it, none are taken.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response


@dataclass(frozen=True)
class Look:
    """How a page is looked at: window in px, colours, and whether scripts run."""

    name: str
    width: int
    height: int
    colours: Any = "light"
    scripts: bool = True
    language: str = "en-GB"

    def in_italian(self) -> "Look":
        return replace(self, name=f"it-{self.name}", language="it-IT")


#: How members look at pages: the journeys walk in each of these.
LOOKS = [
    Look("phone", 375, 812),
    Look("phone-dark", 375, 812, "dark", scripts=False),
    Look("desktop", 1280, 900, scripts=False),
    Look("desktop-dark", 1280, 900, "dark"),
]
#: The same as parameters of a fixture. No look changes with the engine behind the page: both see the first.
EACH_LOOK = [
    pytest.param(look, id=look.name, marks=[pytest.mark.once] if look is not LOOKS[0] else [])
    for look in LOOKS
]


class Visitor:
    """A browser of one's own. ``faults`` are what pages did that they should not: words on the console,
    errors of scripts, breaches of the CSP, requests to other hosts.
    """

    def __init__(self, browser: Browser, server: str, look: Look) -> None:
        self.look = look
        self.server = server
        self.context: BrowserContext = browser.new_context(
            base_url=server,
            viewport={"width": look.width, "height": look.height},
            color_scheme=look.colours,
            java_script_enabled=look.scripts,
            locale=look.language,
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.weight = 0
        self.faults: list[str] = []
        self.page.on("request", self._follow)
        self.page.on("response", self._weigh)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._listen)

    def _follow(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.server).netloc:
            self.faults.append(f"asked another host: {request.url}")

    def _listen(self, message: ConsoleMessage) -> None:
        # The browser's own advice, and its remark on whoever types before a page has come to its end.
        if not message.text.startswith(("[DOM] ", "Autofocus processing was blocked")):
            self.faults.append(f"{message.type}: {message.text}")

    def _weigh(self, response: Response) -> None:
        self.weight += int(response.headers.get("content-length", 0))

    def opens(self, address: str) -> None:
        self.weight = 0
        self.page.goto(address)

    def follows(self, leading: Locator) -> None:
        """Clicks a link or button that leads to another page, and waits until that is there."""
        with self.page.expect_navigation():
            leading.click()

    def flaws(self, within: str | None = None) -> list[str]:
        """What is wrong with the page that is open: what it did, its width, what axe finds grave."""
        flaws, self.faults = self.faults, []
        if not self.look.scripts:
            return flaws
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self.look.width:
            flaws.append(f"{wide} px wide")
        # Fetching style sheets anew ("preload") makes noise of its own, for rules on videos and the like.
        found_by_axe = Axe().run(self.page, context=within, options={"preload": False}).response
        for found in found_by_axe["violations"]:
            if found["impact"] in ("serious", "critical"):
                flaws += [
                    f"{found['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
                    for node in found["nodes"]
                ]
        return flaws

    def looks(self, step: str, within: str | None = None) -> None:
        """The page is narrow enough, without faults, and kept as a picture where that is asked for."""
        flaws = self.flaws(within)
        assert not flaws, (step, flaws)
        if self.look.scripts:  # without, it looks the same
            self.keeps_a_picture(step)

    def keeps_a_picture(self, name: str, tallest: int = 4_000) -> None:
        """The page as a JPEG: all of it, or its upper part of so many px."""
        folder = os.environ.get("RECPORTAL_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            tall = min(tallest, self.page.evaluate("document.documentElement.scrollHeight"))
            self.page.screenshot(
                path=Path(folder) / f"{name}-{self.look.name}.jpg",
                full_page=True,
                clip={"x": 0, "y": 0, "width": self.look.width, "height": tall},
                type="jpeg",
                quality=50,
            )

    def is_light(self) -> None:
        """The page just opened, with all that it needs, is below 100 kB."""
        assert 0 < self.weight < 100_000, self.weight
