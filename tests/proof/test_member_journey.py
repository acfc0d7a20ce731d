"""A member's whole way in a real browser, from the invitation to the answered correction.

With ``RECPORTAL_SCREENSHOTS=docs/screenshots`` it also takes the pictures of the documentation.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from assets.models import Asset
from members.models import Correction
from recportal.accounts.models import User
from tests.factories import PASSWORD
from tests.outbox import sent_mail
from tests.pages.conftest import Lot, lot  # noqa: F401  # a fixture
from tests.proof.visitor import EACH_LOOK, Look, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=EACH_LOOK)
def look(request: pytest.FixtureRequest) -> Look:
    cache.clear()
    look: Look = request.param
    return look


@pytest.fixture
def staff(browser: Browser, live_server: Any, look: Look) -> Iterator[Visitor]:
    visitor = Visitor(browser, live_server.url, look)
    yield visitor
    visitor.context.close()


@pytest.fixture
def member(browser: Browser, live_server: Any, look: Look) -> Iterator[Visitor]:
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
    staff.follows(desk.get_by_role("button", name="Sign in"))
    desk.goto(f"/admin/members/member/{neighbour.pk}/change/")
    staff.follows(desk.get_by_role("link", name="Invite"))
    desk.get_by_label("E-mail address").fill("nora@example.org")
    staff.follows(desk.get_by_role("button", name="Send the invitation by e-mail"))
    expect(desk.get_by_text("The invitation is on its way")).to_be_visible()
    staff.faults.clear()  # the admin's own pages are another test's business
    link = re.search(r"(/invitations/\S+)", str(sent_mail()[-1].body))
    assert link

    # The member opens the link and gets in
    member.opens(link[1])
    expect(phone.get_by_text("Neighbour Nora")).to_be_visible()
    member.looks("invitation")
    member.is_light()
    member.follows(phone.get_by_role("button", name="Make an account and accept"))
    expect(phone.get_by_role("heading", name="Neighbour Nora")).to_be_visible()

    # Another day, with a code by mail
    member.follows(phone.get_by_role("button", name="Sign out"))
    member.opens("/")
    member.looks("sign-in")
    member.is_light()
    member.follows(phone.get_by_role("link", name="Send me a code"))
    phone.get_by_role("textbox", name="Email").fill("nora@example.org")
    member.follows(phone.locator("main button").first)
    code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(sent_mail()[-1].body), re.M)
    assert code
    phone.get_by_role("textbox", name="Code").fill(code[1])
    member.follows(phone.get_by_role("button", name="Confirm"))
    expect(phone.get_by_role("heading", name="Neighbour Nora")).to_be_visible()

    # Reading
    member.opens("/my/alpha/nearby/")
    member.is_light()
    expect(phone.get_by_text("4.5 kWp").first).to_be_visible()
    expect(phone.get_by_role("link", name="+39 0000 1")).to_have_attribute("href", "tel:+3900001")
    member.looks("overview")
    member.follows(phone.get_by_role("link", name="pv-nearby name"))
    member.looks("asset")
    member.follows(phone.get_by_role("link", name="Community", exact=True))
    member.looks("community")

    # Taking away
    member.follows(phone.get_by_role("link", name="My data"))
    member.looks("my-data")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="JSON").click()
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert taken["assets"][0]["key"] == "pv-nearby"

    # Correcting
    phone.goto("/my/alpha/nearby/assets/pv-nearby/")
    member.follows(phone.get_by_role("link", name=re.compile("This is wrong.*Peak power")))
    phone.get_by_label("What is right?").fill("6.2")
    phone.get_by_label("Anything to add?").fill("Two panels came in May.")
    member.looks("correction")
    member.follows(phone.get_by_role("button", name="Send to the community"))
    expect(phone.get_by_text("Two panels came in May.")).to_be_visible()

    # Staff accept
    desk.goto("/admin/members/correction/?state=open")
    staff.follows(desk.locator("#result_list tbody a").first)
    expect(desk.locator("ins")).to_have_text("6.2")
    staff.faults.clear()
    staff.looks("answer", within="#content-main")  # what is around it is Django's own
    desk.get_by_label("Answer").fill("Thank you, Nora.")
    staff.follows(desk.get_by_role("button", name="Accept and write it"))
    expect(desk.get_by_text("the record says it now")).to_be_visible()

    # The member sees it
    phone.goto("/my/alpha/nearby/corrections/")
    expect(phone.get_by_text("Thank you, Nora.")).to_be_visible()
    member.looks("answered")
    phone.goto("/my/alpha/nearby/")
    expect(phone.get_by_text("6.2 kWp").first).to_be_visible()
    member.opens("/my/alpha/nearby/assets/pv-nearby/")
    member.follows(phone.get_by_role("link", name="What changed"))
    expect(phone.get_by_role("definition").first).to_have_text(re.compile(r"4\.5.*6\.2", re.S))
    member.looks("changes")
    assert Asset.objects.get(key="pv-nearby").properties["capacity_kwp"] == 6.2
    assert Correction.objects.get().state == "accepted"


def test_the_language_is_switched_by_hand(member: Visitor, lot: Lot, member_a: User) -> None:  # noqa: F811
    page = member.page
    member.opens("/")
    page.get_by_role("textbox", name="Login").fill("member_a")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    member.follows(page.get_by_role("button", name="Sign in"))
    member.follows(page.get_by_role("button", name="Italiano"))
    expect(page.get_by_role("heading", name="I tuoi apparecchi")).to_be_visible()
    member.looks("overview-it")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Esci")).to_be_hidden()
