"""A manager who knows no JSON keeps a register in a real browser, with JavaScript and without.

The browser's console is silent throughout, and no page breaks the content security policy.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, expect

from assets.models import Asset
from communities.models import Community
from members.models import Holding, Member
from recportal.accounts.models import User
from tests.proof.visitor import Look, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COMMUNITY = "/admin/communities/community"
MEMBERS = "/admin/members/member"
ASSETS = "/admin/assets/asset"


class Manager(Visitor):
    """Somebody signed in at a desk who types what a page asks for and presses its button."""

    def __init__(self, browser: Browser, server: str, user: User, *, scripts: bool) -> None:
        super().__init__(browser, server, Look("desk", 1280, 720, scripts=scripts))
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
        self.scripts = scripts

    def types(self, **values: str) -> None:
        for name, value in values.items():
            self.field(name).fill(value)

    def field(self, name: str) -> Locator:
        return self.page.locator(f"#id_{name}")

    def saves(self) -> None:
        self.follows(self.page.locator("input[type=submit].default").first)

    def is_told(self, text: str) -> None:
        expect(self.page.locator(".messagelist")).to_contain_text(text)

    def adds_row(self, rows: str) -> None:
        if self.scripts:
            self.page.locator(f"{rows} .add-row").click()


@pytest.fixture(
    params=[
        pytest.param(True, id="scripts"),
        pytest.param(False, id="no-scripts", marks=pytest.mark.once),
    ]
)
def manager(
    request: pytest.FixtureRequest, browser: Browser, live_server: Any, manager_a: User
) -> Iterator[Manager]:
    somebody = Manager(browser, live_server.url, manager_a, scripts=request.param)
    yield somebody
    somebody.context.close()


def test_a_manager_keeps_a_register(manager: Manager, community_a: Community, tmp_path: Path) -> None:
    draws_the_grid(manager, community_a)
    enters_a_member(manager, community_a)
    enters_assets(manager)
    suspends_the_member(manager)
    finds_the_meter(manager)
    hands_a_delivery_point_over(manager, community_a)
    undoes_a_change(manager)
    takes_the_members_out_and_in(manager, tmp_path)
    assert not manager.faults


def draws_the_grid(manager: Manager, community: Community) -> None:
    """Two nodes, an operator, and an area with an outline."""
    home = f"{COMMUNITY}/{community.pk}"
    manager.opens(f"{home}/change/")
    manager.adds_row(".field-extra [data-rows]")
    manager.page.locator("[name='extra-operators-0-key'], [name='extra-operators-2-key']").first.fill("edis")
    manager.page.locator("[name='extra-operators-0-name'], [name='extra-operators-2-name']").first.fill(
        "E-Dis"
    )
    manager.saves()
    for node, kind in (("CP-1", "primary_substation"), ("CS-1", "secondary_substation")):
        manager.opens(f"{home}/grid/add/")
        manager.types(id=node, type=kind, name=f"Node {node}")
        if node == "CS-1":
            manager.field("parent").select_option("CP-1")
        manager.field("operator_id").select_option("edis")
        manager.saves()
    manager.opens(f"{home}/areas/add/")
    manager.types(name="Valley", key="valley", outline="46.1, 11.1\n46.2, 11.1\n46.2, 11.2\n46.1, 11.2")
    manager.page.get_by_label("CP-1").check()
    manager.saves()
    stored = Community.objects.get(pk=community.pk)
    assert stored.extra["operators"] == {"edis": {"name": "E-Dis"}}
    assert [(node["id"], node.get("children", [])) for node in stored.topology] == [
        ("CP-1", ["CS-1"]),
        ("CS-1", []),
    ]
    assert stored.areas["valley"]["topology"] == ["CP-1"]
    assert len(stored.areas["valley"]["geometry"]["coordinates"][0]) == 5  # closed
    manager.opens(f"{home}/map/")
    expect(manager.page.locator("#content-main svg").first).to_be_visible()


def enters_a_member(manager: Manager, community: Community) -> None:
    """Two delivery points, each in a row of its own."""
    manager.opens(f"{MEMBERS}/add/?community={community.pk}")
    manager.types(name="Rosa Bianchi")
    manager.field("role").select_option("prosumer")
    manager.field("status").select_option("active")
    rows = ".field-delivery_points [data-rows]"
    for point, use in (("IT998E00000011", "home"), ("IT998E00000012", "barn")):
        manager.adds_row(rows)
        row = manager.page.locator(f"{rows} fieldset.row").nth(0 if use == "home" else 1)
        row.locator("input[name$='-id']").fill(point)
        row.locator("input[name$='-type']").fill("pod")
        row.locator("input[name$='-description']").fill(use)
    manager.saves()
    manager.is_told("was added successfully")
    rosa = Member.objects.get(name="Rosa Bianchi")
    assert rosa.key == "m-0001"  # nobody had to invent it
    assert [point["description"] for point in rosa.delivery_points] == ["home", "barn"]
    assert Holding.objects.filter(member=rosa, until=None).count() == 2
    manager.opens(f"{MEMBERS}/{rosa.pk}/change/")
    manager.field("area").select_option("valley")
    manager.saves()


def enters_assets(manager: Manager) -> None:
    """A pv, whose tilt is mistyped first, a storage, and the meter of both."""
    rosa = Member.objects.get(name="Rosa Bianchi")
    adds = f"{ASSETS}/add/?owner={rosa.pk}"
    manager.opens(adds)
    manager.field("asset_type").select_option("pv")
    expect(manager.field("properties-pv-tilt")).to_be_visible()
    expect(manager.field("properties-storage-capacity_kwh")).to_be_hidden()
    manager.types(name="Roof", **{"properties-pv-capacity_kwp": "5.5", "properties-pv-tilt": "120"})
    manager.saves()
    expect(manager.page.locator("#id_properties-pv-tilt_error")).to_have_text("This must be at most 90°.")
    expect(manager.field("properties-pv-capacity_kwp")).to_have_value("5.5")
    manager.types(**{"properties-pv-tilt": "12"})
    manager.saves()
    manager.opens(adds)
    manager.field("asset_type").select_option("storage")
    manager.types(name="Battery", **{"properties-storage-capacity_kwh": "10"})
    manager.saves()
    manager.opens(adds)
    manager.field("asset_type").select_option("meter")
    manager.types(
        name="Meter", sensor_id="smart-0815-x", **{"relationships-measures": "pv-0001\nstorage-0001"}
    )
    manager.saves()
    assert Asset.objects.get(key="pv-0001").properties == {"capacity_kwp": 5.5, "tilt": 12}
    assert Asset.objects.get(key="storage-0001").properties == {"capacity_kwh": 10}
    assert Asset.objects.get(key="meter-0001").relationships == {"measures": ["pv-0001", "storage-0001"]}


def suspends_the_member(manager: Manager) -> None:
    rosa = Member.objects.get(name="Rosa Bianchi")
    manager.opens(f"{MEMBERS}/{rosa.pk}/change/")
    manager.follows(manager.page.get_by_role("link", name="Change the status"))
    manager.page.locator("input[name=value][value=suspended]").check()
    manager.types(reason="the contract rests")
    manager.saves()
    expect(manager.page.locator("#content")).to_contain_text("keeps what it holds")
    manager.saves()
    manager.is_told("1 member was changed.")
    manager.opens(f"{MEMBERS}/{rosa.pk}/history/")
    entry = manager.page.locator("ol.history > li").first
    expect(entry).to_contain_text("the contract rests")
    expect(entry).to_contain_text("suspended")


def finds_the_meter(manager: Manager) -> None:
    """By a piece of its sensor id, in the list."""
    manager.opens(f"{ASSETS}/")
    manager.page.fill("#searchbar", "0815")
    manager.page.press("#searchbar", "Enter")
    expect(manager.page.locator("#result_list tbody tr")).to_have_count(1)
    manager.follows(manager.page.get_by_role("link", name="meter-0001"))
    expect(manager.field("sensor_id")).to_have_value("smart-0815-x")
    if manager.scripts:
        manager.page.keyboard.press("Control+k")
        manager.page.keyboard.type("0815")
        expect(manager.page.locator("#palette [aria-selected=true]")).to_contain_text("meter-0001")
        with manager.page.expect_navigation():
            manager.page.keyboard.press("Enter")
    else:
        manager.page.fill("#id_search", "0815")
        with manager.page.expect_navigation():
            manager.page.press("#id_search", "Enter")
        found = manager.page.locator("#content-main")
        manager.follows(found.get_by_role("link", name=re.compile("meter-0001")))
    expect(manager.field("sensor_id")).to_have_value("smart-0815-x")


def hands_a_delivery_point_over(manager: Manager, community: Community) -> None:
    """The barn has a new tenant: refused first, then offered to end there and to begin here."""
    rosa = Member.objects.get(name="Rosa Bianchi")
    manager.opens(f"{MEMBERS}/add/?community={community.pk}")
    manager.types(name="Ugo Verdi")
    manager.field("role").select_option("consumer")
    manager.field("status").select_option("active")
    rows = ".field-delivery_points [data-rows]"
    manager.adds_row(rows)
    row = manager.page.locator(f"{rows} fieldset.row").first
    row.locator("input[name$='-id']").fill("it998 e00000012")
    row.locator("input[name$='-type']").fill("pod")
    manager.saves()
    assert not Member.objects.filter(name="Ugo Verdi").exists()
    offer = manager.page.locator("section.takeover")
    expect(offer).to_contain_text("Rosa Bianchi")
    offer.get_by_role("checkbox").check()
    expect(manager.field("take_over_on")).to_have_value(community.today().isoformat())
    manager.saves()
    ugo = Member.objects.get(name="Ugo Verdi")
    barn = Holding.objects.filter(kind="delivery_point", code="it998e00000012")
    assert barn.get(until=None).member == ugo
    assert barn.exclude(until=None).get().member == rosa
    rosa.refresh_from_db()
    assert [point.get("active", True) for point in rosa.delivery_points] == [True, False]
    for member in (rosa, ugo):
        manager.opens(f"{MEMBERS}/{member.pk}/history/")
        entry = manager.page.locator("ol.history > li").first
        expect(entry).to_contain_text("Handed over to the next holder")
    manager.opens(f"{MEMBERS}/{rosa.pk}/holdings/")
    expect(manager.page.locator("#content")).to_contain_text("it998e00000012")


def undoes_a_change(manager: Manager) -> None:
    """A slip in the tilt, seen in the history and taken back there; what was typed before it stays."""
    pv = Asset.objects.get(key="pv-0001")
    manager.opens(f"{ASSETS}/{pv.pk}/change/")
    manager.types(**{"properties-pv-tilt": "21"})
    manager.saves()
    manager.opens(f"{ASSETS}/{pv.pk}/history/")
    entry = manager.page.locator("ol.history > li").first
    expect(entry.locator("td")).to_have_text(["12", "21"])
    manager.follows(entry.get_by_role("link", name="Undo this change"))
    expect(manager.page.locator("#content-main td")).to_have_text(["12", "21", "12"])
    manager.types(reason="a slip")
    manager.saves()
    pv.refresh_from_db()
    assert pv.properties == {"capacity_kwp": 5.5, "tilt": 12}
    manager.opens(f"{ASSETS}/{pv.pk}/history/")
    expect(manager.page.locator("ol.history > li").first).to_contain_text("a slip")


def takes_the_members_out_and_in(manager: Manager, folder: Path) -> None:
    """Exports the list, changes a cell in it, and imports it again through the plan."""
    manager.opens(f"{MEMBERS}/")
    with manager.page.expect_download() as download:
        manager.page.get_by_role("link", name="Export as CSV").click()
    file = folder / "members.csv"
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8-sig")
    file.write_text(text.replace("Rosa Bianchi", "Rosa Neri"), encoding="utf-8-sig")
    manager.opens("/admin/import/")
    manager.page.set_input_files("input[type=file]", file)
    manager.saves()
    expect(manager.page.locator("ul.plan")).to_contain_text(re.compile("Rosa Bianchi.*Rosa Neri", re.S))
    assert Member.objects.filter(name="Rosa Bianchi").exists()  # nothing is written yet
    manager.saves()
    assert Member.objects.get(key="m-0001").name == "Rosa Neri"
    assert Member.objects.get(key="m-0001").history.first().history_door == "import"


def test_two_browsers_edit_one_member(
    browser: Browser, live_server: Any, manager_a: User, community_a: Community
) -> None:
    """The second is told what the first changed, and nothing that it typed is lost."""
    anna = Member(community=community_a, key="m-1", name="Anna", role="consumer", status="active")
    anna.save()
    first, second = (Manager(browser, live_server.url, manager_a, scripts=True) for _each in range(2))
    for somebody in (first, second):
        somebody.opens(f"{MEMBERS}/{anna.pk}/change/")
    first.field("role").select_option("prosumer")
    first.types(name="Anna Rossi")
    first.saves()
    second.types(name="Anna Bianchi", user_id="anna@example.org")
    second.saves()
    told = second.page.get_by_role("region", name="Changed in the meantime")
    expect(told).to_contain_text("Anna Rossi")
    expect(told).to_contain_text("prosumer")
    expect(told.locator("ul.both")).to_have_text(re.compile(r"^\s*Name\s*$"))
    expect(second.field("name")).to_have_value("Anna Bianchi")
    expect(second.field("user_id")).to_have_value("anna@example.org")
    expect(second.field("role")).to_have_value("prosumer")
    # “Anna Rossi”, who stands there now, would become somebody else: that is asked in the same go.
    second.page.get_by_label("“Anna Bianchi” is the same as “Anna Rossi”").check()
    second.saves()
    anna.refresh_from_db()
    assert (anna.name, anna.role, anna.user_id) == ("Anna Bianchi", "prosumer", "anna@example.org")
    assert not first.faults + second.faults
    for somebody in (first, second):
        somebody.context.close()
