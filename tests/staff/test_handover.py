"""What somebody else holds ends there and begins here: offered by the form, done in one write."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from assets.models import Asset
from communities.models import StaffRole
from members.models import Holding, Member
from recportal.accounts.models import User
from recportal.accounts.roles import Level
from tests.staff.browsing import Browser, change, errors_on, text_of
from tests.staff.conftest import Register

POINT = [{"id": "IT001E00000001", "type": "pod"}]
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def carla(register: Register) -> Member:
    """A neighbour, active and without a delivery point; what others hold, they have held for long."""
    Holding.objects.update(since=LONG_AGO)
    return Member.objects.create(
        community=register.a, key="m-2", name="Carla", role="consumer", status="active"
    )


def holding(code: str, **more: Any) -> Holding:
    return Holding.objects.get(code=code, **more)


def claimed(browser: Browser, record: Any, **typed: Any) -> Any:
    return browser.send(change(record), **typed)


def point_of_anna() -> dict[str, str]:
    return {"delivery_points": json.dumps(POINT)}


def taking(held: Holding, day: date, **typed: Any) -> dict[str, Any]:
    return {"take_over": str(held.pk), "take_over_on": day.isoformat(), "reason": "Moved house", **typed}


class TestDeliveryPoint:
    def test_the_form_offers_it(self, editor_a: User, register: Register, carla: Member) -> None:
        answer = claimed(Browser(editor_a), carla, **point_of_anna())
        assert "delivery_point_held" in errors_on(answer)["delivery_points"]
        (offer,) = answer.context["takeovers"]
        assert (offer[0].member, offer[1], offer[2]) == (register.anna, True, False)
        assert answer.context["take_over_on"] == register.a.today().isoformat()
        assert f'name="take_over" value="{offer[0].pk}"' in text_of(answer)

    def test_it_ends_there_and_begins_here_on_the_day(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        old = holding("it001e00000001", until=None)
        day = register.a.today() - timedelta(days=30)
        answer = claimed(Browser(editor_a), carla, **point_of_anna(), **taking(old, day))
        assert answer.status_code == 302
        rows = Holding.objects.filter(code="it001e00000001").order_by("since", "pk")
        assert [(each.member, each.since, each.until) for each in rows] == [
            (register.anna, LONG_AGO, day),
            (carla, day, None),
        ]
        anna = Member.objects.get(pk=register.anna.pk)
        assert (anna.delivery_points[0]["active"], anna.delivery_points[0]["tariff"]) == (False, "home")
        for member in (anna, Member.objects.get(pk=carla.pk)):
            last = member.history.first()
            assert (last.history_user, last.history_door, last.history_change_reason) == (
                editor_a,
                "admin",
                "Moved house",
            )

    def test_a_new_member_takes_over(self, editor_a: User, register: Register, carla: Member) -> None:
        old = holding("it001e00000001", until=None)
        typed = {"community": register.a.pk, "name": "Dora", "role": "consumer", "status": "active"}
        answer = Browser(editor_a).send(
            "/admin/members/member/add/", **typed, **point_of_anna(), **taking(old, register.a.today())
        )
        assert answer.status_code == 302
        assert holding("it001e00000001", until=None).member.name == "Dora"

    @pytest.mark.parametrize(
        "day", ["", "x", "\0", "2019-12-31", "9999-12-31", "2020-13-01", "1" * 500], ids=lambda day: day[:10]
    )
    def test_a_day_that_does_not_do_is_refused(
        self, editor_a: User, register: Register, carla: Member, day: str
    ) -> None:
        old = holding("it001e00000001", until=None)
        typed = {**point_of_anna(), **taking(old, LONG_AGO), "take_over_on": day}
        answer = claimed(Browser(editor_a), carla, **typed)
        assert errors_on(answer)["__all__"] == ["invalid"]
        (offer,) = answer.context["takeovers"]
        assert offer[2]
        assert holding("it001e00000001").member == register.anna
        assert Member.objects.get(pk=register.anna.pk).version == register.anna.version

    def test_what_the_record_does_not_claim_does_not_end(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        old = holding("it001e00000001", until=None)
        answer = claimed(Browser(editor_a), carla, name="Carla M.", **taking(old, register.a.today()))
        assert errors_on(answer)["__all__"] == ["not_taken_over"]
        assert Holding.objects.get(pk=old.pk).until is None
        assert Member.objects.get(pk=carla.pk).name == "Carla"

    def test_whoever_was_slower_changes_nothing(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        old = holding("it001e00000001", until=None)
        carla.name = "Carla M."
        carla.save()
        typed = {**point_of_anna(), **taking(old, register.a.today()), "seen": "1"}
        answer = claimed(Browser(editor_a), carla, **typed)
        assert "changed_meanwhile" in errors_on(answer)["__all__"]
        assert Holding.objects.get(pk=old.pk).until is None


class TestSensor:
    def test_it_leaves_one_asset_for_another(self, editor_a: User, register: Register, carla: Member) -> None:
        new = Asset.objects.create(owner=carla, name="New", asset_type="meter")
        browser, old = Browser(editor_a), holding("sensor-1", until=None)
        answer = claimed(browser, new, sensor_id="sensor-1")
        assert errors_on(answer) == {"sensor_id": ["sensor_held"]}
        assert [each[0].pk for each in answer.context["takeovers"]] == [old.pk]
        day = register.a.today() - timedelta(days=1)
        assert claimed(browser, new, sensor_id="sensor-1", **taking(old, day)).status_code == 302
        assert Asset.objects.get(pk=register.meter.pk).sensor_id is None
        rows = Holding.objects.filter(code="sensor-1").order_by("since", "pk")
        assert [(each.asset, each.since, each.until) for each in rows] == [
            (register.meter, LONG_AGO, day),
            (new, day, None),
        ]

    def test_between_two_assets_of_one_member(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        old = holding("sensor-1", until=None)
        answer = claimed(
            Browser(editor_a), register.pv, sensor_id="sensor-1", **taking(old, register.a.today())
        )
        assert answer.status_code == 302
        assert holding("sensor-1", until=None).asset == register.pv


class TestAcrossCommunities:
    def typed(self) -> dict[str, str]:
        return {"delivery_points": json.dumps([{"id": "IT001E00000099", "type": "pod"}])}

    def test_an_editor_of_both_takes_it(self, editor_a: User, register: Register, carla: Member) -> None:
        StaffRole.objects.create(user=editor_a, community=register.b, level=Level.EDITOR)
        old = holding("it001e00000099", until=None)
        answer = claimed(Browser(editor_a), carla, **self.typed(), **taking(old, register.a.today()))
        assert answer.status_code == 302
        assert holding("it001e00000099", until=None).member == carla

    def test_a_viewer_there_is_told_by_whom_and_ends_nothing(
        self, editor_a: User, register: Register, carla: Member
    ) -> None:
        StaffRole.objects.create(user=editor_a, community=register.b, level=Level.VIEWER)
        old = holding("it001e00000099", until=None)
        for more in ({}, taking(old, register.a.today())):
            answer = claimed(Browser(editor_a), carla, **self.typed(), **more)
            assert "delivery_point_held" in errors_on(answer)["delivery_points"]
            assert "Beta Berta" in text_of(answer)
            assert 'name="take_over"' not in text_of(answer)
        assert Holding.objects.get(pk=old.pk).until is None

    def test_nobody_else_is_told_by_whom(self, manager_a: User, register: Register, carla: Member) -> None:
        old = holding("it001e00000099", until=None)
        for more in ({}, taking(old, register.a.today())):
            answer = claimed(Browser(manager_a), carla, **self.typed(), **more)
            assert "delivery_point_held" in errors_on(answer)["delivery_points"]
            assert answer.context["takeovers"] == []
            assert "berta" not in text_of(answer).lower()
            assert "takeover" not in text_of(answer)
        assert Holding.objects.get(pk=old.pk).until is None
        assert Member.objects.get(pk=register.beta.pk).version == register.beta.version


def test_ids_that_are_none_are_passed_over(editor_a: User, register: Register, carla: Member) -> None:
    for nonsense in ("x", "0", "9" * 400, "\0", "-1"):
        answer = claimed(Browser(editor_a), carla, take_over=nonsense, name=f"Carla {nonsense[:1]}"[:7])
        assert answer.status_code in (200, 302)
    assert holding("it001e00000001", until=None).member == register.anna
