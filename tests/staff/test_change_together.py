"""Status and area of one or several members: a page that shows whom it touches, a reason, all or none."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from communities.models import StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from tests.staff.browsing import Browser, page, text_of
from tests.staff.conftest import Register

MEMBERS = "/admin/members/member/"


def status_page(member: Member) -> str:
    return page("members.member", "status", member.pk)


def in_bulk(browser: Browser, action: str, *members: Member, **more: Any) -> Any:
    chosen = [member.pk for member in members]
    return browser.client.post(MEMBERS, {"action": action, ACTION_CHECKBOX_NAME: chosen, **more}, follow=True)


def statuses() -> dict[str, str]:
    return dict(Member.objects.values_list("key", "status"))


@pytest.fixture
def bruno(register: Register) -> Member:
    return Member.objects.create(
        community=register.a, key="m-2", name="Bruno", role="consumer", status="pending"
    )


def test_an_editor_changes_the_status_with_a_reason(editor_a: User, register: Register) -> None:
    browser = Browser(editor_a)
    text = text_of(browser.get(status_page(register.anna)))
    assert "others can hold the delivery points" in text
    answer = browser.post(
        status_page(register.anna), {"apply": "1", "value": "inactive", "reason": "moved away"}
    )
    assert answer.status_code == 302
    assert statuses()["m-1"] == "inactive"
    assert not Holding.objects.filter(member=register.anna, until=None).exists()
    entry = register.anna.history.first()
    assert (entry.history_user, entry.history_door, entry.history_change_reason) == (
        editor_a,
        "admin",
        "moved away",
    )


@pytest.mark.parametrize("typed", [{"value": "inactive"}, {"reason": "x"}, {"value": "gone", "reason": "x"}])
def test_a_status_and_a_reason_are_needed(editor_a: User, register: Register, typed: dict[str, str]) -> None:
    answer = Browser(editor_a).post(status_page(register.anna), {"apply": "1", **typed})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert statuses()["m-1"] == "active"


@pytest.mark.parametrize("reason", ["\x00", "x" * 501])
def test_a_reason_that_cannot_be_kept_is_refused(editor_a: User, register: Register, reason: str) -> None:
    typed = {"apply": "1", "value": "inactive", "reason": reason}
    assert Browser(editor_a).post(status_page(register.anna), typed).status_code in (200, 400)
    assert statuses()["m-1"] == "active"


def test_an_action_shows_first_whom_it_touches(editor_a: User, register: Register, bruno: Member) -> None:
    browser = Browser(editor_a)
    text = text_of(in_bulk(browser, "change_status", register.anna, bruno))
    assert "2 members are touched" in text
    assert "Bruno (m-2)" in text
    assert statuses() == {"m-1": "active", "m-2": "pending", "beta-m-1": "active"}
    typed = {"apply": "1", "value": "active", "reason": "assembly of May"}
    answer = in_bulk(browser, "change_status", register.anna, bruno, **typed)
    assert "1 member was changed." in text_of(answer)  # the other one was active already
    assert statuses() == {"m-1": "active", "m-2": "active", "beta-m-1": "active"}
    assert Member.objects.get(pk=register.anna.pk).version == 1


def test_all_are_changed_or_none_and_every_reason_is_told(
    editor_a: User, register: Register, bruno: Member
) -> None:
    bruno.delivery_points = [{"id": "IT001E00000099", "type": "pod"}]  # of a member of B
    bruno.save()
    cara = Member.objects.create(community=register.a, key="m-3", name="Cara", role="consumer")
    typed = {"apply": "1", "value": "active", "reason": "x"}
    answer = in_bulk(Browser(editor_a), "change_status", bruno, cara, **typed)
    assert "Bruno (m-2): The delivery point" in text_of(answer)
    assert "beta" not in text_of(answer).lower()
    assert (statuses()["m-2"], statuses()["m-3"]) == ("pending", "pending")


def test_areas_are_offered_to_members_of_one_community(superuser: User, register: Register) -> None:
    browser = Browser(superuser)
    assert "Choose members of one community" in text_of(
        in_bulk(browser, "change_area", register.anna, register.beta)
    )
    assert '<option value="south">South</option>' in text_of(in_bulk(browser, "change_area", register.anna))
    typed = {"apply": "1", "value": "south", "reason": "x"}
    in_bulk(browser, "change_area", register.anna, **typed)
    assert Member.objects.get(pk=register.anna.pk).area == "south"
    in_bulk(browser, "change_area", register.anna, **{**typed, "value": ""})
    assert Member.objects.get(pk=register.anna.pk).area == ""


def test_more_than_anybody_reads_are_not_changed_at_once(
    editor_a: User, register: Register, monkeypatch: pytest.MonkeyPatch, bruno: Member
) -> None:
    monkeypatch.setattr("members.bulk_admin.MOST_CHANGED", 1)
    answer = in_bulk(Browser(editor_a), "change_status", register.anna, bruno)
    assert "At most 1 members" in text_of(answer)


@pytest.mark.parametrize("action", ["change_status", "change_area"])
def test_a_viewer_changes_nothing(viewer_a: User, register: Register, action: str) -> None:
    browser = Browser(viewer_a)
    typed = {"apply": "1", "value": "inactive", "reason": "x"}
    assert browser.get(status_page(register.anna)).status_code == 403
    assert browser.post(status_page(register.anna), typed).status_code == 403
    in_bulk(browser, action, register.anna, **typed)
    assert statuses()["m-1"] == "active"


def test_whoever_edits_elsewhere_only_changes_nothing_here(
    manager_a: User, register: Register, bruno: Member
) -> None:
    StaffRole.objects.create(user=manager_a, community=register.b, level="viewer")
    typed = {"apply": "1", "value": "inactive", "reason": "x"}
    answer = in_bulk(Browser(manager_a), "change_status", register.beta, bruno, **typed)
    assert answer.status_code == 403
    assert (statuses()["beta-m-1"], statuses()["m-2"]) == ("active", "pending")


@pytest.mark.parametrize(("caller", "status"), [("manager_b", 404), ("member_a", 302), ("stranger", 302)])
def test_others_do_not_find_the_page(
    caller: str, status: int, request: pytest.FixtureRequest, register: Register
) -> None:
    browser = Browser(request.getfixturevalue(caller))
    typed = {"apply": "1", "value": "inactive", "reason": "x"}
    assert browser.get(status_page(register.anna)).status_code == status
    assert browser.post(status_page(register.anna), typed).status_code == status
    in_bulk(browser, "change_status", register.anna, **typed)
    assert statuses()["m-1"] == "active"
