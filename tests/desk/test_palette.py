"""The palette in a real browser: keys, roles for screen readers, a silent console, and no script at all."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recportal.accounts.models import User
from tests.staff.browsing import change
from tests.staff.conftest import Register

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


def sign_in(context: Any, url: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])


@pytest.fixture
def complaints(page: Any, live_server: Any, manager_a: User, register: Register) -> list[str]:
    sign_in(page.context, live_server.url, manager_a)
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


def test_a_record_is_opened_by_keys_alone(
    page: Any, live_server: Any, complaints: list[str], register: Register
) -> None:
    page.goto(live_server.url + "/admin/")
    page.keyboard.press("Control+k")
    with page.expect_response(lambda answer: "q=m-1&" in f"{answer.url}&"):
        page.keyboard.type("m-1")
    page.wait_for_selector("#palette [role=option]")
    box = page.locator("#palette [role=combobox]")
    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") == "palette-member-1"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") != "palette-member-1"
    page.keyboard.press("ArrowUp")
    chosen = page.locator("#palette [aria-selected=true]")
    assert "Anna (m-1)" in chosen.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(live_server.url + change(register.anna))
    assert complaints == []


def test_escape_and_the_same_keys_close_it(page: Any, live_server: Any, complaints: list[str]) -> None:
    page.goto(live_server.url + "/admin/members/member/")
    for key in ("Escape", "Control+k"):
        page.click("#palette-opener")
        assert page.locator("#palette").is_visible()
        page.keyboard.press(key)
        assert not page.locator("#palette").is_visible()
    assert complaints == []


def test_nothing_found_is_said(page: Any, live_server: Any, complaints: list[str]) -> None:
    page.goto(live_server.url + "/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type("beta")
    page.wait_for_selector("#palette [role=status]")
    assert page.locator("#palette [role=combobox]").get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")  # with nothing to choose, the page of the search
    page.wait_for_url("**/admin/search/?q=beta")
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 375])
def test_lists_and_pages_fit_and_are_silent(
    page: Any, live_server: Any, complaints: list[str], register: Register, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for url in (
        "/admin/search/?q=m-1",
        "/admin/members/member/?status=active&q=anna&updated_from=2020-01-01",
        "/admin/assets/asset/?kwp_from=much",
        change(register.pv),
    ):
        page.goto(live_server.url + url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
    assert complaints == []


def test_without_scripts_the_box_in_the_header_searches(
    browser: Any, live_server: Any, manager_a: User, register: Register
) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server.url, manager_a)
    page = context.new_page()
    page.goto(live_server.url + "/admin/")
    assert not page.locator("#palette-opener").is_visible()
    page.fill("#id_search", "it 001 e 0000 0001")
    page.click("#search button[type=submit]")
    page.click(".hits a:has-text('IT 001 E 00000001')")
    page.wait_for_url(live_server.url + change(register.anna))
    context.close()
