"""The admin in a real browser: no script crashes, and nothing is inline that the policy would stop."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from recportal.accounts.models import User
from tests.staff.browsing import change, delete, history
from tests.staff.conftest import Register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def complaints(page: Any, live_server: Any, manager_a: User, register: Register) -> list[str]:
    """What the browser has to complain about while the manager of A looks around."""
    client = Client()
    client.force_login(manager_a)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


@pytest.mark.parametrize("width", [1280, 375])
def test_the_console_is_silent(
    page: Any, live_server: Any, complaints: list[str], register: Register, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for url in (
        "/admin/",
        "/admin/notices/",
        f"/admin/communities/community/{register.a.pk}/dashboard/",
        "/admin/members/member/",
        "/admin/members/member/add/",
        "/admin/assets/asset/",
        "/admin/assets/asset/add/",
        change(register.a),
        change(register.anna),
        change(register.pv),
        history(register.anna),
        delete(register.pv),
    ):
        page.goto(live_server.url + url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
    assert complaints == []


def test_an_owner_is_found_by_typing(
    page: Any, live_server: Any, complaints: list[str], register: Register
) -> None:
    page.goto(live_server.url + "/admin/assets/asset/add/")
    page.click(".select2-selection")
    page.fill(".select2-search__field", "anna")
    page.click(".select2-results__option:has-text('Anna (m-1)')")
    page.select_option("#id_asset_type", "storage")
    page.fill("#id_name", "Battery")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")
    assert register.anna.assets.filter(name="Battery").exists()
    assert complaints == []


def test_the_net_catches_an_inline_script(page: Any, live_server: Any, complaints: list[str]) -> None:
    page.goto(live_server.url + "/admin/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    assert any("Content Security Policy" in complaint for complaint in complaints)
