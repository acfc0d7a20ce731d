"""What only ``save()`` can know comes back as errors of the form, with all that was typed."""

import json
from typing import Any

from django.db.models.signals import pre_save

from assets.models import Asset
from members.models import Member
from recportal.accounts.models import User
from recportal.documents.faults import Fault
from recportal.staff.forms import RecordForm
from tests.staff.browsing import Browser, change, errors_on, form_on, text_of
from tests.staff.conftest import Register

POINT = '[{"id": "IT001E00000099", "type": "pod"}]'


def test_a_held_point_is_an_error_at_its_field(manager_a: User, register: Register) -> None:
    typed = {"delivery_points": POINT, "name": "Anna II", "reason": "moved in"}
    answer = Browser(manager_a).send(change(register.anna), **typed)
    assert errors_on(answer) == {"delivery_points": ["delivery_point_held"]}
    assert "delivery_points[0].id: The delivery point “IT001E00000099” is held already." in text_of(answer)
    assert form_on(answer).items() >= typed.items()
    assert Member.objects.get(pk=register.anna.pk).version == register.anna.version


def test_it_does_not_say_who_holds_it(manager_a: User, register: Register) -> None:
    text = text_of(Browser(manager_a).send(change(register.anna), delivery_points=POINT))
    assert "Beta" not in text
    assert "Berta" not in text
    assert f"/member/{register.beta.pk}/" not in text


def test_it_is_saved_once_it_is_right(manager_a: User, register: Register) -> None:
    browser = Browser(manager_a)
    answer = browser.send(change(register.anna), delivery_points=POINT, name="Anna II")
    again = {**form_on(answer), "delivery_points": '[{"id": "IT001E5", "type": "pod"}]'}
    assert browser.post(change(register.anna), again).status_code == 302
    anna = Member.objects.get(pk=register.anna.pk)
    assert (anna.name, anna.version) == ("Anna II", register.anna.version + 1)


def test_a_sensor_of_an_asset_is_an_error_of_the_member_who_takes_it_up(
    manager_a: User, register: Register
) -> None:
    carla = Member.objects.create(community=register.a, key="m-2", name="Carla", role="consumer")
    Asset.objects.create(owner=carla, key="meter-2", name="M", asset_type="meter", sensor_id="sensor-1")
    answer = Browser(manager_a).send(change(carla), status="active")
    assert errors_on(answer) == {"status": ["sensor_held"]}
    assert form_on(answer)["status"] == "active"
    assert Member.objects.get(pk=carla.pk).status == "pending"


def test_a_fault_in_a_column_that_the_form_has_not_is_an_error_of_the_form(register: Register) -> None:
    """Django's own forms raise ValueError for these."""

    class NameOnly(RecordForm):
        refused = (
            Fault("Not here.", "elsewhere", ("community",)),
            Fault("Too steep.", "too_large", ("extra", "roof")),
            Fault("Gone.", "gone"),
            Fault("Too short.", "too_short", ("name",)),
        )

        class Meta:
            model = Member
            fields = ("name",)

    form = NameOnly({"name": "A", "seen": register.anna.version}, instance=register.anna)
    assert form.errors == {
        "__all__": ["community: Not here.", "extra.roof: Too steep.", "Gone."],
        "name": ["Too short."],
    }


def test_it_works_when_adding(manager_a: User, register: Register) -> None:
    typed = {"name": "Carla", "role": "consumer", "status": "active", "delivery_points": POINT}
    browser = Browser(manager_a)
    answer = browser.send("/admin/members/member/add/", **typed)
    assert errors_on(answer) == {"delivery_points": ["delivery_point_held"]}
    assert form_on(answer).items() >= typed.items()
    assert not Member.objects.filter(name="Carla").exists()


def test_several_refusals_are_said_together(manager_a: User, register: Register) -> None:
    points = json.dumps([{"id": "IT001E00000099", "type": "pod"}, {"id": "free", "type": "other"}])
    register.beta.extra = {"did": "did:web:beta"}
    register.beta.save()
    answer = Browser(manager_a).send(
        change(register.anna), delivery_points=points, extra='{"did": "did:web:beta"}'
    )
    assert errors_on(answer) == {"delivery_points": ["delivery_point_held"], "extra": ["did_held"]}


def test_a_crash_stays_a_crash(manager_a: User, register: Register) -> None:
    """The second run is for refusals: an error of ours is not swallowed with them."""

    def fail(**_rest: Any) -> None:
        raise ZeroDivisionError

    pre_save.connect(fail, sender=Member)
    try:
        assert Browser(manager_a).send(change(register.anna), name="X").status_code == 500
    finally:
        pre_save.disconnect(fail, sender=Member)
