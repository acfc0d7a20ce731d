"""The page that describes the API, in a browser, under the content security policy and without a network."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_it_shows_every_call_and_asks_nobody_else(live_server: LiveServer, page: Page) -> None:
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/api/docs/")
    page.wait_for_selector("text=The communities that you see, by key", timeout=60_000)
    expect(page.locator(".opblock").nth(25)).to_be_attached(timeout=60_000)
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert said == []
