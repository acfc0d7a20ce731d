"""Changing the status or the area of members, one or several, after a page that shows what follows."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from communities.models import StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.staff.browsing import Browser, change, listing, page, text_of
from tests.staff.conftest import Register

WHY = "Asked for it by letter"


def status_page(member: Member) -> str:
    return page("members.member", "status", member.pk)


def in_bulk(browser: Browser, action: str, *members: Member, **more: Any) -> Any:
    chosen = [member.pk for member in members]
    data = {"action": action, ACTION_CHECKBOX_NAME: chosen, **more}
    return browser.client.post(listing("members.member"), data, follow=True)


def confirmed(browser: Browser, action: str, *members: Member, **more: Any) -> Any:
    """The whole way: look at what changes, then confirm it."""
    seen = [f"{member.pk}-{member.version}" for member in members]
    return in_bulk(browser, action, *members, **{"confirm": "1", "seen": seen, "reason": WHY, **more})


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def statuses(*members: Member) -> list[str]:
    return [Member.objects.get(pk=member.pk).status for member in members]


@pytest.fixture
def carla(register: Register) -> Member:
    return Member.objects.create(
        community=register.a,
        key="m-2",
        name="Carla",
        role="consumer",
        status="suspended",
        delivery_points=[{"id": "carla's", "type": "other"}],
    )


class TestOneMember:
    def test_it_is_suspended_with_a_reason(self, editor_a: User, register: Register) -> None:
        browser, url = Browser(editor_a), status_page(register.anna)
        assert url in text_of(browser.get(change(register.anna)))
        assert "Has left. What it holds ends today" in text_of(browser.get(url))
        looked = browser.post(url, {"look": "1", "value": "suspended", "reason": WHY})
        assert "keeps what it holds" in text_of(looked)
        assert statuses(register.anna) == ["active"]
        answer = browser.send(url, look="1", value="suspended", reason=WHY)
        seen = f"{register.anna.pk}-{register.anna.version}"
        assert f'value="{seen}"' in text_of(answer)
        answer = browser.post(url, {"confirm": "1", "value": "suspended", "reason": WHY, "seen": seen})
        assert (answer.status_code, answer.headers["Location"]) == (302, change(register.anna))
        last = Member.objects.get(pk=register.anna.pk).history.first()
        assert (last.status, last.history_user, last.history_door, last.history_change_reason) == (
            "suspended",
            editor_a,
            "admin",
            WHY,
        )

    def test_leaving_ends_what_is_held(self, editor_a: User, register: Register) -> None:
        browser, url = Browser(editor_a), status_page(register.anna)
        looked = browser.post(url, {"look": "1", "value": "inactive", "reason": WHY})
        assert "ends 2 holdings" in text_of(looked)
        seen = f"{register.anna.pk}-{register.anna.version}"
        browser.post(url, {"confirm": "1", "value": "inactive", "reason": WHY, "seen": seen})
        assert not Holding.objects.filter(member=register.anna, until=None).exists()

    @pytest.mark.parametrize("button", ["look", "confirm"])
    def test_a_reason_and_a_known_status_are_needed(
        self, editor_a: User, register: Register, button: str
    ) -> None:
        browser, url = Browser(editor_a), status_page(register.anna)
        for value, reason in (
            ("inactive", ""),
            ("inactive", " "),
            ("king", WHY),
            ("", WHY),
            ("inactive", "\0"),
        ):
            answer = browser.post(url, {button: "1", "value": value, "reason": reason})
            assert answer.context["form"].errors
            assert not answer.context["moves"]
        assert statuses(register.anna) == ["active"]

    def test_whoever_was_slower_looks_again(self, editor_a: User, register: Register) -> None:
        stale = f"{register.anna.pk}-{register.anna.version}"
        register.anna.name = "Anna Maria"
        register.anna.save()
        for seen in (stale, "", "x-y", "1"):
            data = {"confirm": "1", "value": "inactive", "reason": WHY, "seen": seen}
            answer = Browser(editor_a).post(status_page(register.anna), data)
            assert "Somebody else changed this record in the meantime." in text_of(answer)
        assert statuses(register.anna) == ["active"]

    def test_others_change_nothing(
        self, viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register
    ) -> None:
        url = status_page(register.anna)
        data = {"confirm": "1", "value": "inactive", "reason": WHY, "seen": f"{register.anna.pk}-1"}
        for caller, status in ((viewer_a, 403), (manager_b, 404), (member_a, 302), (stranger, 302)):
            assert Browser(caller).get(url).status_code == status
            assert Browser(caller).post(url, data).status_code == status
        assert statuses(register.anna) == ["active"]
        assert url not in text_of(Browser(viewer_a).get(change(register.anna)))


class TestSeveral:
    def test_it_shows_each_and_who_stays(self, editor_a: User, register: Register, carla: Member) -> None:
        chosen = (register.anna, carla)
        assert "Carla (m-2): suspended" in text_of(in_bulk(Browser(editor_a), "change_status", *chosen))
        looked = in_bulk(Browser(editor_a), "change_status", *chosen, look="1", value="suspended", reason=WHY)
        moves = {
            each.member.key: (str(each.before), str(each.after), each.is_unchanged)
            for each in looked.context["moves"]
        }
        assert moves == {
            "m-1": ("active", "suspended", False),
            "m-2": ("suspended", "suspended", True),
        }
        assert statuses(*chosen) == ["active", "suspended"]

    def test_all_are_changed(self, editor_a: User, register: Register, carla: Member) -> None:
        answer = confirmed(Browser(editor_a), "change_status", register.anna, carla, value="suspended")
        assert said(answer) == ["1 member was changed. 1 was so already."]
        assert statuses(register.anna, carla) == ["suspended", "suspended"]
        assert Member.objects.get(pk=carla.pk).version == carla.version

    def test_all_or_none_and_every_refusal_is_named(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        late = []
        for number, point in enumerate(("IT001E00000001", "carlas", "free")):
            late.append(
                Member.objects.create(
                    community=register.a,
                    key=f"late-{number}",
                    name=f"Late {number}",
                    role="consumer",
                    delivery_points=[{"id": point, "type": "other"}],
                )
            )
        carla.delivery_points = [{"id": "carlas", "type": "other"}]
        carla.save()
        answer = confirmed(Browser(editor_a), "change_status", *late, value="active")
        assert answer.context["refused"] == [
            "Late 0 (late-0): The delivery point “IT001E00000001” is held already.",
            "Late 1 (late-1): The delivery point “carlas” is held already.",
        ]
        assert statuses(*late) == ["pending"] * 3

    def test_too_many_are_refused(self, manager_a: User, register: Register) -> None:
        Member.objects.bulk_create(
            Member(community=register.a, key=f"x-{number}", name="X", role="consumer", version=1)
            for number in range(201)
        )
        answer = confirmed(
            Browser(manager_a), "change_status", register.anna, select_across="1", index="0", value="inactive"
        )
        assert said(answer) == ["At most 200 records are changed or deleted at once."]
        assert statuses(register.anna) == ["active"]

    def test_one_that_may_not_be_changed_forbids_all(self, editor_a: User, register: Register) -> None:
        StaffRole.objects.create(user=editor_a, community=register.b, level=Level.VIEWER)
        browser = Browser(editor_a)
        for answer in (
            in_bulk(browser, "change_status", register.anna, register.beta),
            confirmed(browser, "change_status", register.anna, register.beta, value="inactive"),
        ):
            assert answer.status_code == 403
        assert statuses(register.anna, register.beta) == ["active", "active"]

    def test_records_of_others_are_not_touched(
        self, viewer_a: User, manager_b: User, member_a: User, stranger: User, register: Register
    ) -> None:
        for caller in (viewer_a, manager_b, member_a, stranger):
            confirmed(Browser(caller), "change_status", register.anna, value="inactive")
            confirmed(Browser(caller), "change_area", register.anna, value="south")
        anna = Member.objects.get(pk=register.anna.pk)
        assert (anna.status, anna.area) == ("active", "north")

    def test_a_viewer_is_offered_no_action(self, viewer_a: User, register: Register) -> None:
        text = text_of(Browser(viewer_a).get(listing("members.member")))
        assert 'name="action"' not in text
        assert ACTION_CHECKBOX_NAME not in text


class TestArea:
    def test_the_areas_of_the_community_are_offered(self, editor_a: User, register: Register) -> None:
        answer = in_bulk(Browser(editor_a), "change_area", register.anna)
        assert [value for value, _label in answer.context["form"].fields["value"].choices] == [
            "",
            "north",
            "south",
        ]

    @pytest.mark.parametrize("area", ["south", ""])
    def test_members_are_moved(self, editor_a: User, register: Register, carla: Member, area: str) -> None:
        answer = confirmed(Browser(editor_a), "change_area", register.anna, carla, value=area)
        assert answer.status_code == 200
        assert list(Member.objects.filter(community=register.a).values_list("area", flat=True)) == [area] * 2

    def test_an_area_that_is_none_is_refused(self, editor_a: User, register: Register) -> None:
        answer = confirmed(Browser(editor_a), "change_area", register.anna, value="beta")
        assert answer.context["form"].errors
        assert Member.objects.get(pk=register.anna.pk).area == "north"

    def test_members_of_two_communities_have_no_area_in_common(
        self, superuser: User, register: Register
    ) -> None:
        answer = confirmed(Browser(superuser), "change_area", register.anna, register.beta, value="south")
        assert said(answer) == ["Areas belong to a community: choose members of one community."]
        assert set(Member.objects.values_list("area", flat=True)) == {"north"}
