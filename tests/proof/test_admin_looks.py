"""Every main page of the admin in a real browser, light and dark and narrow: legible to all, silent, and
asking nothing of anybody else.

With ``RECPORTAL_SCREENSHOTS=docs/screenshots`` it also takes the pictures of the documentation, and looks in
two more ways, each of which is made of ways that are always tried.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configuration
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser

from recportal.accounts.models import User
from tests.proof.admin_pages import PAGES
from tests.proof.visitor import Look, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

LOOKS = [
    Look("light", 1280, 900),
    Look("dark", 1280, 900, "dark"),
    Look("narrow", 375, 812),
    Look("narrow", 375, 812).in_italian(),
]
if "RECPORTAL_SCREENSHOTS" in os.environ:
    LOOKS += [Look("narrow-dark", 375, 812, "dark"), Look("light", 1280, 900).in_italian()]

#: The tools of a record that lie over its name, which may be long.
COVERING = """() => {
    const names = [...document.querySelectorAll("#content > h1, #content > h2")].flatMap(heading => {
        const range = document.createRange();
        range.selectNodeContents(heading);
        return [...range.getClientRects()];
    });
    return [...document.querySelectorAll(".object-tools a")].filter(tool => {
        const box = tool.getBoundingClientRect();
        return names.some(name => name.left < box.right && box.left < name.right
            && name.top < box.bottom && box.top < name.bottom);
    }).map(tool => tool.textContent);
}"""


@pytest.fixture(params=LOOKS, ids=[look.name for look in LOOKS])
def manager(
    browser: Browser, live_server: Any, settings: Any, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """The manager of the demo community, signed in."""
    settings.DEBUG = True  # demo accounts are made in development only
    call_command("load_demo", "--into-production", "--yes")
    client = Client()
    client.force_login(User.objects.get(username="manager"))
    session = client.cookies[configuration.SESSION_COOKIE_NAME]
    visitor = Visitor(browser, live_server.url, request.param)
    visitor.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
    yield visitor
    visitor.context.close()


def test_each_page_is_without_flaws(manager: Visitor) -> None:
    flaws = {}
    for name, page in PAGES.items():
        page.is_opened(manager.page)
        covering = [f"covers the title: {tool}" for tool in manager.page.evaluate(COVERING)]
        if found := [*manager.flaws(), *covering]:
            flaws[name] = found
        if manager.look.name in page.pictured:
            manager.keeps_a_picture(f"admin-{name}", tallest=1_600)
    assert not flaws, "\n".join(f"{name}: {flaw}" for name, found in flaws.items() for flaw in found)
