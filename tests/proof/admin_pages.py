"""The main pages of the admin, on the demo community: what the browser's walk visits, and what is pictured.

A page is found by an address and, where that does not lead all the way, by what one does there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from playwright.sync_api import Page

from assets.models import Asset
from communities.grid_admin import node_url
from communities.models import Community, StaffRole
from members.corrections import propose
from members.models import Member
from recportal.accounts.models import User

IN_ENGLISH: Final = ("light", "dark", "narrow")
IN_ITALIAN_TOO: Final = (*IN_ENGLISH, "it-light", "it-narrow")


@dataclass(frozen=True)
class AdminPage:
    """``do`` is what one does at the address to get to the page, and ends with a click that leads there.

    ``pictured``: in which looks docs/ shows it.
    """

    address: Callable[[], str]
    do: Callable[[Page], None] | None = None
    pictured: tuple[str, ...] = ()

    def is_opened(self, page: Page) -> None:
        page.goto(self.address())
        if self.do:
            # The page before it would answer many a question too, or vanish while it is asked.
            with page.expect_navigation():
                self.do(page)


def _at(name: str, *arguments: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse(f"admin:{name}", args=arguments) + query


def _member(name: str, key: str = "m-011") -> Callable[[], str]:
    return lambda: reverse(f"admin:members_member_{name}", args=[Member.objects.get(key=key).pk])


def _asset(name: str, key: str) -> Callable[[], str]:
    return lambda: reverse(f"admin:assets_asset_{name}", args=[Asset.objects.get(key=key).pk])


def _community(name: str, *arguments: str) -> Callable[[], str]:
    return lambda: reverse(
        f"admin:communities_community_{name}", args=[Community.objects.get().pk, *arguments]
    )


def _node(name: str) -> Callable[[], str]:
    return lambda: node_url(community := Community.objects.get(), community.topology[0]["id"], name)


def _correction() -> str:
    """One that the demo member has just proposed."""
    member = Member.objects.get(key="m-011")
    correction = propose(
        member,
        User.objects.get(username="member"),
        member,
        ("extra", "phone"),
        "+39 0000 555",
        "A new number.",
    )
    return reverse("admin:members_correction_change", args=[correction.pk])


def _role() -> str:
    role = StaffRole.objects.get(user__username="viewer")
    return reverse("admin:communities_staffrole_change", args=[role.pk])


def _mistype_the_tilt(page: Page) -> None:
    page.fill("input[name$=tilt]", "120")
    page.click("input[name=_save]")
    page.wait_for_selector(".errornote")


def _save_what_another_changed(page: Page) -> None:
    """Two editors at one member: the other one was faster."""
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("#id_name", "Ada of the valley")
    other.fill("#id_reason", "The name on the bill")
    other.click("input[name=_save]")
    other.wait_for_selector(".messagelist .success")
    other.close()
    page.fill("#id_name", "Ada from the mill")
    page.click("input[name=_save]")
    page.wait_for_selector(".conflict")


def _upload(*rows: str) -> Callable[[Page], None]:
    """A table of members with these rows."""
    table = "\n".join(["key;name;role;status", *rows, ""]).encode()

    def upload(page: Page) -> None:
        page.set_input_files(
            "input[type=file]", {"name": "members.csv", "mimeType": "text/csv", "buffer": table}
        )
        page.click("#content-main input[type=submit]")
        page.wait_for_url("**/import/*/")

    return upload


_NEWS = _upload("m-012;Pietro Vezgonardi sen.;;active", "m-013;;;inactive", "m-999;Newcomer;consumer;pending")
#: The keys of the demo community, and the people of another.
_OTHERS = _upload("m-012;Comune di Vallescura;;", "m-013;Panificio Sempreverde e Nipoti;;")


def _choose_to_delete(page: Page) -> None:
    page.locator("input.action-select").first.check()
    page.select_option("select[name=action]", "delete_selected")
    page.click("button[name=index]")
    page.wait_for_selector("body.delete-confirmation")


def _click(link: str) -> Callable[[Page], None]:
    return lambda page: page.click(f"#content-main {link}")


#: In this order: the conflict leaves an entry for the history.
PAGES = {
    "index": AdminPage(_at("index"), pictured=IN_ITALIAN_TOO),
    "dashboard": AdminPage(_community("dashboard")),
    "notices": AdminPage(_at("notices"), pictured=IN_ITALIAN_TOO),
    "search": AdminPage(_at("search", query="?q=salmolini"), pictured=IN_ENGLISH),
    "communities": AdminPage(_at("communities_community_changelist")),
    "community": AdminPage(_community("change")),
    "community-history": AdminPage(_community("history")),
    "areas": AdminPage(_community("areas")),
    "area": AdminPage(_community("area_change", "castelmorin")),
    "area-add": AdminPage(_community("area_add")),
    "area-rename": AdminPage(_community("area_rename", "castelmorin")),
    "area-remove": AdminPage(_community("area_remove", "castelmorin")),
    "grid": AdminPage(_community("grid"), pictured=IN_ENGLISH),
    "node": AdminPage(_node("change")),
    "node-add": AdminPage(_community("node_add")),
    "node-remove": AdminPage(_node("remove")),
    "map": AdminPage(_community("map"), pictured=IN_ENGLISH),
    "members": AdminPage(_at("members_member_changelist"), pictured=IN_ENGLISH),
    "members-searched": AdminPage(_at("members_member_changelist", query="?q=it998e+0037.8315")),
    "members-none": AdminPage(_at("members_member_changelist", query="?q=nobody")),
    "member": AdminPage(_member("change"), pictured=IN_ITALIAN_TOO),
    "member-add": AdminPage(_at("members_member_add")),
    "member-conflict": AdminPage(_member("change"), _save_what_another_changed, pictured=IN_ENGLISH),
    "member-history": AdminPage(_member("history"), pictured=IN_ENGLISH),
    "member-undo": AdminPage(_member("history"), _click("a.undo"), pictured=IN_ENGLISH),
    "member-status": AdminPage(_member("status"), pictured=IN_ENGLISH),
    "member-holdings": AdminPage(_member("holdings")),
    "member-purge": AdminPage(_member("purge")),
    "member-access": AdminPage(_member("access")),
    "member-delete": AdminPage(_member("delete")),
    "members-delete": AdminPage(_at("members_member_changelist"), _choose_to_delete),
    "corrections": AdminPage(_at("members_correction_changelist")),
    "correction": AdminPage(_correction, pictured=IN_ENGLISH),
    "assets": AdminPage(_at("assets_asset_changelist")),
    "asset": AdminPage(_asset("change", "pv-042-1"), pictured=IN_ENGLISH),
    "asset-add": AdminPage(_at("assets_asset_add")),
    "asset-mistake": AdminPage(_asset("change", "pv-029"), _mistype_the_tilt, pictured=IN_ENGLISH),
    "storage": AdminPage(_asset("change", "storage-045")),
    "meter": AdminPage(_asset("change", "meter-028")),
    "asset-history": AdminPage(_asset("history", "pv-029")),
    "asset-delete": AdminPage(_asset("delete", "pv-029")),
    "import": AdminPage(_at("import")),
    "import-plan": AdminPage(_at("import"), _NEWS, pictured=IN_ENGLISH),
    "import-others": AdminPage(_at("import"), _OTHERS),
    "roles": AdminPage(_at("communities_staffrole_changelist")),
    "role": AdminPage(_role),
    "role-add": AdminPage(_at("communities_staffrole_add")),
    "tokens": AdminPage(_at("communities_apitoken_changelist")),
    "token-add": AdminPage(_at("communities_apitoken_add")),
    "password": AdminPage(_at("password_change")),
}
