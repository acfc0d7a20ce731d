"""The admin in a real browser: no script crashes, and nothing is inline that the policy would stop."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from assets.models import Asset
from communities.models import ApiToken
from members.invitations import invite, send
from members.models import Member
from recportal.accounts.models import User
from recportal.mail.models import Mail
from tests.api.calling import token_of
from tests.staff.browsing import change, delete, history
from tests.staff.conftest import Register

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


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


@pytest.mark.parametrize("width", [1280, 1440])
def test_no_column_of_a_list_is_out_of_sight(
    page: Any, live_server: Any, complaints: list[str], register: Register, manager_a: User, width: int
) -> None:
    register.anna.user_id = "a-very-long.user-name@example.org"
    register.anna.save()
    token_of(manager_a, register.a)
    ApiToken.objects.update(last_used_at=timezone.now(), revoked_at=timezone.now())
    invitation, _ = invite(register.anna, manager_a, "a-very-long.user-name@example.org")
    send(invitation, "https://register.example.org/")
    Mail.objects.update(fault="ConnectionRefusedError at socket.py:836")
    page.set_viewport_size({"width": width, "height": 800})
    for model in ("members/member", "assets/asset", "mail/mail", "communities/apitoken"):
        page.goto(f"{live_server.url}/admin/{model}/")
        assert page.locator("#result_list").count() == 1
        wide = "[...document.querySelectorAll('.list-region')].map(e => e.scrollWidth - e.clientWidth)"
        assert page.evaluate(wide) == [0], model
        # The page goes on to the right edge of the window, beside the sidebar.
        assert (
            page.evaluate("innerWidth - document.querySelector('.content').getBoundingClientRect().right") < 2
        )


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


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def any_page(request: pytest.FixtureRequest, page: Any, complaints: list[str]) -> Iterator[Any]:
    """The page of the manager of A, once with scripts and once without."""
    context = page.context.browser.new_context(java_script_enabled=request.param)
    context.add_cookies(page.context.cookies())
    yield context.new_page()
    context.close()


def test_the_inputs_of_the_chosen_type_are_shown_and_no_others(
    any_page: Any, live_server: Any, register: Register
) -> None:
    any_page.goto(live_server.url + "/admin/assets/asset/add/")
    for kind, name in (("pv", "tilt"), ("meter", "meter_type"), ("heat_pump", "cop")):
        any_page.select_option("#id_asset_type", kind)
        shown = any_page.locator(".chosen-by:visible")
        assert shown.count() == 1
        assert shown.locator(f"[name=properties-{kind}-{name}]").is_visible()
    any_page.select_option("#id_asset_type", "")
    assert any_page.locator(".chosen-by:visible").count() == 0


def test_saving_what_nobody_touched_changes_nothing(
    any_page: Any, live_server: Any, register: Register
) -> None:
    """A browser drops line breaks and days that are none: such values stand in inputs that keep them."""
    odd = {
        "tilt": 30.0,
        "pod": " two\nlines\r",
        "installation_date": "2024-02-30",
        "controllable": 1,
        "own": [1],
    }
    Asset.objects.filter(pk=register.pv.pk).update(properties=odd)
    any_page.goto(live_server.url + change(register.pv))
    any_page.fill("#id_name", "Roof")
    any_page.click("input[name=_save]")
    any_page.wait_for_selector(".messagelist .success")
    kept = Asset.objects.get(pk=register.pv.pk).properties
    assert repr(sorted(kept.items())) == repr(sorted(odd.items()))


def test_a_row_is_added_by_a_button(
    page: Any, live_server: Any, complaints: list[str], register: Register
) -> None:
    page.goto(live_server.url + change(register.anna))
    rows = page.locator("[data-rows] > fieldset")
    assert rows.count() == 1
    for name in ("IT001E00000002", "IT001E00000003"):
        page.click("[data-rows] > button")
        rows.last.locator("[name$=-id]").fill(name)
        rows.last.locator("[name$=-address]").click()  # through the help that lies over it
        rows.last.locator("[name$=-type]").fill("pod")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")
    points = Member.objects.get(pk=register.anna.pk).delivery_points
    assert [each["id"] for each in points[1:]] == ["IT001E00000002", "IT001E00000003"]
    assert complaints == []


def test_the_net_catches_an_inline_script(page: Any, live_server: Any, complaints: list[str]) -> None:
    page.goto(live_server.url + "/admin/")
    with page.expect_console_message():
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    assert any("Content Security Policy" in complaint for complaint in complaints)
