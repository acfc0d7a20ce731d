"""The demo community in the admin, as the README's first command shows it."""

from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from members.models import Member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_signs_in_browses_searches_and_edits(
    page: Any, live_server: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True  # demo accounts are made in development only
    call_command("load_demo", "--into-production", "--yes")
    printed = capsys.readouterr().out
    password = printed.split("with the password ")[1].split()[0]

    page.set_viewport_size({"width": 1400, "height": 860})
    page.goto(f"{live_server.url}/admin/")
    page.fill("input[name=login]", "manager")
    page.fill("input[name=password]", password)
    page.click("form:has(input[name=password]) button")
    page.click("#content-main a[href='/admin/members/member/']")
    expect(page.locator("#result_list tbody tr")).to_have_count(47)

    page.fill("#searchbar", "it998e 0037.8315")
    page.press("#searchbar", "Enter")
    page.wait_for_url("**q=it998e*")
    page.click("#result_list .field-key a, #result_list .field-name a >> nth=0")
    page.fill("#id_name", "Parish of the valley")
    page.click("input[name=_save]")
    page.wait_for_selector(".messagelist .success")
    assert Member.objects.get(key="m-003").name == "Parish of the valley"

    call_command("load_demo", "--into-production", "--yes")
    assert Member.objects.get(key="m-003").name == "Parish of the valley", "a second start keeps the edit"
